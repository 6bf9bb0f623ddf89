/** Asks name servers for names as anybody asks them, and compares the answers. */
import { randomBytes } from 'node:crypto';
import { fail } from '../../domain/errors.js';
import type { DnsClient } from './client.js';
import { addressType } from './record-data.js';

export interface ExpectedName {
  readonly name: string;
  readonly addresses: readonly string[];
}

const AT_ONCE = 8;
const MOST_NAMED = 10;

/** @throws `DNS_NOT_VERIFIED` with what each nameserver answers instead; the signal's reason. */
export async function verifyNames(
  nameservers: readonly { readonly label: string; readonly client: DnsClient }[],
  names: readonly ExpectedName[],
): Promise<void> {
  const questions = nameservers.flatMap((nameserver) =>
    names.map((expected) => ({ ...nameserver, expected })),
  );
  const queue = questions.entries();
  const faults: (string | undefined)[] = [];
  const work = async (): Promise<void> => {
    for (const [index, { label, client, expected }] of queue) {
      const fault = await differenceOf(client, expected);
      faults[index] = fault === undefined ? undefined : `${label} answers ${fault}`;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const found = faults.filter((fault) => fault !== undefined);
  if (found.length === 0) return;
  const more = found.length > MOST_NAMED ? `; and ${found.length - MOST_NAMED} more` : '';
  throw fail('DNS_NOT_VERIFIED', `${found.slice(0, MOST_NAMED).join('; ')}${more}`);
}

async function differenceOf(
  client: DnsClient,
  { name, addresses }: ExpectedName,
): Promise<string | undefined> {
  // No cache has ever been asked for this label.
  const asked = name.replace(/^\*/, `clusterwright-${randomBytes(6).toString('hex')}`);
  const got: string[] = [];
  for (const type of new Set(addresses.map(addressType))) {
    for (const record of await client.resolve(asked, type)) if (record.type === type) got.push(record.text);
  }
  const [wanted, answered] = [addresses, got].map((all) => [...new Set(all)].toSorted().join(', '));
  if (wanted === answered) return undefined;
  const instead = answered === '' ? 'with no address' : `with ${answered}`;
  return `${asked} ${instead} instead of ${wanted}`;
}
