/** The names of a cluster: written where its DNS service says, and looked up by a machine of the cluster. */
import type { ServiceDependency } from '../../domain/cluster-definition.js';
import { CLUSTER_STEPS } from '../../domain/plan-steps.js';
import { hasRecords, nameServerOf, recordsServerOf } from '../../domain/services/name-server.js';
import type { ProvisionInput } from '../provision.js';
import { planning, ssh } from './activities.js';
import { guestOf } from './guest-of.js';
import type { ProvisionRun } from './provision-run.js';
import type { Reserved } from './reserve.js';

/** In a server that was there before the cluster. */
export async function writeRecords(
  { clusterUid, definition }: ProvisionInput,
  run: ProvisionRun,
  { plan }: Reserved,
  service: ServiceDependency,
): Promise<void> {
  const server = recordsServerOf(service);
  if (server === null) return;
  await run.steps.run(CLUSTER_STEPS.records, async (options) => {
    const { records } = await planning.clusterNames.executeWithOptions(options, [{ definition, plan }]);
    const cluster = definition.name;
    await ssh.ensureRecords.executeWithOptions(options, [{ clusterUid, cluster, server, records }]);
  });
}

/** As the programs of a control-plane machine look names up; a machine without a shell cannot. */
export async function lookUpNames(
  { definition }: ProvisionInput,
  run: ProvisionRun,
  reserved: Reserved,
): Promise<void> {
  const { plan: made } = reserved;
  // What was needed only to begin with has no name any more.
  const plan = { ...made, machines: made.machines.filter(({ role }) => role !== 'BOOTSTRAP') };
  const asker = plan.machines.find(({ role }) => role === 'CONTROL_PLANE');
  const guest = guestOf(definition, reserved, asker);
  const isNamed = nameServerOf(definition) !== undefined || hasRecords(definition);
  if (!isNamed || asker === undefined || guest === undefined) return;
  await run.steps.run(CLUSTER_STEPS.names, async (options) => {
    const { records, lookUp } = await planning.clusterNames.executeWithOptions(options, [
      { definition, plan },
    ]);
    if (asker.system === 'TALOS') {
      const { nameservers } = asker.network;
      await ssh.verifyRecords.executeWithOptions(options, [{ nameservers, records }]);
      return;
    }
    await ssh.runGuestStep.executeWithOptions(options, [{ ...guest, step: lookUp }]);
  });
}
