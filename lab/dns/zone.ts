/** What one zone holds, and how RFC 2136 has it changed: all of an update, or nothing of it. */
import {
  OPCODES,
  type Message,
  type Question,
  type ReadRecord,
  type SentRecord,
} from '../../activities/dns/message.js';
import { isWithin } from '../../activities/dns/name.js';
import { CLASSES, TYPES } from '../../activities/dns/record-data.js';
import { RCODES } from '../../activities/dns/refusals.js';

export interface ZoneRecord {
  /** Lower case, without a dot at the end; `*` may be its first label. */
  readonly name: string;
  readonly type: number;
  readonly ttlSeconds: number;
  readonly data: Buffer;
}

export interface ZoneAnswer {
  readonly rcode: number;
  readonly answers: readonly SentRecord[];
}

export class Zone {
  readonly name: string;
  records: readonly ZoneRecord[];
  /** Told after each update that was carried out. */
  private readonly changed: () => void;

  constructor(name: string, records: readonly ZoneRecord[] = [], changed: () => void = () => undefined) {
    this.name = name;
    this.records = records;
    this.changed = changed;
  }

  /** As `name type data`, with the data in hexadecimal; sorted. */
  get contents(): readonly string[] {
    return this.records.map(({ name, type, data }) => `${name} ${type} ${data.toString('hex')}`).toSorted();
  }

  /** A wildcard answers for names that have no records of their own. */
  lookUp({ name, type }: Pick<Question, 'name' | 'type'>): ZoneAnswer {
    if (!isWithin(name, this.name)) return { rcode: RCODES.REFUSED, answers: [] };
    let found = this.at(name);
    if (found.length === 0) {
      const [, ...above] = name.split('.');
      found = this.at(`*.${above.join('.')}`).map((record) => ({ ...record, name }));
    }
    const answers = found
      .filter((record) => record.type === type || record.type === TYPES.CNAME)
      .map((record) => ({ ...record, class: CLASSES.IN }));
    return { rcode: found.length === 0 ? RCODES.NXDOMAIN : RCODES.NOERROR, answers };
  }

  /** RFC 2136, section 3. @returns the response code. */
  update(message: Message): number {
    const [zone] = message.questions;
    if (message.opcode !== OPCODES.UPDATE || zone === undefined) return RCODES.FORMERR;
    if (zone.name !== this.name || zone.type !== TYPES.SOA || zone.class !== CLASSES.IN)
      return RCODES.NOTAUTH;
    const rcode = this.firstUnmet(message.answers);
    if (rcode !== RCODES.NOERROR) return rcode;
    if (!message.authorities.every(({ name }) => isWithin(name, this.name))) return RCODES.NOTZONE;
    if (!message.authorities.every(isChange)) return RCODES.FORMERR;
    for (const change of message.authorities) this.change(change);
    this.changed();
    return RCODES.NOERROR;
  }

  private firstUnmet(prerequisites: readonly ReadRecord[]): number {
    const exact = new Map<
      string,
      { readonly name: string; readonly type: number; readonly data: string[] }
    >();
    for (const { name, type, class: class_, ttlSeconds, data } of prerequisites) {
      if (ttlSeconds !== 0) return RCODES.FORMERR;
      if (!isWithin(name, this.name)) return RCODES.NOTZONE;
      const found = this.at(name).filter((record) => type === TYPES.ANY || record.type === type);
      if (class_ === CLASSES.NONE) {
        if (data.length > 0) return RCODES.FORMERR;
        if (found.length > 0) return type === TYPES.ANY ? RCODES.YXDOMAIN : RCODES.YXRRSET;
      } else if (class_ === CLASSES.IN) {
        const set = exact.get(`${name} ${type}`) ?? { name, type, data: [] };
        exact.set(`${name} ${type}`, { ...set, data: [...set.data, data.toString('hex')] });
      } else return RCODES.FORMERR;
    }
    for (const { name, type, data } of exact.values()) {
      const found = this.at(name).filter((record) => record.type === type);
      const has = found.map((record) => record.data.toString('hex')).toSorted();
      if (has.join() !== data.toSorted().join()) return RCODES.NXRRSET;
    }
    return RCODES.NOERROR;
  }

  private change({ name, type, class: class_, ttlSeconds, data }: ReadRecord): void {
    const others = this.records.filter(
      (record) => record.name !== name || record.type !== type || !record.data.equals(data),
    );
    this.records = class_ === CLASSES.NONE ? others : [...others, { name, type, ttlSeconds, data }];
  }

  private at(name: string): readonly ZoneRecord[] {
    return this.records.filter((record) => record.name === name);
  }
}

/** A record that is added, or one that is taken away; whole names and types are nobody's to delete here. */
function isChange({ class: class_, type, ttlSeconds, data }: ReadRecord): boolean {
  if (type === TYPES.ANY || data.length === 0) return false;
  return class_ === CLASSES.IN || (class_ === CLASSES.NONE && ttlSeconds === 0);
}
