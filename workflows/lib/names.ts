/** The names of a cluster: written where its DNS service says, and looked up by a machine of the cluster. */
import type { ServiceDependency } from '../../domain/cluster-definition.js';
import { CLUSTER_STEPS } from '../../domain/plan-steps.js';
import { hasRecords, nameServerOf, recordsServerOf } from '../../domain/services/name-server.js';
import type { ProvisionInput } from '../provision.js';
import { loginUser } from '../../platforms/okd/names.js';
import { planning, ssh } from './activities.js';
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
  { clusterUid, definition }: ProvisionInput,
  run: ProvisionRun,
  { plan: made, identities }: Reserved,
): Promise<void> {
  // What was needed only to begin with has no name any more.
  const plan = { ...made, machines: made.machines.filter(({ role }) => role !== 'BOOTSTRAP') };
  const asker = plan.machines.find(({ role }) => role === 'CONTROL_PLANE');
  const identity = asker && identities.get(asker.name);
  const group = definition.nodeGroups.find(({ name }) => name === asker?.group);
  const isNamed = nameServerOf(definition) !== undefined || hasRecords(definition);
  if (!isNamed || asker === undefined || identity === undefined || group === undefined) return;
  await run.steps.run(CLUSTER_STEPS.names, async (options) => {
    const { records, lookUp } = await planning.clusterNames.executeWithOptions(options, [
      { definition, plan },
    ]);
    if (asker.system === 'TALOS') {
      const { nameservers } = asker.network;
      await ssh.verifyRecords.executeWithOptions(options, [{ nameservers, records }]);
      return;
    }
    const guest = {
      clusterUid,
      machineUuid: identity.uuid,
      address: asker.network.address,
      user: loginUser(asker, group.template.cloudInit.user),
    };
    await ssh.runGuestStep.executeWithOptions(options, [{ ...guest, step: lookUp }]);
  });
}
