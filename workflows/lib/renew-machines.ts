/** The parts of a renewal of certificates: machine after machine, and what is kept of it. */
import { CancellationScope } from '@temporalio/workflow';
import { authorityAdvice } from '../../domain/certificates/authority-advice.js';
import {
  AUTHORITY_NOTICE_DAYS,
  certificateTitle,
  daysLeft,
  type Certificate,
  type CertificateReading,
  type UnreadMachine,
} from '../../domain/certificates/certificate.js';
import { notRenewed } from '../../domain/certificates/compare-readings.js';
import {
  RENEWAL_MACHINE_STEPS,
  RENEWAL_STEPS,
  renewalMachineSteps,
  type RenewalMachineStep,
} from '../../domain/certificates/renewal-steps.js';
import type { CertificateMachine } from '../../activities/certificates/activities.js';
import type { GuestStep } from '../../domain/guest-step.js';
import type { PlannedMachine } from '../../domain/plan.js';
import { machineStepId } from '../../domain/plan-steps.js';
import { platformMachine } from '../../platforms/platform-input.js';
import { platformOf } from '../../platforms/registry.js';
import { certificates, kubernetes, ssh } from './activities.js';
import { applicationFailure } from './failure.js';
import type { InPlaceRun } from './in-place-run.js';
import { hasOthers, proveRestart, untilReady, untilVoting } from './restart-member.js';
import type { Attempt } from './step-runner.js';

const RENEW_SECONDS = 1_200;
const READ_SECONDS = 600;
const BACK_SECONDS = 900;

/**
 * When the certificates of all nodes end.
 * @throws `CERTIFICATES_NOT_READ` where a machine of the control plane tells nothing; another one is left as it is.
 */
export async function readAll(run: InPlaceRun): Promise<CertificateReading> {
  const machines = nodesOf(run);
  return run.steps.run(
    RENEWAL_STEPS.read,
    async (options) => {
      const request = { clusterUid: run.clusterUid, type: run.definition.type, machines };
      const reading = await certificates.readCertificates.executeWithOptions(options, [request]);
      const servers = new Set(run.controlPlane().map(({ name }) => name));
      requireRead(reading.unread.filter(({ machine }) => servers.has(machine)));
      return reading;
    },
    { softLimitSeconds: READ_SECONDS },
  );
}

/** They are named, with what to do, and never renewed. */
export function noteAuthorities(run: InPlaceRun, found: readonly Certificate[]): void {
  const now = Date.now();
  const ending = found.filter(
    (certificate) => certificate.isAuthority && daysLeft(certificate, now) < AUTHORITY_NOTICE_DAYS,
  );
  const names = new Map(ending.map((certificate) => [certificate.subject, certificate]));
  for (const authority of names.values()) {
    const days = daysLeft(authority, now);
    run.notes.push(
      `the authority ${certificateTitle(authority)} ends in ${days} days. ${authorityAdvice(run.definition.type)}`,
    );
  }
}

export function declareMachines(run: InPlaceRun): void {
  const votes = hasOthers(run);
  for (const machine of run.controlPlane())
    if (stepsOf(run, machine).length > 0) run.steps.declare(renewalMachineSteps(machine.name, votes));
  for (const machine of run.workers())
    if (stepsOf(run, machine).length > 0) run.steps.declare(renewalMachineSteps(machine.name, false));
}

/** One machine at a time. It is cancelled between two of them only: each that is begun is brought to its end. */
export async function renewMachines(run: InPlaceRun, before: CertificateReading): Promise<void> {
  const servers = run.controlPlane().map(({ name }) => name);
  let hadQuorum = true;
  for (const machine of run.controlPlane()) {
    if (stepsOf(run, machine).length === 0) continue;
    await renewOne(run, machine, before, async () => {
      if (!hasOthers(run)) return true;
      const proved = await step(run, machine, RENEWAL_MACHINE_STEPS.prove, (options) =>
        proveRestart(run, machine.name, hasRunOut(before, servers), options),
      );
      // Without one nobody comes back before a majority has.
      hadQuorum &&= proved.hadQuorum;
      return hadQuorum;
    });
  }
  await run.steps.run(
    RENEWAL_STEPS.settle,
    async (options) => {
      if (hasOthers(run)) await untilVoting(run, servers, options);
      for (const server of servers) await untilReady(run, server, options);
    },
    { softLimitSeconds: BACK_SECONDS },
  );
  const unread = new Set(before.unread.map(({ machine }) => machine));
  for (const machine of run.workers()) {
    if (stepsOf(run, machine).length === 0 || unread.has(machine.name)) continue;
    await renewOne(run, machine, before, () => Promise.resolve(true));
  }
}

function hasRunOut({ certificates: read }: CertificateReading, servers: readonly string[]): boolean {
  const now = Date.now();
  return read.some(
    (each) => each.machine !== null && servers.includes(each.machine) && Date.parse(each.endsAt) <= now,
  );
}

/** @param prove that it may be away. @returns whether it is waited for until it is back. */
async function renewOne(
  run: InPlaceRun,
  machine: PlannedMachine,
  before: CertificateReading,
  prove: () => Promise<boolean>,
): Promise<void> {
  const isWaitedFor = await prove();
  const { renew, back, compare } = RENEWAL_MACHINE_STEPS;
  await CancellationScope.nonCancellable(async () => {
    await step(
      run,
      machine,
      renew,
      async (options) => {
        const guest = run.guestOf(machine);
        if (guest === null) return;
        for (const each of stepsOf(run, machine))
          await ssh.runGuestStep.executeWithOptions(options, [{ ...guest, step: each }]);
      },
      RENEW_SECONDS,
    );
    await step(
      run,
      machine,
      back,
      async (options) => {
        if (!isWaitedFor) return;
        if (machine.role === 'CONTROL_PLANE' && hasOthers(run))
          await untilVoting(run, [machine.name], options);
        await untilReady(run, machine.name, options);
      },
      BACK_SECONDS,
    );
    await step(run, machine, compare, async (options) => {
      const { clusterUid, definition } = run;
      const request = { clusterUid, type: definition.type, machines: [certificateMachine(run, machine)] };
      const after = await certificates.readCertificates.executeWithOptions(options, [request]);
      requireRead(after.unread);
      const ofMachine = before.certificates.filter((each) => each.machine === machine.name);
      const left = notRenewed(definition.type, ofMachine, after.certificates);
      if (left.length > 0) throw applicationFailure('CERTIFICATES_NOT_RENEWED', left.join('; '));
    });
  });
}

/** Where the distribution renews everything itself, the kubeconfig stays as it is. */
export async function renewKubeconfig(run: InPlaceRun): Promise<void> {
  const { clusterUid, definition } = run;
  const { kubeconfigPath: path } = platformOf(definition.type);
  const cluster = definition.name;
  await run.steps.run(RENEWAL_STEPS.kubeconfig, async (options) => {
    const [first] = run.controlPlane();
    if (first === undefined) return;
    const guest = run.guestOf(first);
    const identity = run.identities.get(first.name);
    if (definition.type === 'TALOS' && identity !== undefined) {
      const target = { clusterUid, machineUuid: identity.uuid, address: first.network.address };
      await ssh.renewTalosKubeconfig.executeWithOptions(options, [{ ...target, cluster }]);
    } else if (definition.type !== 'OKD' && guest !== null && path !== null) {
      await kubernetes.renewKubeconfig.executeWithOptions(options, [{ ...guest, cluster, path }]);
    } else run.notes.push('the cluster renews its certificates itself; its kubeconfig stays');
  });
}

/** What is shown of the cluster from now on. */
export async function keepReading(run: InPlaceRun): Promise<void> {
  const { clusterUid, definition } = run;
  const request = { clusterUid, cluster: definition.name, type: definition.type, machines: nodesOf(run) };
  await run.steps.run(
    RENEWAL_STEPS.keep,
    (options) => certificates.keepCertificates.executeWithOptions(options, [request]),
    { softLimitSeconds: READ_SECONDS },
  );
}

/** @throws `CERTIFICATES_NOT_READ` */
export function requireRead(unread: readonly UnreadMachine[]): void {
  if (unread.length === 0) return;
  const reasons = unread.map(({ machine, reason }) => `${machine}: ${reason}`);
  throw applicationFailure('CERTIFICATES_NOT_READ', reasons.join('; '));
}

function nodesOf(run: InPlaceRun): CertificateMachine[] {
  return [...run.controlPlane(), ...run.workers()].map((machine) => certificateMachine(run, machine));
}

function certificateMachine(run: InPlaceRun, machine: PlannedMachine): CertificateMachine {
  const { name, role, network } = machine;
  const isControlPlane = role === 'CONTROL_PLANE';
  return { name, address: network.address, isControlPlane, guest: run.guestOf(machine) };
}

function stepsOf({ definition }: InPlaceRun, machine: PlannedMachine): readonly GuestStep[] {
  return platformOf(definition.type).certificateSteps?.(platformMachine(machine)) ?? [];
}

function step<T>(
  run: InPlaceRun,
  { name }: PlannedMachine,
  id: RenewalMachineStep,
  attempt: Attempt<T>,
  softLimitSeconds?: number,
): Promise<T> {
  const options = softLimitSeconds === undefined ? {} : { softLimitSeconds };
  return run.steps.run(machineStepId(name, id), attempt, options);
}
