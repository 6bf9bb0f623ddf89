/** Activities on machines with Talos, over their own API. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { fail } from '../../domain/errors.js';
import type { TalosStep } from '../../domain/machine-step.js';
import type { PlannedMachine } from '../../domain/plan.js';
import type { TalosPlatformConfig } from '../../domain/platform-config.js';
import type { ApiEndpoint } from '../../domain/services/api-endpoint.js';
import { publicKubeconfig } from '../../schema/kubeconfig.js';
import { replaceKubeconfig } from '../kubernetes/replace-kubeconfig.js';
import { withHeartbeats, type Pulse } from '../ssh/heartbeat.js';
import { talosMachine, type TalosAccess, type TalosMachine, type TalosTarget } from './access.js';
import { TalosCallError, talosError } from './api/call-error.js';
import { METHODS } from './api/methods.js';
import { applyConfiguration } from './apply-configuration.js';
import { bootstrapEtcd } from './bootstrap.js';
import { etcdObjection } from './etcd.js';
import { kubeconfigIn } from './kubeconfig-archive.js';
import { machineConfiguration } from './machine-configuration/machine-configuration.js';
import { observeTalos } from './observe.js';
import { upgradeTalos } from './upgrade.js';

export interface TalosStepRequest extends TalosTarget {
  readonly step: TalosStep;
  readonly definition: ClusterDefinition;
  readonly endpoint: ApiEndpoint;
  readonly machine: PlannedMachine;
}

export interface TalosKubeconfigRequest extends TalosTarget {
  readonly cluster: string;
  /** Under which the API is reached from outside of the machine. */
  readonly endpoint: ApiEndpoint;
}

export type TalosActivities = ReturnType<typeof createTalosActivities>;

/** Each activity can be repeated at any time, and throws `ClusterwrightError`s. Nothing secret goes in or out. */
export function createTalosActivities(access: TalosAccess) {
  return {
    /** Returns once the machine answers: in maintenance mode, or as a machine of the cluster. */
    waitForTalos: (target: TalosTarget): Promise<void> =>
      withHeartbeats(async (pulse) => {
        const machine = await talosMachine(access, target, pulse.signal);
        for (;;) {
          const state = await observeTalos(machine);
          if (state.kind !== 'silent') return;
          pulse.say(`${machine.endpoint}: ${state.reason}`);
          await pulse.pause(machine.pollMs);
        }
      }),

    /** Makes the step's effect true, unless it is already. */
    runTalosStep: (request: TalosStepRequest): Promise<{ changed: boolean }> =>
      withHeartbeats(async (pulse) =>
        runStep(await talosMachine(access, request, pulse.signal), request, pulse),
      ),

    /** Asks a control-plane machine for the administrator's kubeconfig, points it at the endpoint, and seals it. */
    fetchTalosKubeconfig: (request: TalosKubeconfigRequest): Promise<void> =>
      withHeartbeats(async ({ signal }) => {
        const { clusterUid, cluster, endpoint } = request;
        const machine = await talosMachine(access, request, signal);
        const text = kubeconfigIn(await kubeconfigArchive(machine));
        const kubeconfig = publicKubeconfig(text, { cluster, address: endpoint.address });
        await access.store.secrets.put(clusterUid, 'kubeconfig', kubeconfig);
      }),

    /** Has a new kubeconfig issued, and seals it in place of the one before once it has proved to work. */
    renewTalosKubeconfig: (request: TalosTarget & { readonly cluster: string }): Promise<void> =>
      withHeartbeats(async ({ signal }) => {
        const machine = await talosMachine(access, request, signal);
        const text = kubeconfigIn(await kubeconfigArchive(machine));
        await replaceKubeconfig(access, { ...request, text });
      }),
  };
}

async function runStep(
  machine: TalosMachine,
  request: TalosStepRequest,
  pulse: Pulse,
): Promise<{ changed: boolean }> {
  const { definition, endpoint, machine: planned, step } = request;
  const timeoutMs = step.timeoutSeconds * 1_000;
  switch (step.call.kind) {
    case 'apply-configuration':
    case 'answers': {
      const { role } = step.call;
      const configuration = machineConfiguration({
        ...{ definition, endpoint, role, machine: planned },
        machineUuid: request.machineUuid,
        secrets: machine.secrets,
      });
      const until = step.call.kind === 'answers' || role === 'controlplane' ? 'member' : 'configured';
      return applyConfiguration(machine, { configuration, until, timeoutMs }, pulse);
    }
    case 'bootstrap':
      return bootstrapEtcd(machine, { node: planned.name, timeoutMs }, pulse);
    case 'upgrade': {
      const { installerImage } = definition.platformConfig as unknown as TalosPlatformConfig;
      const { leavesNewer } = step.call;
      const { version } = definition;
      return upgradeTalos(machine, { installerImage, version, leavesNewer, timeoutMs }, pulse);
    }
    case 'etcd-member':
      await waitForMember(machine, planned.name, timeoutMs, pulse);
      return { changed: false };
  }
}

async function waitForMember(
  machine: TalosMachine,
  node: string,
  timeoutMs: number,
  pulse: Pulse,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const objection = await etcdObjection(machine, node);
    if (objection === null) return;
    if (performance.now() > deadline) throw fail('TALOS_NOT_READY', `${machine.endpoint}: ${objection}`);
    pulse.say(objection);
    await pulse.pause(machine.pollMs);
  }
}

async function kubeconfigArchive(machine: TalosMachine): Promise<Buffer> {
  try {
    const pieces = await machine.asMember((connection) => connection.collect(METHODS.kubeconfig, {}));
    return Buffer.concat(pieces.map(({ bytes }) => bytes));
  } catch (error) {
    if (!(error instanceof TalosCallError)) throw error;
    throw talosError(error, machine.endpoint, machine.redact);
  }
}
