/** Which addresses can be leased now. */
import { sql } from 'kysely';
import { fail } from '../domain/errors.js';
import type { UnavailableAddress, WantedLease } from './address-port.js';
import type { StoreDatabase, StoreTransaction } from './tables.js';

/** Instants (ISO 8601) after which what happened still counts. */
export interface AvoidedSince {
  readonly released: string;
  readonly conflict: string;
}

/** Of the candidates, in their order. */
export async function unavailableAmong(
  db: StoreDatabase | StoreTransaction,
  candidates: readonly string[],
  since: AvoidedSince,
): Promise<UnavailableAddress[]> {
  // Passed as one JSON parameter: a range may have more addresses than a statement has parameters (32,766).
  const among = sql<string>`(select value from json_each(${JSON.stringify(candidates)}))`;
  const leases = await db
    .selectFrom('addressLeases')
    .select(['address', 'releasedAt'])
    .where('address', 'in', among)
    .where((e) => e.or([e('releasedAt', 'is', null), e('releasedAt', '>', since.released)]))
    .execute();
  const conflicts = await db
    .selectFrom('addressConflicts')
    .select('address')
    .where('address', 'in', among)
    .where('lastSeenAt', '>', since.conflict)
    .execute();
  const why = new Map<string, UnavailableAddress['why']>();
  for (const { address } of conflicts) why.set(address, 'conflict');
  for (const { address, releasedAt } of leases) if (releasedAt !== null) why.set(address, 'quarantined');
  for (const { address, releasedAt } of leases) if (releasedAt === null) why.set(address, 'leased');
  return candidates.flatMap((address) => {
    const reason = why.get(address);
    return reason === undefined ? [] : [{ address, why: reason }];
  });
}

/**
 * An address for each holder. All wishes that can be met are met first, so that no holder is given what the next one wanted.
 * @param unavailable why an address cannot be had.
 * @throws `ADDRESSES_EXHAUSTED`, `ADDRESS_NOT_FREE`
 */
export function grantAddresses(
  wanted: readonly WantedLease[],
  unavailable: ReadonlyMap<string, string>,
): Map<string, string> {
  const granted = new Map<string, string>();
  const given = new Set<string>();
  const isFree = (address: string): boolean => !unavailable.has(address) && !given.has(address);
  const give = (holder: string, address: string): void => {
    given.add(address);
    granted.set(holder, address);
  };
  for (const { holder, address, candidates } of wanted) {
    if (granted.has(holder) || address === null) continue;
    if (isFree(address)) give(holder, address);
    else if (!candidates.includes(address)) throw notFree(holder, address, unavailable);
  }
  for (const { holder, candidates } of wanted) {
    if (granted.has(holder)) continue;
    const address = candidates.find(isFree);
    if (address === undefined) throw exhausted(holder, candidates, unavailable);
    give(holder, address);
  }
  return granted;
}

function notFree(holder: string, address: string, unavailable: ReadonlyMap<string, string>) {
  const why = unavailable.get(address) ?? 'asked for twice';
  return fail('ADDRESS_NOT_FREE', `${address}, which ${holder} is to have, is ${EXPLAINED[why] ?? why}`);
}

function exhausted(holder: string, candidates: readonly string[], unavailable: ReadonlyMap<string, string>) {
  const counts = new Map<string, number>();
  for (const address of candidates) {
    const why = unavailable.get(address);
    if (why !== undefined) counts.set(why, (counts.get(why) ?? 0) + 1);
  }
  const reasons = [...counts].map(([why, count]) => `${count} ${EXPLAINED[why] ?? why}`).join(', ');
  return fail(
    'ADDRESSES_EXHAUSTED',
    `there is none left for ${holder} among ${candidates.length} candidates ` +
      `(${candidates[0] ?? 'none'} to ${candidates.at(-1) ?? 'none'}): ${reasons === '' ? 'all are asked for' : reasons}`,
  );
}

const EXPLAINED: Readonly<Record<string, string>> = {
  leased: 'leased',
  quarantined: 'released too recently',
  conflict: 'answered by a stranger',
};
