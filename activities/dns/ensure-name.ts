/** Gives a name its addresses: looks, changes what nobody else has, and looks again. */
import { ClusterwrightError, fail } from '../../domain/errors.js';
import type { DnsRecordRow, DnsRecords, DnsServer } from '../../store/store.js';
import type { DnsClient, UpdateOutcome } from './client.js';
import { type MarkedCluster, markName, markText } from './mark.js';
import { describeName, observeName, type ObservedName } from './observe-name.js';
import { addressType } from './record-data.js';
import { addAddress, addText, dropAddress, nameIsFree, saysOnly } from './update.js';

export interface WantedName {
  /** Lower case, without a dot at the end. */
  readonly name: string;
  /** Sorted, at least one, each in its canonical form. */
  readonly addresses: readonly string[];
  /** What the ledger has of the name, from before. */
  readonly rows: readonly DnsRecordRow[];
}

export interface NameContext {
  readonly client: DnsClient;
  readonly server: DnsServer & { readonly ttlSeconds: number };
  readonly owner: MarkedCluster;
  readonly ledger: DnsRecords;
}

/**
 * @returns whether anything was changed.
 * @throws `DNS_RECORD_TAKEN`, `DNS_NOT_VERIFIED`, and what a {@link DnsClient} throws.
 */
export async function ensureName(context: NameContext, wanted: WantedName): Promise<boolean> {
  const { client, server, owner, ledger } = context;
  const { name, addresses, rows } = wanted;
  const formerAddresses = formerOf(wanted);
  const types = new Set([...addresses, ...formerAddresses].map(addressType));
  const mark = markText(owner);
  const keys = (some: readonly string[]) =>
    some.map((address) => ({ clusterUid: owner.clusterUid, server, name, address }));
  const isAsWanted = (seen: ObservedName): boolean =>
    isSame(seen.addresses, addresses) && isSame(seen.marks, [mark]);

  const before = await observeName(client, name, types);
  const isThere = isAsWanted(before);
  // Also what is there already is ours to remove one day.
  for (const address of addresses) await ledger.intend({ ...owner, server, name, address });
  if (!isThere) {
    try {
      await change(context, wanted, before);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // What was never made is not to be removed one day: the mark comes with the records, or not at all.
      const { marks } = await observeName(client, name, types);
      const made = rows.flatMap(({ address, state }) => (state === 'done' ? [address] : []));
      if (!marks.includes(mark)) await ledger.forget(keys(addresses.filter((one) => !made.includes(one))));
      throw error;
    }
    const after = await observeName(client, name, types);
    if (!isAsWanted(after)) throw notAsWanted(wanted, after, mark);
  }
  await ledger.confirm(keys(addresses));
  await ledger.forget(keys(formerAddresses));
  return !isThere;
}

/** Which of both updates is due is decided by the server, at the moment of the change; looking tells where to begin. */
async function change(context: NameContext, wanted: WantedName, before: ObservedName): Promise<void> {
  const mark = markText(context.owner);
  const ways = before.marks.includes(mark) ? [correct, create] : [create, correct];
  for (const way of ways) {
    if ((await way(context, wanted)) === 'done') return;
  }
  throw fail('DNS_RECORD_TAKEN', `${wanted.name} is somebody else's: it has ${describeName(before)}`);
}

/** The records and their mark at once, where nobody has either name. */
function create({ client, server, owner }: NameContext, wanted: WantedName): Promise<UpdateOutcome> {
  const { name, addresses } = wanted;
  const markedBy = markName(name);
  return client.update(server.zone, {
    prerequisites: [nameIsFree(name), nameIsFree(markedBy)],
    changes: [
      ...addresses.map((address) => addAddress(name, address, server.ttlSeconds)),
      addText(markedBy, markText(owner), server.ttlSeconds),
    ],
  });
}

/** What we had and want no more goes, what is missing comes, where the name has our mark. */
function correct({ client, server, owner }: NameContext, wanted: WantedName): Promise<UpdateOutcome> {
  const { name, addresses } = wanted;
  return client.update(server.zone, {
    prerequisites: [saysOnly(markName(name), markText(owner))],
    changes: [
      ...formerOf(wanted).map((address) => dropAddress(name, address)),
      ...addresses.map((address) => addAddress(name, address, server.ttlSeconds)),
    ],
  });
}

function notAsWanted({ name, addresses }: WantedName, after: ObservedName, mark: string) {
  const strange = after.addresses.filter((address) => !addresses.includes(address));
  if (after.marks.includes(mark) && strange.length > 0) {
    return fail('DNS_RECORD_TAKEN', `${name} also has ${strange.join(', ')}, which the cluster did not make`);
  }
  const wanted = addresses.join(', ');
  return fail('DNS_NOT_VERIFIED', `${name} was to have ${wanted}, and has ${describeName(after)}`);
}

/** What the cluster has, and is to have no more. */
function formerOf({ addresses, rows }: WantedName): readonly string[] {
  return rows.map(({ address }) => address).filter((address) => !addresses.includes(address));
}

/** The server said that it changed nothing. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof ClusterwrightError)) return false;
  return ['DNS_RECORD_TAKEN', 'DNS_REFUSED', 'DNS_KEY_REFUSED'].includes(error.code);
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}
