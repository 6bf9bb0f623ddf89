/** Has the services of a cluster know the machines that there are: balancers, reservations, names, network boot. */
import type { ActivityOptions } from '@temporalio/workflow';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { GuestStep } from '../../domain/guest-step.js';
import type { MachineIdentity } from '../../domain/machine.js';
import type { Plan, PlannedMachine } from '../../domain/plan.js';
import { recordsServerOf } from '../../domain/services/name-server.js';
import type { ServiceSettings } from '../../platforms/platform-input.js';
import { planning, ssh } from './activities.js';
import { together } from './concurrency.js';
import { guestOf } from './guest-of.js';

export interface ServedCluster {
  readonly clusterUid: string;
  readonly definition: ClusterDefinition;
  readonly plan: Plan;
  readonly identities: ReadonlyMap<string, MachineIdentity>;
  readonly settings: Pick<ServiceSettings, 'bootUrl'>;
}

/** Each takes over what has changed while it runs, and drops no connection. */
export async function tellServices(served: ServedCluster, options: ActivityOptions): Promise<void> {
  const { plan, definition, identities, settings } = served;
  const known = plan.machines.flatMap(({ name }) => identities.get(name) ?? []);
  const request = { definition, plan, identities: known, bootUrl: settings.bootUrl };
  const has = (role: PlannedMachine['role']): boolean =>
    plan.machines.some((machine) => machine.role === role);
  const ofServices = has('SERVICE') ? await planning.serviceSteps.executeWithOptions(options, [request]) : {};
  const { pxe } = has('BASTION')
    ? await planning.bastionSteps.executeWithOptions(options, [request])
    : { pxe: [] };
  const stepsOf = ({ name, role }: PlannedMachine): readonly GuestStep[] =>
    role === 'BASTION' ? pxe : (ofServices[name] ?? []);
  await together(
    ...plan.machines.map((machine) => () => runOn(served, machine, stepsOf(machine), options)),
    () => writeRecords(served, options),
  );
}

/** Runs steps on a machine of the cluster; on one that the ledger lacks there is nothing to run them on. */
export async function runOn(
  { definition, identities }: Pick<ServedCluster, 'definition' | 'identities'>,
  machine: PlannedMachine,
  steps: readonly GuestStep[],
  options: ActivityOptions,
): Promise<void> {
  const guest = guestOf(definition, { identities }, machine);
  if (guest === undefined) return;
  for (const step of steps) await ssh.runGuestStep.executeWithOptions(options, [{ ...guest, step }]);
}

/** In a server that was there before the cluster. */
async function writeRecords(
  { clusterUid, definition, plan }: ServedCluster,
  options: ActivityOptions,
): Promise<void> {
  for (const service of definition.services) {
    const server = recordsServerOf(service);
    if (server === null) continue;
    const { records } = await planning.clusterNames.executeWithOptions(options, [{ definition, plan }]);
    const cluster = definition.name;
    await ssh.ensureRecords.executeWithOptions(options, [{ clusterUid, cluster, server, records }]);
  }
}

/** Of the machine that is in `before` and not in `plan` any more. */
export async function removeNamesOf(
  { clusterUid, definition, plan }: Pick<ServedCluster, 'clusterUid' | 'definition' | 'plan'>,
  before: Plan,
  options: ActivityOptions,
): Promise<void> {
  if (definition.services.every((service) => recordsServerOf(service) === null)) return;
  const namesIn = async (one: Plan): Promise<readonly string[]> => {
    const { records } = await planning.clusterNames.executeWithOptions(options, [{ definition, plan: one }]);
    return records.map(({ name }) => name);
  };
  const left = await namesIn(plan);
  const names = (await namesIn(before)).filter((name) => !left.includes(name));
  if (names.length > 0) await ssh.removeRecords.executeWithOptions(options, [{ clusterUid, names }]);
}
