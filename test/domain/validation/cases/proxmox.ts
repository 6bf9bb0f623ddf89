import type { VmConfigFact, VmFact } from '../../../../domain/validation/facts/proxmox.js';
import { seen, type OfMachine } from '../../../../domain/validation/verdict.js';
import { BALANCER, SERVERS, WORKER } from '../subject.js';
import type { Case } from './case.js';

const MACHINES = [...SERVERS, WORKER, BALANCER];
const HOSTS = ['hv5', 'hv6', 'hv7'];

const vms = (change: Partial<VmFact> = {}): VmFact[] =>
  MACHINES.map(({ name }, index) => ({
    ...{
      machine: name,
      vmid: 20_000 + index,
      state: 'running',
      host: HOSTS[index % 3] ?? null,
      cpuShare: 0.1,
    },
    ...(index === 0 ? change : {}),
  }));

const SOUND: VmConfigFact = {
  ...{ objections: [], cores: 2, memoryMiB: 4096, bridge: 'vmbr0', vlan: null, mtu: null },
  ...{ startsWithHost: true, lock: null, storages: ['ceph-vm'] },
};

const configs = (change: Partial<VmConfigFact> = {}): OfMachine<VmConfigFact>[] =>
  MACHINES.map(({ name, role }, index) => ({
    machine: name,
    seen: seen({
      ...SOUND,
      ...(role === 'SERVICE' ? { cores: 1, memoryMiB: 1024 } : {}),
      ...(index === 0 ? change : {}),
    }),
  }));

const ofConfig = (id: string, wrong: Partial<VmConfigFact>, says: RegExp): Case => ({
  ...{ id, fact: 'vmConfigs', passes: configs(), fails: configs(wrong), says },
});

const HOST = { name: 'hv5', online: true, cpuShare: 0.2, memoryShare: 0.5 };

export const PROXMOX_CASES: readonly Case[] = [
  {
    id: 'proxmox-quorum',
    fact: 'proxmoxQuorum',
    passes: { cluster: 'lab', quorate: true },
    fails: { cluster: 'lab', quorate: false },
    says: /^lab: it has no quorum$/,
  },
  {
    id: 'hosts-online',
    fact: 'hosts',
    passes: [HOST],
    fails: [HOST, { ...HOST, name: 'hv6', online: false }],
    says: /^hv6: it is offline$/,
  },
  {
    id: 'vm-exists',
    fact: 'vms',
    passes: vms(),
    fails: vms({ state: 'absent' }),
    says: /^edge-server-1: there is no VM 20000$/,
  },
  {
    id: 'vm-running',
    fact: 'vms',
    passes: vms(),
    fails: vms({ state: 'stopped' }),
    says: /^edge-server-1: VM 20000 is stopped$/,
  },
  ofConfig('vm-identity', { objections: ['it lacks the tag "clusterwright"'] }, /lacks the tag/),
  ofConfig('vm-size', { memoryMiB: 2048 }, /^edge-server-1: it has 2048 MiB, not 4096$/),
  ofConfig('vm-network', { mtu: 9000, vlan: 107 }, /^edge-server-1: net0 has VLAN 107, not none, MTU 9000/),
  ofConfig('vm-start-at-boot', { startsWithHost: false }, /onboot is not set/),
  ofConfig('vm-locks', { lock: 'backup' }, /it has the lock "backup"/),
  {
    id: 'control-plane-spread',
    fact: 'vms',
    passes: vms(),
    fails: vms({ host: 'hv6' }),
    says: /^hv6: it holds 2 of 3$/,
  },
  {
    id: 'storage-space',
    fact: 'storages',
    passes: [{ name: 'ceph-vm', host: 'hv5', usedShare: 0.5 }],
    fails: [{ name: 'ceph-vm', host: 'hv5', usedShare: 0.96 }],
    says: /^ceph-vm on hv5: 96 % used$/,
  },
  {
    id: 'host-memory',
    fact: 'hosts',
    passes: [HOST],
    fails: [{ ...HOST, memoryShare: 0.99 }],
    says: /^hv5: it uses 99 % of its memory$/,
  },
  {
    id: 'host-cpu',
    fact: 'hosts',
    passes: [HOST],
    fails: [{ ...HOST, cpuShare: 0.97 }],
    says: /^hv5: it uses 97 % of its processors$/,
  },
  {
    id: 'vm-cpu',
    fact: 'vms',
    passes: vms(),
    fails: vms({ cpuShare: 0.99 }),
    says: /^edge-server-1: it uses 99 % of its processors$/,
  },
  {
    id: 'backup-jobs',
    fact: 'backupJobs',
    passes: [{ id: 'backup-1', schedule: '02:00', machines: ['edge-server-1', 'edge-worker-1'] }],
    fails: [{ id: 'backup-2', schedule: '02:00', machines: ['edge-server-1', 'edge-server-3'] }],
    says: /^backup-2: it backs up edge-server-1, edge-server-3 \(02:00\)$/,
  },
];
