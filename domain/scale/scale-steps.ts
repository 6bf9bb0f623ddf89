/** The steps of a scale, by name: shown in this order. */
import { machineStepId } from '../plan-steps.js';

export const SCALE_STEPS = {
  look: 'look',
  settings: 'read-settings',
  quorum: 'prove-quorum',
  plan: 'plan',
  preflight: 'preflight',
  reserve: 'reserve',
  probe: 'probe-addresses',
  keys: 'keys',
  images: 'images',
  grow: 'make-room-for-members',
  serve: 'serve-new-machines',
} as const;

export const SCALE_STEP_TITLES: Readonly<Record<(typeof SCALE_STEPS)[keyof typeof SCALE_STEPS], string>> = {
  look: 'Read the ledger',
  'read-settings': 'Read the settings of the service',
  'prove-quorum': 'Prove that the quorum is kept',
  plan: 'Observe Proxmox VE and plan the machines to be added',
  preflight: 'Check that Proxmox VE allows it',
  reserve: 'Reserve VMIDs and addresses',
  'probe-addresses': 'Probe that nobody answers on the addresses',
  keys: 'Read the SSH key of the cluster',
  images: 'Bring the images to the hosts',
  'make-room-for-members': 'Prepare the control plane for further members',
  'serve-new-machines': 'Have the services of the cluster know the new machines',
};

/** What is done to a machine that joins, beside its own steps, and to one that goes: by the operation, not by the machine's workflow. */
export const MEMBER_STEPS = {
  admit: 'prove-quorum-to-join',
  vote: 'vote',
  cordon: 'cordon',
  drainBalancers: 'drain-balancers',
  drain: 'drain',
  leaveEtcd: 'leave-etcd',
  leaveServices: 'leave-services',
  removeVm: 'remove-vm',
  removeNode: 'remove-node',
  release: 'release',
} as const;

const MEMBER_STEP_TITLES: Readonly<Record<(typeof MEMBER_STEPS)[keyof typeof MEMBER_STEPS], string>> = {
  'prove-quorum-to-join': 'Prove that one more member can join',
  vote: 'Wait until it votes in etcd',
  cordon: 'Let nothing more be scheduled there',
  'drain-balancers': 'Send it no more connections',
  drain: 'Move its pods to other nodes',
  'leave-etcd': 'Prove that the quorum is kept, and take it out of etcd',
  'leave-services': 'Have the services of the cluster forget it',
  'remove-vm': 'Stop and remove the VM',
  'remove-node': 'Remove its node from Kubernetes',
  release: 'Release its address',
};

/** Whether the step of a machine belongs to the operation rather than to the machine's own workflow. */
export function isMemberStep(step: string): boolean {
  return (Object.values(MEMBER_STEPS) as readonly string[]).includes(step);
}

export type MemberStep = (typeof MEMBER_STEPS)[keyof typeof MEMBER_STEPS];

export function memberStep(machine: string, step: MemberStep) {
  return { id: machineStepId(machine, step), title: MEMBER_STEP_TITLES[step], machine };
}

export function removalSteps(machine: string, votes: boolean) {
  const { cordon, drainBalancers, drain, leaveEtcd, leaveServices, removeVm, removeNode, release } =
    MEMBER_STEPS;
  const steps = [cordon, drainBalancers, drain, ...(votes ? [leaveEtcd] : [])];
  return [...steps, leaveServices, removeVm, removeNode, release].map((step) => memberStep(machine, step));
}
