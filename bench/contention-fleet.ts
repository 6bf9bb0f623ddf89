/** Five hosts, and fifty machines of five clusters that want to be made on them at the same moment. */
import { randomUUID } from 'node:crypto';
import { macOf, type MachineIdentity } from '../domain/machine.js';
import type { PlannedMachine } from '../domain/plan.js';
import type { LabInventory, LabTemplate } from '../lab/proxmox/lab-inventory.js';
import type { MachineLedger } from '../store/store.js';

export const VMIDS = { from: 1_000, to: 1_999 } as const;

const HOSTS = ['pve1', 'pve2', 'pve3', 'pve4', 'pve5'] as const;
const CLUSTERS = 5;
const MACHINES_OF_CLUSTER = 10;
const BRIDGES = [{ name: 'vmbr0', vlanAware: true }];

const SHARED_TEMPLATE: LabTemplate = {
  vmid: 9_000,
  name: 'shared',
  host: 'pve1',
  storage: 'ceph-vm',
  diskGiB: 8,
};
const LOCAL_TEMPLATES: readonly LabTemplate[] = HOSTS.map((host, index) => ({
  vmid: 9_001 + index,
  name: 'local',
  host,
  storage: 'local-zfs',
  diskGiB: 8,
}));

export const FLEET_INVENTORY: LabInventory = {
  clusterName: 'fleet',
  hosts: HOSTS.map((name, index) => ({
    name,
    address: `10.1.107.${index + 1}`,
    cores: 64,
    memoryGiB: 512,
    bridges: BRIDGES,
  })),
  storages: [
    { id: 'local', type: 'dir', content: ['iso'], shared: false, capacityGiB: 100 },
    { id: 'local-zfs', type: 'zfspool', content: ['images'], shared: false, capacityGiB: 4_096 },
    { id: 'ceph-vm', type: 'rbd', content: ['images'], shared: true, capacityGiB: 10_240 },
  ],
  templates: [SHARED_TEMPLATE, ...LOCAL_TEMPLATES],
  pools: [],
};

export interface FleetMachine {
  readonly identity: MachineIdentity;
  readonly machine: PlannedMachine;
}

/** Every other machine of each cluster is a linked clone of the shared template, the others are full local clones. */
export async function reserveFleet(ledger: MachineLedger): Promise<FleetMachine[]> {
  const fleets = Array.from({ length: CLUSTERS }, async (_, number) => {
    const cluster = `fleet-${number + 1}`;
    const clusterUid = randomUUID();
    const planned = Array.from({ length: MACHINES_OF_CLUSTER }, (_unused, index) =>
      aMachine(cluster, number, index),
    );
    const machines = planned.map(({ name, host }) => ({ uuid: randomUUID(), name, host }));
    const rows = await ledger.reserve({ clusterUid, cluster, range: VMIDS, avoid: [], machines });
    return rows.map(({ uuid, vmid, name }): FleetMachine => {
      const machine = planned.find((one) => one.name === name);
      if (machine === undefined) throw new Error(`${name} was not asked for`);
      return { identity: { clusterUid, cluster, name, uuid, vmid, mac: macOf(uuid) }, machine };
    });
  });
  return (await Promise.all(fleets)).flat();
}

function aMachine(cluster: string, number: number, index: number): PlannedMachine {
  const hostIndex = (number + Math.floor(index / 2)) % HOSTS.length;
  const host = HOSTS[hostIndex] ?? HOSTS[0];
  const isLinked = index % 2 === 0;
  const template = isLinked ? SHARED_TEMPLATE : (LOCAL_TEMPLATES[hostIndex] ?? SHARED_TEMPLATE);
  const { vmid, name, storage, host: templateHost } = template;
  return {
    name: `${cluster}-${String(index + 1).padStart(2, '0')}`,
    group: 'worker',
    role: 'WORKER',
    ordinal: index + 1,
    host,
    source: { kind: 'clone', vmid, name, host: templateHost, storage, fullClone: !isLinked },
    boot: {
      method: 'TEMPLATE',
      reason: 'asked for',
      delivery: 'MEDIUM',
      iso: null,
      kernel: null,
      initrd: null,
      kernelArguments: [],
    },
    system: 'CLOUD_INIT',
    interfaces: [],
    firewall: null,
    storage,
    isoStorage: 'local',
    cores: 2,
    memoryMiB: 2_048,
    diskGiB: 16,
    cpuType: 'x86-64-v2-AES',
    network: {
      bridge: 'vmbr0',
      vlan: null,
      address: `10.2.${number}.${index + 10}`,
      prefixLength: 16,
      gateway: '10.2.255.254',
      nameservers: ['10.2.255.254'],
      domain: 'fleet.internal',
      mtu: null,
    },
    tags: [],
    labels: {},
    taints: [],
    metadata: {},
  };
}
