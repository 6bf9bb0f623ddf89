/** What has to be proved of an orphan before it is removed. */
import { fail } from '../../../domain/errors.js';
import type { Orphan } from '../../../domain/orphans.js';
import type { KnownMachine } from '../../../store/store.js';
import type { ProxmoxContext } from '../dependencies.js';
import { orphanId, type Candidate } from './candidate.js';

/** @throws `ORPHAN_NOT_REMOVABLE` when the ledger does not know the machine, or its cluster is not gone. */
export async function knownMachine({ orphans }: ProxmoxContext, { uuid }: Orphan): Promise<KnownMachine> {
  const machine = uuid === null ? undefined : await orphans.machine(uuid);
  if (machine === undefined)
    throw fail('ORPHAN_NOT_REMOVABLE', `the ledger does not know the machine ${uuid ?? ''}`);
  if (machine.clusterPhase !== 'GONE')
    throw fail('ORPHAN_NOT_REMOVABLE', `cluster "${machine.cluster}" of ${machine.name} is not gone`);
  return machine;
}

/** @throws `ORPHAN_NOT_REMOVABLE` when what is there now is not the orphan, or is not removable. */
export function requireSame(orphan: Orphan, now: Candidate | null): void {
  const what = orphan.volume ?? `VM ${orphan.vmid}`;
  if (now === null || orphanId(now) !== orphan.id)
    throw fail('ORPHAN_NOT_REMOVABLE', `${what} is not what was found any more`);
  if (!now.removable) throw fail('ORPHAN_NOT_REMOVABLE', `${what}: ${now.reason}`);
}

/** Keeps others from getting the number meanwhile. @throws `ORPHAN_NOT_REMOVABLE` when a machine has it by now. */
export async function requireVmid({ orphans }: ProxmoxContext, machine: KnownMachine): Promise<void> {
  if (!(await orphans.holdVmid(machine.uuid)))
    throw fail('ORPHAN_NOT_REMOVABLE', `VMID ${machine.vmid} is another machine's by now`);
}
