/** What a person does to a machine in Proxmox VE itself, past the service. */
import { askProxmox } from './proxmox.js';
import { waitFor, type LabProcess } from './lab-process.js';

export interface PoweredMachine {
  readonly host: string;
  readonly vmid: number;
}

interface World {
  readonly proxmox: {
    readonly vms: readonly { readonly vmid: number; readonly name: string; readonly node: string }[];
  };
}

const PATIENCE_MS = 60_000;
const OK = 200;

/** The power is gone at once; resolves when the task has been begun. */
export async function pullPlug(lab: LabProcess, { host, vmid }: PoweredMachine): Promise<void> {
  const { status } = await askProxmox(lab, 'POST', `/nodes/${host}/qemu/${vmid}/status/stop`);
  if (status !== OK) throw new Error(`Proxmox VE answered ${status}`);
}

/** Stops and removes each VM whose name begins so, with its disks. @returns how many there were. */
export async function destroyMachines(lab: LabProcess, prefix: string): Promise<number> {
  const there = async (): Promise<World['proxmox']['vms']> => {
    const { proxmox } = await lab.control<World>('/world');
    return proxmox.vms.filter(({ name }) => name.startsWith(prefix));
  };
  const found = await there();
  for (const { node, vmid } of found) {
    await pullPlug(lab, { host: node, vmid });
    // It says that it must not be removed; and while it is being stopped it is not, either.
    await waitFor(
      `VM ${vmid} to be removed`,
      async () => {
        await askProxmox(lab, 'POST', `/nodes/${node}/qemu/${vmid}/config`, 'protection=0');
        await askProxmox(lab, 'DELETE', `/nodes/${node}/qemu/${vmid}?purge=1`);
        return (await there()).every((vm) => vm.vmid !== vmid);
      },
      PATIENCE_MS,
    );
  }
  return found.length;
}
