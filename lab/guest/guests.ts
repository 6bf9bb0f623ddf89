/** The insides of all VMs of the lab. */
import type { Faults } from '../faults.js';
import type { LabKubernetes } from '../kubernetes/lab-kubernetes.js';
import type { Latency } from '../latency.js';
import type { LabMachine, MachineHost } from '../machine-host.js';
import type { LabNetwork } from '../network/lab-network.js';
import type { LabState } from '../state.js';
import { ADMINISTRATION } from './commands/guest-commands.js';
import { Disks } from './disk/disks.js';
import type { GuestSurroundings } from './guest.js';
import { formedCluster, type FormedCluster } from './clusters/formed-cluster.js';
import { KubeadmClusters } from './kubeadm/clusters.js';
import { OkdClusters } from './okd/clusters.js';
import { RancherClusters } from './rancher/clusters.js';
import { AddressBook } from './networking/address-book.js';
import { DhcpServers } from './networking/dhcp.js';
import { NameServers, type DnsServer } from './networking/dns.js';
import { internetNames } from './networking/internet-names.js';
import { Topology } from './networking/topology.js';
import { VrrpSegments } from './networking/vrrp-segments.js';
import { pauser } from './pause.js';
import { PoweredMachine } from './powered-machine.js';
import { imageCommands } from './shell/run-shell.js';
import { TalosClusters } from './talos/clusters.js';

export interface GuestsOptions {
  readonly network: LabNetwork;
  readonly latency: Latency;
  readonly faults: Faults;
  readonly state: LabState;
  readonly kubernetes: LabKubernetes;
  /** Who answers for names beyond the lab's router; by default who knows the lab's Internet and nothing else. */
  readonly outerNames?: DnsServer;
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
    readonly machines: readonly ReturnType<PoweredMachine['inspect']>[];
    readonly addressConflicts: readonly unknown[];
  };
  /** The clusters that machines have formed. */
  formed(): readonly FormedCluster[];
  close(): Promise<void>;
}

export function createGuests(options: GuestsOptions): Guests {
  const { network, latency, faults, state, kubernetes, timeScale = 1 } = options;
  const pause = pauser(timeScale);
  const clusters = new RancherClusters({ kubernetes, state, pause });
  const kubeadmClusters = new KubeadmClusters({ kubernetes, state, pause });
  const talosClusters = new TalosClusters({ kubernetes, state, pause });
  const okd = new OkdClusters({ kubernetes, state, pause });
  const addressBook = new AddressBook(network);
  const disks = new Disks({
    state,
    commands: imageCommands(),
    administration: ADMINISTRATION.map(({ name }) => name),
  });
  const running = new Map<number, PoweredMachine>();
  const haltListeners: ((vmid: number) => void)[] = [];
  const surroundings: GuestSurroundings = {
    network,
    latency,
    faults,
    clusters,
    kubeadmClusters,
    talosClusters,
    okd,
    addressBook,
    topology: new Topology((address) => network.isExposed(address)),
    dhcp: new DhcpServers(),
    nameServers: new NameServers(),
    outerNames: options.outerNames ?? internetNames,
    vrrp: new VrrpSegments(),
    pause,
  };

  function start(machine: LabMachine): void {
    const { vmid } = machine;
    const halted = (): void => {
      // Its power may have been switched off and on in the meantime.
      if (running.get(vmid) !== powered) return;
      running.delete(vmid);
      for (const listener of haltListeners) listener(vmid);
    };
    const powered = new PoweredMachine({ machine, disks, surroundings, halted });
    running.set(vmid, powered);
    powered.start();
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
      const powered = running.get(vmid);
      await powered?.shutDown();
      if (running.get(vmid) === powered) running.delete(vmid);
    },
    diskRemoved: (diskId) => {
      disks.remove(diskId);
      void clusters.diskRemoved(diskId, (other) => disks.exists(other));
      void kubeadmClusters.diskRemoved(diskId, (other) => disks.exists(other));
      void talosClusters.diskRemoved(diskId);
      void okd.diskRemoved(diskId, (other) => disks.exists(other));
    },
    onHalted: (listener) => {
      haltListeners.push(listener);
    },
    inspect: () => ({
      machines: [...running.values()].map((powered) => powered.inspect()),
      addressConflicts: addressBook.conflicts,
    }),
    formed: () => [
      ...clusters.all().map((record) => formedCluster(record.distribution, record.id, record)),
      ...kubeadmClusters.all().map((record) => formedCluster('kubeadm', record.id, record)),
      ...talosClusters.all().map((record) => formedCluster('talos', record.id, record)),
      ...okd.all().map((record) => formedCluster('okd', record.installation.id, record)),
    ],
    close: async () => {
      for (const powered of running.values()) powered.cutPower();
      running.clear();
      await clusters.close();
      await kubeadmClusters.close();
      await okd.close();
      await talosClusters.close();
    },
  };
}
