/** What is the matter with a machine, and what that allows: a table, read from the top. */
import type { MachineSight } from './sight.js';

export const DIAGNOSES = [
  'HEALTHY',
  'PROXMOX_UNSEEN',
  'PROXMOX_NO_QUORUM',
  'HOST_DOWN_HA_MOVES_IT',
  'HOST_DOWN',
  'CORDONED',
  'VM_LOCKED',
  'HA_AT_WORK',
  'HA_KEEPS_IT_OFF',
  'HA_ERROR',
  'VM_GONE',
  'VM_STOPPED',
  'VM_UNSEEN',
  'API_UNSEEN',
  'ALL_SILENT',
  'KUBELET_UNWELL',
  'NODE_MISSING',
  'NETWORK_PARTED',
  'GUEST_HUNG',
  'GUEST_UNSEEN',
] as const;
export type DiagnosisName = (typeof DIAGNOSES)[number];

/** `WAIT`: whether the machine is dead is not known, or others are at work on it. */
export type Remedy = 'NONE' | 'WAIT' | 'START' | 'RESTART' | 'REPLACE';

export interface Diagnosis {
  readonly name: DiagnosisName;
  readonly remedy: Remedy;
  /** Whether it counts among those of its group that are not well. */
  readonly counts: boolean;
  readonly why: string;
}

type Fact = Exclude<keyof MachineSight, 'evidence' | 'host'>;
export type Condition = { readonly [F in Fact]?: readonly MachineSight[F][] };

export interface DiagnosisRow {
  readonly when: Condition;
  readonly diagnosis: Diagnosis;
}

const row = (
  name: DiagnosisName,
  remedy: Remedy,
  when: Condition,
  why: string,
  counts = true,
): DiagnosisRow => ({ when, diagnosis: { name, remedy, counts, why } });

/**
 * The first row that is true is the diagnosis; a fact that a row does not name may be anything. A machine is acted upon
 * only by what was seen: nothing is concluded from what could not be asked.
 */
export const DIAGNOSIS_ROWS: readonly DiagnosisRow[] = [
  row('HEALTHY', 'NONE', { node: ['ready'], vm: ['running', 'unknown'] }, 'its node is Ready', false),
  row(
    'HEALTHY',
    'NONE',
    { isNode: ['no'], guest: ['answers'], vm: ['running', 'unknown'] },
    'it answers',
    false,
  ),
  row(
    'PROXMOX_UNSEEN',
    'WAIT',
    { quorum: ['unknown'] },
    'Proxmox VE could not be asked: whether its VM runs is not known',
  ),
  row(
    'PROXMOX_NO_QUORUM',
    'WAIT',
    { quorum: ['no'] },
    'the Proxmox cluster has no quorum: what it says may be old, and it starts nothing',
  ),
  row(
    'HOST_DOWN_HA_MOVES_IT',
    'WAIT',
    { hostState: ['offline'], ha: ['settled', 'working'] },
    'its host is down: high availability fences the host and moves the VM',
  ),
  row(
    'HOST_DOWN',
    'WAIT',
    { hostState: ['offline'] },
    'its host is down, and nothing proves that its VM does not run there: it is not replaced until the host is back, or its VM was moved to another one',
  ),
  row(
    'PROXMOX_UNSEEN',
    'WAIT',
    { hostState: ['unknown'], vm: ['running', 'stopped', 'unknown'] },
    'whether its host is up is not known',
  ),
  row('CORDONED', 'WAIT', { cordoned: ['yes'] }, 'its node is cordoned: somebody works on it'),
  row('VM_LOCKED', 'WAIT', { lock: ['held'] }, 'Proxmox VE works on its VM'),
  row('HA_AT_WORK', 'WAIT', { ha: ['working'] }, 'high availability works on its VM'),
  row(
    'HA_KEEPS_IT_OFF',
    'WAIT',
    { ha: ['held'], vm: ['stopped'] },
    'high availability was told to keep it off',
  ),
  row('HA_ERROR', 'WAIT', { ha: ['error'] }, 'high availability has given it up, and wants a person'),
  row(
    'VM_GONE',
    'REPLACE',
    { vm: ['absent'], guest: ['silent'], node: ['silent', 'absent', 'none'] },
    'there is no VM of this machine any more, and nobody hears of it',
  ),
  row(
    'VM_UNSEEN',
    'WAIT',
    { vm: ['absent'] },
    'no guest has its VMID; that it runs under another one is not ruled out',
  ),
  row('HA_AT_WORK', 'WAIT', { vm: ['stopped'], ha: ['settled'] }, 'high availability starts its VM'),
  row('VM_STOPPED', 'START', { vm: ['stopped'] }, 'its VM is off'),
  row('VM_UNSEEN', 'WAIT', { vm: ['unknown'] }, 'whether its VM runs is not known'),
  row(
    'API_UNSEEN',
    'WAIT',
    { node: ['unknown'], guest: ['answers'] },
    'it answers, and Kubernetes could not be asked',
    false,
  ),
  row('ALL_SILENT', 'WAIT', { node: ['unknown'] }, 'neither it nor Kubernetes could be asked'),
  row(
    'NODE_MISSING',
    'RESTART',
    { node: ['absent'], guest: ['answers'] },
    'its VM runs and answers, and Kubernetes has no such node',
  ),
  row(
    'KUBELET_UNWELL',
    'RESTART',
    { node: ['not-ready', 'silent'], guest: ['answers'] },
    'its VM runs and answers, and its kubelet does not do its work',
  ),
  row(
    'KUBELET_UNWELL',
    'RESTART',
    { node: ['not-ready'], guest: ['silent', 'unknown'] },
    'its kubelet says that it is not ready',
  ),
  row('GUEST_UNSEEN', 'WAIT', { guest: ['unknown'] }, 'whether it answers is not known'),
  row(
    'NETWORK_PARTED',
    'WAIT',
    { guest: ['silent'], neighbours: ['silent'] },
    'no machine on its host is heard: the network of the host is the likely cause, and its VM runs',
  ),
  row(
    'GUEST_HUNG',
    'RESTART',
    { guest: ['silent'] },
    'its VM runs, and neither its kubelet nor the machine is heard',
  ),
];

const NOT_FORESEEN: Diagnosis = {
  ...{ name: 'VM_UNSEEN', remedy: 'WAIT', counts: true },
  why: 'what was seen fits nothing that is known',
};

export function diagnose(sight: MachineSight): Diagnosis {
  return DIAGNOSIS_ROWS.find(({ when }) => holds(when, sight))?.diagnosis ?? NOT_FORESEEN;
}

function holds(when: Condition, sight: MachineSight): boolean {
  return (Object.entries(when) as [Fact, readonly string[]][]).every(([fact, values]) =>
    values.includes(sight[fact]),
  );
}
