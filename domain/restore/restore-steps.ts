/** The steps of a restore, by name: shown in this order. */
import { machineStepId } from '../plan-steps.js';

export const RESTORE_STEPS = {
  verify: 'verify-backup',
  look: 'look',
  secrets: 'restore-secrets',
  removeLeftovers: 'remove-leftovers',
  reserve: 'reserve',
  keys: 'keys',
  images: 'images',
  serve: 'serve-machines',
  compare: 'compare-objects',
  staleNodes: 'remove-stale-nodes',
  health: 'check-health',
} as const;

type RestoreStep = (typeof RESTORE_STEPS)[keyof typeof RESTORE_STEPS];

const TITLES: Readonly<Record<RestoreStep, string>> = {
  'verify-backup': 'Read the backup back and prove its hashes',
  look: 'Look which machines and members there are',
  'restore-secrets': 'Take the join token of the backup into use',
  'remove-leftovers': 'Prove that lost machines are gone, and remove what is left of them',
  reserve: 'Reserve VMIDs for machines that are made anew',
  keys: 'Read the SSH key of the cluster',
  images: 'Bring the images to the hosts',
  'serve-machines': 'Have the services of the cluster know the new machines',
  'compare-objects': 'Compare what etcd holds with the snapshot',
  'remove-stale-nodes': 'Remove nodes whose machines are not there any more',
  'check-health': 'Check that all nodes are Ready',
};

export const RESTORE_MACHINE_STEPS = {
  start: 'start-vm',
  prepare: 'prepare-again',
  stop: 'stop-member',
  deliver: 'deliver-snapshot',
  restore: 'restore-snapshot',
  rejoin: 'rejoin',
  ready: 'node-ready',
  vote: 'vote',
} as const;

type RestoreMachineStep = (typeof RESTORE_MACHINE_STEPS)[keyof typeof RESTORE_MACHINE_STEPS];

const MACHINE_TITLES: Readonly<Record<RestoreMachineStep, string>> = {
  'start-vm': 'Switch the VM on',
  'prepare-again': 'See that the machine answers and has the version of the backup',
  'stop-member': 'Stop the control plane of this machine',
  'deliver-snapshot': 'Bring the snapshot to the machine',
  'restore-snapshot': 'Put the snapshot in place of the data that is there, which is kept aside',
  rejoin: 'Join the restored cluster',
  'node-ready': 'Wait until the node is Ready',
  vote: 'Wait until it votes in etcd',
};

export function restoreStep(id: RestoreStep) {
  return { id, title: TITLES[id], machine: null };
}

export function restoreMachineStep(machine: string, step: RestoreMachineStep) {
  return { id: machineStepId(machine, step), title: MACHINE_TITLES[step], machine };
}
