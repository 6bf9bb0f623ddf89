/** One node workflow a machine: all at once, each told when it may start and when it may join. */
import { condition, isCancellation, patched, startChild, workflowInfo } from '@temporalio/workflow';
import type { ServiceDependency } from '../../domain/cluster-definition.js';
import type { GuestStep } from '../../domain/guest-step.js';
import { workflowIds } from '../../domain/ids.js';
import type { PlannedMachine } from '../../domain/plan.js';
import { lastBootStep } from '../../domain/plan-steps.js';
import { runsInCluster } from '../../domain/services/in-cluster.js';
import { nameServerOf, recordsServerOf } from '../../domain/services/name-server.js';
import { platformOf } from '../../platforms/registry.js';
import { joinSignal, startSignal } from '../messages.js';
import type { node } from '../node.js';
import type { ProvisionInput } from '../provision.js';
import type { BastionSteps } from '../../activities/planning/bastion-steps.js';
import { planning } from './activities.js';
import { provideInCluster } from './cluster-services.js';
import { forEachLimited, together } from './concurrency.js';
import { failureOf } from './failure.js';
import { JoinOrder } from './join-order.js';
import { writeRecords } from './names.js';
import { nodeInputs } from './node-inputs.js';
import type { ProvisionRun } from './provision-run.js';
import { fetchIgnition, removeBootstrap } from './okd.js';
import { servePxe } from './pxe.js';
import type { Reserved } from './reserve.js';
import { operationAttributes } from './search-attributes.js';
import { ServiceOrder } from './service-order.js';

/** Node workflows that run at once: keeps a large cluster within the limits of one history. */
const MAX_NODES_AT_ONCE = 50;

export async function makeNodes(
  input: ProvisionInput,
  run: ProvisionRun,
  reserved: Reserved & { readonly publicKey: string },
): Promise<void> {
  const steps = await stepsOfBastions(input, reserved);
  const served = await stepsOfServices(input, reserved);
  const inputs = nodeInputs(input, reserved, { ofBastions: steps.prepare, ofServices: served });
  const order = new JoinOrder(
    inputs.map(({ identity, machine }) => ({ ...identity, role: machine.role })),
    platformOf(input.definition.type).joinOrder(input.definition),
  );
  const services = new ServiceOrder(input.definition.services, reserved.machines);
  const bastions = inputs.filter(({ machine }) => machine.role === 'BASTION');
  const bastionsUp = new Set<string>();
  const allBastionsUp = (): Promise<void> => condition(() => bastionsUp.size === bastions.length);
  const servesBehindBastion =
    input.definition.network.egress === 'BASTION' &&
    reserved.machines.some(({ role }) => role === 'SERVICE') &&
    patched('2026-11-services-behind-a-bastion');
  let isIgnitionThere = false;
  let bastionsServe = bastions.length === 0;
  const mayStart = (machine: PlannedMachine): boolean =>
    bastionsServe &&
    (input.definition.network.egress !== 'LOAD_BALANCER' || services.isUpAll('LOAD_BALANCER')) &&
    (machine.boot.method !== 'PXE' || services.isUpAll('PXE_BOOT')) &&
    services.isUp(nameServerOf(input.definition)?.name ?? '') &&
    (machine.system !== 'IGNITION' || isIgnitionThere);

  const booted = lastBootStep(platformOf(input.definition.type).system);
  run.onStep = ({ machine, id, status }) => {
    const bootedFirst = machine === order.first && id === booted && status === 'done';
    if (bootedFirst) run.enter('BOOTSTRAP');
  };
  const startsInOrder = patched('2026-11-nodes-started-in-order');
  /** Those not started yet that the cluster waits for: the others, which do not matter as much, come after them. */
  const ahead = new Set(
    inputs.slice(0, 1 + inputs.findIndex(({ identity }) => identity.name === order.first)),
  );
  const makeAll = (): Promise<void> =>
    forEachLimited(inputs, MAX_NODES_AT_ONCE, async (nodeInput) => {
      const { identity, machine } = nodeInput;
      if (startsInOrder && !ahead.has(nodeInput)) await condition(() => ahead.size === 0);
      const child = await startChild<typeof node>('node', {
        workflowId: workflowIds.node(workflowInfo().workflowId, identity.name),
        args: [nodeInput],
        parentClosePolicy: 'REQUEST_CANCEL',
        cancellationType: 'WAIT_CANCELLATION_COMPLETED',
        staticSummary: `${identity.name} on ${machine.host}`,
        typedSearchAttributes: operationAttributes(input.definition, 'node'),
      });
      ahead.delete(nodeInput);
      await together(
        async () => {
          const service = services.serviceOf(machine);
          if (service !== undefined) {
            await resultOfService(
              run,
              service,
              child.result().then((record) => run.nodeIs(record)),
            );
            services.settled(machine);
            return;
          }
          run.nodeIs(await child.result());
          if (machine.role === 'BASTION') {
            bastionsUp.add(identity.name);
            return;
          }
          if (machine.role === 'BOOTSTRAP') return removeBootstrap(input, run, reserved, machine);
          order.joined(identity.name);
          if (identity.name === order.first) run.enter('CONTROL_PLANE');
          if (order.controlPlaneIsComplete()) run.enter('WORKERS');
        },
        async () => {
          const service = services.serviceOf(machine);
          if (service !== undefined) {
            // Their packages come that way.
            if (servesBehindBastion) await allBastionsUp();
            await services.turnOf(service);
            await toldToServe(service, child.signal(joinSignal));
            return;
          }
          if (machine.role === 'BASTION') return;
          if (nodeInput.waitsToStart) {
            await condition(() => mayStart(machine));
            await child.signal(startSignal);
          }
          if (!services.isEmpty) await services.allUp();
          await order.turnOf(identity.name);
          await child.signal(joinSignal);
        },
      );
    });
  const bastionsDone = async (): Promise<void> => {
    await allBastionsUp();
    await servePxe(input, run, reserved, steps.pxe);
    bastionsServe = true;
  };
  const ignitionDone = async (): Promise<void> => {
    await condition(() => bastionsServe && services.isUpAll('PXE_BOOT'));
    await fetchIgnition(input, run, reserved);
    isIgnitionThere = true;
  };
  const recordsDone = input.definition.services
    .filter((service) => recordsServerOf(service) !== null)
    .map((service) => async (): Promise<void> => {
      await services.turnOf(service);
      await resultOfService(run, service, writeRecords(input, run, reserved, service));
      services.settledOutside(service);
    });
  const inClusterDone = input.definition.services
    .filter(runsInCluster)
    .map((service) => async (): Promise<void> => {
      await condition(() => order.isFormed);
      await services.turnOf(service);
      await resultOfService(run, service, provideInCluster(input, run, service));
      services.settledOutside(service);
    });
  const needsIgnition = reserved.machines.some(({ system }) => system === 'IGNITION');
  const works = [
    makeAll,
    ...(bastions.length > 0 ? [bastionsDone] : []),
    ...(needsIgnition ? [ignitionDone] : []),
    ...recordsDone,
    ...inClusterDone,
  ];
  if (works.length === 1) return makeAll();
  await together(...works);
}

export async function stepsOfBastions(
  { definition }: Pick<ProvisionInput, 'definition'>,
  { machines, plan, identities, settings }: Reserved,
): Promise<BastionSteps> {
  if (machines.every(({ role }) => role !== 'BASTION')) return { prepare: [], pxe: [] };
  const { bootUrl } = settings;
  return planning.bastionSteps({ definition, plan, identities: [...identities.values()], bootUrl });
}

/** By machine. */
export async function stepsOfServices(
  { definition }: Pick<ProvisionInput, 'definition'>,
  { machines, plan, identities, settings }: Reserved,
): Promise<Readonly<Record<string, readonly GuestStep[]>>> {
  if (machines.every(({ role }) => role !== 'SERVICE')) return {};
  const { bootUrl } = settings;
  return planning.serviceSteps({ definition, plan, identities: [...identities.values()], bootUrl });
}

/** One that was given up hears nothing any more. */
async function toldToServe({ required }: ServiceDependency, told: Promise<void>): Promise<void> {
  try {
    await told;
  } catch (error) {
    if (required || isCancellation(error)) throw error;
  }
}

/** A service that is not required is missed, and nothing else. */
async function resultOfService(
  run: ProvisionRun,
  { name, required }: ServiceDependency,
  result: Promise<void>,
): Promise<void> {
  try {
    await result;
  } catch (error) {
    if (required || isCancellation(error)) throw error;
    const { code, detail } = failureOf(error);
    run.warn(`service "${name}" is not there: ${code}: ${detail}`);
  }
}
