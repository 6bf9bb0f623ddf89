/** The parts of a planned machine that most tests do not care about. */
import type { PlannedMachine } from '../../domain/plan.js';

/** Cloned, booted from its disk, one interface, no firewall. */
export const PLAIN_MACHINE = {
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
} as const satisfies Partial<PlannedMachine>;
