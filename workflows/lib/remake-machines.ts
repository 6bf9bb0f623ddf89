/** Takes what lost machines need to be made anew: under their names and addresses, as VMs of their own. */
import { uuid4 } from '@temporalio/workflow';
import { fail } from '../../domain/errors.js';
import { macOf } from '../../domain/machine.js';
import { RESTORE_STEPS, restoreStep } from '../../domain/restore/restore-steps.js';
import type { NodeInput } from '../node.js';
import { ledger, proxmox } from './activities.js';
import { together } from './concurrency.js';
import { ensureImagesOf } from './images.js';
import { stepsOfBastions, stepsOfServices } from './make-nodes.js';
import { nodeInputs } from './node-inputs.js';
import { makeKeys } from './reserve.js';
import type { Restoring } from './restoring.js';

/** A disk of a terabyte on slow storage. */
const REMOVE_SECONDS = 1_800;

/** @returns what the workflow of each such machine is told. */
export async function remakeMachines(restoring: Restoring): Promise<NodeInput[]> {
  const { run, plan, definition, clusterUid, settings, identities } = restoring;
  const names = restoring.what.make;
  if (names.length === 0) return [];
  const { removeLeftovers, reserve, keys, images } = RESTORE_STEPS;
  run.steps.declare([removeLeftovers, reserve, keys, images].map(restoreStep));
  await run.steps.run(
    removeLeftovers,
    async (options) => {
      for (const name of names) {
        const identity = identities.get(name);
        if (identity !== undefined) await proxmox.removeVm.executeWithOptions(options, [{ identity }]);
      }
    },
    { softLimitSeconds: REMOVE_SECONDS },
  );
  await reserved(restoring);
  let publicKey = '';
  const lost = plan.machines.filter(({ name }) => names.includes(name));
  await together(
    async () => {
      publicKey = await makeKeys({ clusterUid, definition }, run);
    },
    () => ensureImagesOf({ clusterUid, definition }, run, { ...plan, machines: lost }),
  );
  const all = { plan, machines: plan.machines, identities, settings, publicKey };
  const { prepare: ofBastions } = await stepsOfBastions({ definition }, all);
  const ofServices = await stepsOfServices({ definition }, all);
  const inputs = nodeInputs({ clusterUid, definition }, all, { ofBastions, ofServices });
  return inputs.filter(({ identity }) => names.includes(identity.name));
}

/** Their addresses are still leased to them; VMID and UUID are new, so that nothing of the old VM is taken for theirs. */
async function reserved({ run, plan, what, definition, clusterUid, identities }: Restoring): Promise<void> {
  const uuids = new Map(what.make.map((name) => [name, uuid4()]));
  const cluster = definition.name;
  const machines = plan.machines
    .filter(({ name }) => uuids.has(name))
    .map(({ name, host, network, memoryMiB }) => ({
      ...{ name, host, memoryMiB, address: network.address },
      uuid: uuids.get(name) ?? '',
    }));
  const rows = await run.steps.run(RESTORE_STEPS.reserve, async (options) => {
    const { vmids: avoid } = await proxmox.observeInventory.executeWithOptions(options, [{}]);
    const { network } = definition;
    return ledger.reserveMachines.executeWithOptions(options, [
      { clusterUid, cluster, network, machines, avoid },
    ]);
  });
  for (const { name, uuid, vmid, address } of rows) {
    const planned = machines.find((machine) => machine.name === name)?.address;
    if (address !== planned) {
      throw fail(
        'RESTORE_NOT_POSSIBLE',
        `${name} had the address ${planned ?? ''}, which is not its own any more`,
      );
    }
    identities.set(name, { clusterUid, cluster, name, uuid, vmid, mac: macOf(uuid) });
  }
}
