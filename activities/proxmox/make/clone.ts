/** Makes a VM by cloning a template. */
import type { MachineSource, PlannedMachine } from '../../../domain/plan.js';
import type { CloneOptions } from '../client.js';
import type { ProxmoxContext } from '../dependencies.js';
import { vmDescription } from '../description.js';
import { drivesOf } from '../drives.js';
import { storageLimits } from '../storage-limits.js';
import { findTemplate } from '../template.js';
import type { VmMaker } from './vm-maker.js';

/** @throws `TEMPLATE_NOT_FOUND` */
export async function cloneMaker(
  context: ProxmoxContext,
  machine: PlannedMachine,
  source: Extract<MachineSource, { kind: 'clone' }>,
): Promise<VmMaker> {
  const { client, limits } = context;
  const { fullClone } = source;
  const template = await findTemplate(client, source);
  const from = template.address.host;
  const limitsOf = await storageLimits(context, from);
  return {
    // The task runs where the template is, and so does the configuration until the clone is done.
    hosts: [from],
    limits: [
      fullClone ? limitsOf(machine.storage).copy : limitsOf(source.storage).allocation,
      { key: `clones@${from}`, most: limits.clonesPerHost },
    ],
    prepare: () => Promise.resolve(),
    request: ({ row, identity }, signal) => {
      const options: CloneOptions = {
        newid: row.vmid,
        name: identity.name,
        description: vmDescription(identity, machine),
        full: fullClone,
        ...(fullClone ? { storage: machine.storage } : {}),
        ...(machine.host === from ? {} : { target: machine.host }),
      };
      return client.cloneVm(template.address, options, signal);
    },
    isComplete: (vm) => {
      const slots = new Set(drivesOf(vm.config).map(({ slot }) => slot));
      return drivesOf(template.config).every(({ slot, isCdrom }) => isCdrom || slots.has(slot));
    },
  };
}
