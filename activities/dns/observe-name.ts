/** What a DNS server says of a name and of the mark beside it. */
import type { DnsClient } from './client.js';
import { sameName } from './name.js';
import { isMark, markName } from './mark.js';
import { TYPES } from './record-data.js';

export interface ObservedName {
  /** Sorted. Where nobody has records of the name, those of a wildcard above it. */
  readonly addresses: readonly string[];
  /** Other records that stand in the way of addresses, such as `CNAME web.example`. */
  readonly others: readonly string[];
  /** Sorted texts of the mark's name. */
  readonly marks: readonly string[];
}

/** @param types of the addresses that are looked for: A, AAAA or both. */
export async function observeName(
  client: DnsClient,
  name: string,
  types: ReadonlySet<number>,
): Promise<ObservedName> {
  const addresses: string[] = [];
  const others: string[] = [];
  for (const type of types) {
    for (const record of await client.lookUp(name, type)) {
      if (!sameName(record.name, name)) continue;
      if (record.type === type) addresses.push(record.text);
      else if (record.type === TYPES.CNAME) others.push(`CNAME ${record.text}`);
    }
  }
  const mark = markName(name);
  const texts = await client.lookUp(mark, TYPES.TXT);
  const marks = texts.filter((record) => record.type === TYPES.TXT && sameName(record.name, mark));
  return {
    addresses: addresses.toSorted(),
    others: [...new Set(others)],
    marks: marks.map(({ text }) => text).toSorted(),
  };
}

/** For a person, such as `10.0.0.9, marked "…"`. */
export function describeName({ addresses, others, marks }: ObservedName): string {
  const records = [...addresses, ...others];
  const what = records.length === 0 ? 'no address' : records.join(', ');
  const quoted = marks.map((text) => `"${text}"`).join(', ');
  if (marks.some(isMark)) return `${what}, marked ${quoted}`;
  return `${what}, with ${marks.length === 0 ? 'no mark of a cluster beside it' : `${quoted} in place of a mark`}`;
}
