/** Checks of what Proxmox VE says: hosts, VMs, their configuration and their storages. */
import type { Check } from '../check.js';
import { percent } from '../figures.js';
import { groupOf, nodesOf, type ValidationSubject } from '../subject.js';
import { eachMachine, judged, problemsOf } from '../verdict.js';

/** Above that a storage with thin volumes may run full before anybody looks again. */
const MOST_STORAGE_USED = 0.9;

export const PROXMOX_CHECKS: readonly Check[] = [
  {
    id: 'proxmox-quorum',
    title: 'The Proxmox VE cluster has a quorum',
    category: 'INFRASTRUCTURE',
    suite: 'QUICK',
    severity: 'CRITICAL',
    fact: 'proxmoxQuorum',
    remedy: 'Bring enough Proxmox hosts back: without a quorum no VM can be started or changed.',
    judge: ({ cluster, quorate }) =>
      judged(
        quorate ? [] : [{ subject: cluster, detail: 'it has no quorum' }],
        `${cluster} can make changes`,
      ),
  },
  {
    id: 'hosts-online',
    title: 'The hosts of its machines are online',
    category: 'INFRASTRUCTURE',
    suite: 'QUICK',
    severity: 'CRITICAL',
    fact: 'hosts',
    remedy: 'Look at the host and its network; its machines are not assumed to be gone.',
    judge: (hosts) =>
      problemsOf(
        hosts,
        ({ name, online }) => (online ? null : { subject: name, detail: 'it is offline' }),
        `${hosts.map(({ name }) => name).join(', ')} online`,
      ),
  },
  {
    id: 'vm-exists',
    title: 'Each machine has its VM',
    category: 'INFRASTRUCTURE',
    suite: 'QUICK',
    severity: 'CRITICAL',
    fact: 'vms',
    remedy: 'Look in the task log of Proxmox VE who removed it; check that the API token sees it.',
    judge: (vms) =>
      problemsOf(
        vms,
        ({ machine, vmid, state }) =>
          state === 'absent'
            ? { subject: machine, detail: vmid === null ? 'it has no VMID' : `there is no VM ${vmid}` }
            : null,
        `${vms.length} VMs are there`,
      ),
  },
  {
    id: 'vm-running',
    title: 'Each VM is running',
    category: 'INFRASTRUCTURE',
    suite: 'QUICK',
    severity: 'CRITICAL',
    fact: 'vms',
    remedy: 'Start the VM on its host, after looking in its task log why it stopped.',
    judge: (vms) =>
      judged(
        vms.flatMap(({ machine, vmid, state }) =>
          state === 'stopped' || state === 'absent'
            ? [{ subject: machine, detail: `VM ${vmid ?? ''} is ${state}` }]
            : [],
        ),
        `${vms.length} VMs are running`,
        {
          unseen: vms.flatMap(({ machine, state }) =>
            state === 'unknown' ? [{ subject: machine, detail: 'its host does not tell its status' }] : [],
          ),
        },
      ),
  },
  {
    id: 'vm-identity',
    title: 'Each VM is proved to be the machine of the ledger',
    category: 'INFRASTRUCTURE',
    suite: 'STANDARD',
    severity: 'CRITICAL',
    fact: 'vmConfigs',
    remedy:
      'Compare UUID, tags, name and the first line of the description with the ledger. Until they agree the VM is not touched.',
    judge: (configs) =>
      eachMachine(configs, 'mark, name, tag and UUID agree', ({ objections }) =>
        objections.length === 0 ? null : objections.join('; '),
      ),
  },
  {
    id: 'vm-size',
    title: 'Each VM has the processors and the memory of its group',
    category: 'INFRASTRUCTURE',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'vmConfigs',
    remedy: 'Set the VM back to the size of its group, or change the group; a change needs a restart.',
    judge: (configs, subject) =>
      eachMachine(configs, 'sized as defined', ({ cores, memoryMiB }, machine) => {
        const template = templateOf(subject, machine);
        if (template === undefined) return 'its group is not in the definition';
        const wrong = [
          ...(cores === template.cores ? [] : [`${cores} cores, not ${template.cores}`]),
          ...(memoryMiB === template.memoryMiB ? [] : [`${memoryMiB} MiB, not ${template.memoryMiB}`]),
        ];
        return wrong.length === 0 ? null : `it has ${wrong.join(' and ')}`;
      }),
  },
  {
    id: 'vm-network',
    title: 'Each VM is plugged in as defined',
    category: 'INFRASTRUCTURE',
    suite: 'STANDARD',
    severity: 'CRITICAL',
    fact: 'vmConfigs',
    remedy: 'Correct bridge, VLAN and MTU of `net0` in the hardware of the VM.',
    judge: (configs, subject) =>
      eachMachine(configs, 'bridge, VLAN and MTU as defined', ({ bridge, vlan, mtu }, machine) => {
        const wanted = networkOf(subject, machine);
        if (wanted === undefined) return 'its group is not in the definition';
        const wrong = [
          ...(bridge === wanted.bridge ? [] : [`bridge ${bridge ?? 'none'}, not ${wanted.bridge}`]),
          ...(vlan === wanted.vlan ? [] : [`VLAN ${vlan ?? 'none'}, not ${wanted.vlan ?? 'none'}`]),
          ...(mtu === wanted.mtu ? [] : [`MTU ${mtu ?? 'unset'}, not ${wanted.mtu ?? 'unset'}`]),
        ];
        return wrong.length === 0 ? null : `net0 has ${wrong.join(', ')}`;
      }),
  },
  {
    id: 'vm-start-at-boot',
    title: 'Each VM starts with its host',
    category: 'INFRASTRUCTURE',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'vmConfigs',
    remedy: 'Set `onboot` of the VM: after a power cut it would stay off.',
    judge: (configs) =>
      eachMachine(configs, 'onboot is set', ({ startsWithHost }) =>
        startsWithHost ? null : 'onboot is not set',
      ),
  },
  {
    id: 'vm-locks',
    title: 'No VM is held by a lock',
    category: 'INFRASTRUCTURE',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'vmConfigs',
    remedy:
      'Wait for the task that holds it; a crashed one leaves its lock, and `qm unlock VMID` on its host takes it off.',
    judge: (configs) =>
      eachMachine(configs, 'not locked', ({ lock }) => (lock === null ? null : `it has the lock "${lock}"`)),
  },
  {
    id: 'control-plane-spread',
    title: 'Machines of the control plane are on different hosts',
    category: 'INFRASTRUCTURE',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'vms',
    remedy: 'Migrate one of them: a host that holds a majority of them takes the cluster down with it.',
    applies: (subject) => controlPlane(subject).length > 2,
    judge: (vms, subject) => {
      const names = new Set(controlPlane(subject).map(({ name }) => name));
      const own = vms.filter(({ machine, host }) => names.has(machine) && host !== null);
      const hosts = [...new Set(own.map(({ host }) => host ?? ''))].toSorted();
      const crowded = hosts.filter((name) => own.filter(({ host }) => host === name).length > names.size / 2);
      return judged(
        crowded.map((subjectName) => ({
          subject: subjectName,
          detail: `it holds ${own.filter(({ host }) => host === subjectName).length} of ${names.size}`,
        })),
        `on ${hosts.join(', ')}`,
      );
    },
  },
  {
    id: 'storage-space',
    title: 'Storages of its disks have free space',
    category: 'INFRASTRUCTURE',
    suite: 'STANDARD',
    severity: 'CRITICAL',
    fact: 'storages',
    remedy: 'Free space on the storage or enlarge it: VMs on one that is full stop with an I/O error.',
    judge: (storages) =>
      judged(
        storages.flatMap(({ name, host, usedShare }) =>
          usedShare !== null && usedShare > MOST_STORAGE_USED
            ? [{ subject: `${name} on ${host}`, detail: `${percent(usedShare)} used` }]
            : [],
        ),
        storages
          .map(({ name, host, usedShare }) => `${name} on ${host} ${percent(usedShare ?? 0)}`)
          .join(', '),
        {
          unseen: storages.flatMap(({ name, host, usedShare }) =>
            usedShare === null ? [{ subject: `${name} on ${host}`, detail: 'its size is not told' }] : [],
          ),
        },
      ),
  },
  {
    id: 'backup-jobs',
    title: 'No backup job of Proxmox VE has two members of etcd in it',
    category: 'INFRASTRUCTURE',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'backupJobs',
    remedy:
      'Exclude the machines of the control plane from the job and back them up by the service, which goes from one to the next; or give each a job of its own, hours apart. Hosts begin a job at the same moment, and guests stand still.',
    applies: (subject) => controlPlane(subject).length > 1 && hasMembers(subject),
    judge: (jobs, subject) => {
      const members = new Set(controlPlane(subject).map(({ name }) => name));
      const crowded = jobs.flatMap(({ id, schedule, machines }) => {
        const own = machines.filter((machine) => members.has(machine));
        if (own.length < 2) return [];
        return [{ subject: id, detail: `it backs up ${own.join(', ')} (${schedule})` }];
      });
      return judged(crowded, `${jobs.length} backup jobs have machines of it, none has two members`);
    },
  },
];

/** K3s with a datastore that others run has none among its machines. */
function hasMembers({ definition: { type, platformConfig } }: ValidationSubject): boolean {
  const { datastore } = platformConfig as { readonly datastore?: unknown };
  return type !== 'K3S' || typeof datastore !== 'string';
}

function controlPlane(subject: ValidationSubject) {
  return nodesOf(subject).filter(({ role }) => role === 'CONTROL_PLANE');
}

function templateOf(subject: ValidationSubject, name: string) {
  const machine = subject.machines.find((each) => each.name === name);
  return machine && groupOf(subject, machine)?.template;
}

function networkOf(subject: ValidationSubject, name: string) {
  const machine = subject.machines.find((each) => each.name === name);
  const group = machine && groupOf(subject, machine);
  if (group === undefined) return undefined;
  const { network } = subject.definition;
  return {
    bridge: group.network.bridge ?? network.bridge,
    vlan: group.network.privateVLAN ?? network.privateVLAN,
    mtu: network.mtu,
  };
}
