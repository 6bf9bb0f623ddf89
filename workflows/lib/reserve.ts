/** Takes what a plan needs: VMIDs, addresses and keys. */
import { uuid4, type ActivityOptions } from '@temporalio/workflow';
import { macOf, type MachineIdentity } from '../../domain/machine.js';
import type { Plan, PlannedMachine } from '../../domain/plan.js';
import { CLUSTER_STEPS } from '../../domain/plan-steps.js';
import { secretsOfServices } from '../../domain/services/service-groups.js';
import type { ServiceSettings } from '../../platforms/platform-input.js';
import { k3sSettings } from '../../platforms/k3s/settings.js';
import { okdConfig } from '../../platforms/okd/okd-config.js';
import { platformOf } from '../../platforms/registry.js';
import type { ProvisionInput } from '../provision.js';
import { ledger, planning, ssh } from './activities.js';
import { failureOf } from './failure.js';
import { makePlan, type MadePlan } from './make-plan.js';
import type { ProvisionRun } from './provision-run.js';

export interface Reserved {
  readonly plan: Plan;
  readonly machines: readonly PlannedMachine[];
  readonly identities: ReadonlyMap<string, MachineIdentity>;
  readonly settings: ServiceSettings;
}

/** Plans that another run made useless in a row, before a person is asked. */
const MOST_PLANS = 5;

/** UUIDs are chosen here, so that every retry asks for the same. When another run was faster, it is planned anew. */
export async function reserveMachines(
  { clusterUid, definition }: ProvisionInput,
  run: Pick<ProvisionRun, 'steps'>,
  first: MadePlan,
  planAnew: (options: ActivityOptions) => Promise<MadePlan> = (options) => makePlan(definition, options),
): Promise<Reserved> {
  const uuids = new Map(first.plan.machines.map(({ name }) => [name, uuid4()]));
  return run.steps.run(CLUSTER_STEPS.reserve, async (options) => {
    let made = first;
    for (let plans = 1; ; plans += 1) {
      const { plan, vmidsInUse: avoid, capacity, settings } = made;
      const machines = plan.machines.map(({ name, host, network, memoryMiB }) => ({
        name,
        host,
        uuid: uuids.get(name) ?? '',
        address: network.address,
        memoryMiB,
      }));
      try {
        const reserved = await ledger.reserveMachines.executeWithOptions(options, [
          {
            clusterUid,
            cluster: definition.name,
            network: definition.network,
            machines,
            avoid,
            ...(capacity === null ? {} : { capacity }),
          },
        ]);
        const taken = withReserved(plan, reserved);
        const identities = new Map(
          reserved.map(({ name, uuid, vmid }) => [
            name,
            { clusterUid, cluster: definition.name, name, uuid, vmid, mac: macOf(uuid) },
          ]),
        );
        return { plan: taken, machines: taken.machines, identities, settings };
      } catch (error) {
        if (failureOf(error).code !== 'PLACEMENT_OUTDATED' || plans === MOST_PLANS) throw error;
        made = await planAnew(options);
      }
    }
  });
}

/** @returns the cluster's public SSH key. */
export async function makeKeys(
  { clusterUid, definition }: ProvisionInput,
  run: Pick<ProvisionRun, 'steps'>,
): Promise<string> {
  const isMore =
    platformOf(definition.type).secrets(definition).length + secretsOfServices(definition).length > 0;
  return run.steps.run(CLUSTER_STEPS.keys, async (options) => {
    const keys = await ssh.createSshKeys.executeWithOptions(options, [{ clusterUid }]);
    await ssh.createJoinToken.executeWithOptions(options, [{ clusterUid }]);
    const pullSecret = definition.type === 'OKD' ? okdConfig(definition).pullSecret : null;
    if (pullSecret !== null) {
      await ssh.sealPullSecret.executeWithOptions(options, [{ clusterUid, name: pullSecret }]);
    }
    const datastore = definition.type === 'K3S' ? k3sSettings(definition).datastore : null;
    if (datastore !== null) {
      await planning.sealDatastore.executeWithOptions(options, [{ clusterUid, name: datastore }]);
    }
    if (isMore) await planning.makeSecrets.executeWithOptions(options, [{ clusterUid, definition }]);
    return keys.publicKey;
  });
}

function withReserved(plan: Plan, reserved: readonly { name: string; address: string }[]): Plan {
  const addresses = new Map(reserved.map(({ name, address }) => [name, address]));
  const machines = plan.machines.map((machine) => {
    const address = addresses.get(machine.name) ?? machine.network.address;
    return { ...machine, network: { ...machine.network, address } };
  });
  return { ...plan, machines };
}
