/** Fills in the machines of a service. */
import type { ServiceMachines } from '../../domain/services/configuration.js';
import { given, type Known } from '../known.js';
import { DEFAULTS } from './defaults.js';
import type { MachinesInput } from './services/machines.js';

/** Machines where nothing is said of them: of the one kind all defaults, of the others none. */
export function machinesUnasked<T>(kind: T | undefined, withMachines: T): MachinesInput | null | undefined {
  if (kind === undefined) return undefined;
  return kind === withMachines ? {} : null;
}

export function resolveMachines(input: Known<MachinesInput> | null): Known<ServiceMachines> | null {
  if (input === undefined || input === null) return input;
  return {
    count: given(input, 'count', 1),
    imageSource: given(input, 'imageSource', null),
    imageChecksum: given(input, 'imageChecksum', null),
    storage: given(input, 'storage', null),
    cores: given(input, 'cores', DEFAULTS.serviceCores),
    memoryMiB: given(input, 'memoryMiB', DEFAULTS.serviceMemoryMiB),
    diskGiB: given(input, 'diskGiB', DEFAULTS.serviceDiskGiB),
    targetNodes: given(input, 'targetNodes', []),
  };
}
