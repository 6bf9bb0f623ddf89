/** Which machine answers at which address of the lab's network. */
import type { LabNetwork } from '../../network/lab-network.js';

export interface AddressConflict {
  readonly address: string;
  /** Names of the machines. */
  readonly holder: string;
  readonly refused: string;
}

export class AddressBook {
  readonly conflicts: AddressConflict[] = [];
  private readonly holders = new Map<string, { readonly vmid: number; readonly name: string }>();
  private readonly network: LabNetwork;

  constructor(network: LabNetwork) {
    this.network = network;
  }

  /** @returns false when another machine has the address: that one goes on answering. */
  claim(address: string, machine: { readonly vmid: number; readonly name: string }): boolean {
    const holder = this.holders.get(address);
    if (holder !== undefined && holder.vmid !== machine.vmid) {
      const conflict = { address, holder: holder.name, refused: machine.name };
      // A machine that asks again is the same conflict.
      if (!this.conflicts.some((known) => known.address === address && known.refused === machine.name))
        this.conflicts.push(conflict);
      return false;
    }
    this.holders.set(address, machine);
    this.network.attach(address);
    return true;
  }

  release(address: string, vmid: number): void {
    if (this.holders.get(address)?.vmid !== vmid) return;
    this.holders.delete(address);
    this.network.detach(address);
  }
}
