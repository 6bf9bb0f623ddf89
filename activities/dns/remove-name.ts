/** Takes from a name what the cluster gave it, and nothing else. */
import { fail } from '../../domain/errors.js';
import type { DnsRecordRow } from '../../store/store.js';
import type { NameContext } from './ensure-name.js';
import { isMark, markName, markText } from './mark.js';
import { describeName, observeName, type ObservedName } from './observe-name.js';
import { addressType } from './record-data.js';
import { dropAddress, dropText, hasNo, saysOnly } from './update.js';

export type RemovedName =
  /** Nothing of the cluster is there, be it that there was nothing. */
  | 'removed'
  /** The name is somebody else's. */
  | 'left';

/**
 * @param rows what the ledger has of this name in this zone; they are forgotten once nothing is there.
 * @throws `DNS_RECORD_TAKEN` when an address of the cluster is there without its mark: it cannot be told whose it is.
 */
export async function removeName(
  {
    client,
    server,
    owner,
    ledger,
  }: Omit<NameContext, 'server'> & { readonly server: DnsRecordRow['server'] },
  name: string,
  rows: readonly DnsRecordRow[],
): Promise<RemovedName> {
  const mark = markText(owner);
  const markedBy = markName(name);
  const addresses = rows.map(({ address }) => address);
  const types = new Set(addresses.map(addressType));

  const before = await observeName(client, name, types);
  const isThere =
    before.marks.includes(mark) || before.addresses.some((address) => addresses.includes(address));
  if (!isThere) {
    await ledger.forget(rows);
    return 'removed';
  }
  const outcome = await client.update(server.zone, {
    prerequisites: [saysOnly(markedBy, mark)],
    changes: [...addresses.map((address) => dropAddress(name, address)), dropText(markedBy, mark)],
  });
  const after = await observeName(client, name, types);
  // A wildcard that covers the mark's name may say anything, but not this.
  if (after.marks.includes(mark)) throw cannotTell(name, after);
  const isOthers = after.marks.some(isMark);
  // Records come with their mark. One that was never seen, and has none, was there before: the server refused ours.
  const seen = new Set(rows.filter(({ state }) => state === 'done').map(({ address }) => address));
  const alike = after.addresses.filter((address) => addresses.includes(address));
  const ours = alike.filter((address) => seen.has(address));
  if (!isOthers && ours.length > 0) {
    for (const type of new Set(ours.map(addressType))) {
      // An address that only a wildcard gives is not the name's own.
      const gone = await client.update(server.zone, { prerequisites: [hasNo(name, type)], changes: [] });
      if (gone !== 'done') throw cannotTell(name, after);
    }
  }
  await ledger.forget(rows);
  return outcome !== 'done' && (isOthers || alike.length > ours.length) ? 'left' : 'removed';
}

function cannotTell(name: string, seen: ObservedName) {
  return fail('DNS_RECORD_TAKEN', `${name} cannot be removed by us: it has ${describeName(seen)}`);
}
