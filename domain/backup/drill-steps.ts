/** The steps of a drill, by name: shown in this order, with those of its machine. */
import { CLUSTER_STEPS } from '../plan-steps.js';

export const DRILL_STEPS = {
  begin: 'begin-drill',
  verify: 'verify-backup',
  plan: 'plan',
  reserve: CLUSTER_STEPS.reserve,
  keys: CLUSTER_STEPS.keys,
  token: 'lend-token',
  images: CLUSTER_STEPS.images,
  make: 'make-machine',
  deliver: 'deliver-snapshot',
  restore: 'restore',
  compare: 'compare-objects',
} as const;

type DrillStep = (typeof DRILL_STEPS)[keyof typeof DRILL_STEPS];

export const DRILL_TITLES: Readonly<Record<DrillStep, string>> = {
  'begin-drill': 'Write down that the backup is drilled',
  'verify-backup': 'Read the backup back and prove its hashes',
  plan: 'Find a host and an address for the machine',
  [DRILL_STEPS.reserve]: 'Reserve its VMID and its address',
  [DRILL_STEPS.keys]: 'Read the SSH key of the cluster',
  'lend-token': 'Take the join token of the backup from it',
  [DRILL_STEPS.images]: 'Bring the image to the host',
  'make-machine': 'Make the machine, with the distribution on it',
  'deliver-snapshot': 'Bring the snapshot to the machine',
  restore: 'Restore the snapshot there',
  'compare-objects': 'Compare what was restored with the snapshot',
};
