/** The insides of all VMs of the lab. */
import type { Faults } from '../faults.js';
import type { LabKubernetes } from '../kubernetes/lab-kubernetes.js';
import type { Latency } from '../latency.js';
import type { LabMachine, MachineHost } from '../machine-host.js';
import type { LabNetwork } from '../network/lab-network.js';
import type { LabState } from '../state.js';
import { ADMINISTRATION } from './commands/guest-commands.js';
import { Disks } from './disk/disks.js';
import { Guest, type GuestSurroundings } from './guest.js';
import { K3sClusters } from './k3s/clusters.js';
import { AddressBook } from './networking/address-book.js';
import { pauser } from './pause.js';
import { IMAGE_COMMANDS } from './shell/run-shell.js';

export interface GuestsOptions {
  readonly network: LabNetwork;
  readonly latency: Latency;
  readonly faults: Faults;
  readonly state: LabState;
  readonly kubernetes: LabKubernetes;
  /**
   * Multiplies what systemd and Kubernetes themselves wait for, such as `RestartSec`, as the lab's speed does with
   * latencies; 1 by default.
   */
  readonly timeScale?: number;
}

export interface Guests extends MachineHost {
  /** Called with the VMID when a machine has switched itself off. */
  onHalted(listener: (vmid: number) => void): void;
  inspect(): {
    readonly machines: readonly ReturnType<Guest['inspect']>[];
    readonly addressConflicts: readonly unknown[];
  };
  close(): Promise<void>;
}

export function createGuests(options: GuestsOptions): Guests {
  const { network, latency, faults, state, kubernetes, timeScale = 1 } = options;
  const pause = pauser(timeScale);
  const clusters = new K3sClusters({ kubernetes, network, state, pause });
  const addressBook = new AddressBook(network);
  const disks = new Disks({
    state,
    commands: IMAGE_COMMANDS,
    administration: ADMINISTRATION.map(({ name }) => name),
  });
  const running = new Map<number, Guest>();
  const haltListeners: ((vmid: number) => void)[] = [];
  const surroundings: GuestSurroundings = {
    network,
    latency,
    faults,
    clusters,
    addressBook,
    pause,
    wentDown,
  };

  function start(machine: LabMachine): void {
    const guest = new Guest(machine, disks.open(machine.diskId), surroundings);
    running.set(machine.vmid, guest);
    void guest.boot();
  }

  function wentDown(guest: Guest, again: boolean): void {
    const { machine } = guest;
    // Its power may have been switched off and on in the meantime.
    if (running.get(machine.vmid) !== guest) return;
    running.delete(machine.vmid);
    if (again) start(machine);
    else for (const listener of haltListeners) listener(machine.vmid);
  }

  return {
    powerOn: (machine) => {
      if (!running.has(machine.vmid)) start(machine);
    },
    powerOff: (vmid) => {
      running.get(vmid)?.cutPower();
      running.delete(vmid);
    },
    shutdown: async (vmid) => {
      const guest = running.get(vmid);
      await guest?.shutDown();
      if (running.get(vmid) === guest) running.delete(vmid);
    },
    diskRemoved: (diskId) => {
      disks.remove(diskId);
      void clusters.diskRemoved(diskId, (other) => disks.exists(other));
    },
    onHalted: (listener) => {
      haltListeners.push(listener);
    },
    inspect: () => ({
      machines: [...running.values()].map((guest) => guest.inspect()),
      addressConflicts: addressBook.conflicts,
    }),
    close: async () => {
      for (const guest of running.values()) guest.cutPower();
      running.clear();
      await clusters.close();
    },
  };
}
