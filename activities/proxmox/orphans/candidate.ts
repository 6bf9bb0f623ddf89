/** Something that may be an orphan, before it is known for how long it has been seen. */
import { createHash } from 'node:crypto';
import { standingOf, type Orphan, type Owner } from '../../../domain/orphans.js';
import type { KnownMachine } from '../../../store/store.js';

export interface Candidate extends Omit<Orphan, 'id' | 'sinceSeconds'> {
  /** Since when nobody has wanted it, as far as that is known: ISO 8601, UTC. */
  readonly since: string | null;
}

const ID_CHARACTERS = 16;

/** The same for the same thing: a VM that was moved keeps it, and one that took its number has another. */
export function orphanId({ kind, uuid, vmid, host, volume }: Omit<Candidate, 'since'>): string {
  const what = kind === 'medium' || kind === 'disk' ? [volume, host] : [uuid, vmid];
  return createHash('sha256')
    .update(JSON.stringify([kind, ...what]))
    .digest('hex')
    .slice(0, ID_CHARACTERS);
}

export function ownerOf(machine: KnownMachine): Owner {
  const { uuid, clusterUid, cluster, name, vmid, state, clusterPhase } = machine;
  return {
    ...{ uuid, clusterUid, cluster, name, vmid },
    isRemoved: state === 'removed',
    standing: standingOf(clusterPhase),
  };
}

/** Those of each number in the order in which they came. */
export function byVmid(machines: readonly KnownMachine[]): ReadonlyMap<number, readonly KnownMachine[]> {
  const found = new Map<number, KnownMachine[]>();
  for (const machine of machines) found.set(machine.vmid, [...(found.get(machine.vmid) ?? []), machine]);
  return found;
}

/** What a candidate says of the machine that it is, or is said to be, of. */
export function ofMachine(machine: KnownMachine | undefined) {
  return {
    uuid: machine?.uuid ?? null,
    clusterUid: machine?.clusterUid ?? null,
    cluster: machine?.cluster ?? null,
    name: machine?.name ?? null,
    since: machine === undefined ? null : unwantedSince(machine),
  };
}

/** A removal that failed must not make it look younger: of a cluster that is gone, only that counts. */
function unwantedSince({ clusterPhase, clusterUpdatedAt, removedAt, createdAt }: KnownMachine): string {
  if (clusterPhase === 'GONE' && clusterUpdatedAt !== null) return clusterUpdatedAt;
  return removedAt ?? createdAt;
}
