/** The DNS server that dnsmasq is on a machine. */
import { readText } from '../disk/root-files.js';
import {
  reverseName,
  type DnsQuestion,
  type DnsRecord,
  type DnsReply,
  type DnsServer,
} from '../networking/dns.js';
import { parseHosts } from '../networking/resolver.js';
import type { GuestSystem } from '../system.js';
import { addressRecord, type DnsEntries, type DomainServer } from './dns-entries.js';

export interface DnsServiceParts {
  readonly system: Pick<GuestSystem, 'disk' | 'network'>;
  readonly entries: DnsEntries;
  /** Names of the machines that have a lease, with their addresses. */
  readonly leased: () => readonly { readonly name: string; readonly address: string }[];
  readonly log: (line: string) => void;
}

const HOSTS = '/etc/hosts';

export class DnsService implements DnsServer {
  private readonly parts: DnsServiceParts;
  private hosts: readonly DnsRecord[] = [];

  constructor(parts: DnsServiceParts) {
    this.parts = parts;
    this.readHosts();
  }

  /** /etc/hosts and its like are read when it starts and when it is told to: SIGHUP. */
  readHosts(): void {
    const { entries, system } = this.parts;
    const files = [...(entries.readsHosts ? [HOSTS] : []), ...entries.hostFiles];
    const listed = files.flatMap((file) => {
      const text = readText(system.disk, file);
      if (text === undefined) this.parts.log(`failed to load names from ${file}: No such file or directory`);
      return parseHosts(text ?? '');
    });
    this.hosts = listed.flatMap(({ address, names }) =>
      names.flatMap((name) => this.qualified(name).map((each) => addressRecord(each, address))),
    );
  }

  answer(question: DnsQuestion, hops: number): DnsReply {
    const own = this.ownRecords(question.name);
    const alias = own.find(({ type }) => type === 'CNAME');
    if (alias !== undefined && question.type !== 'CNAME') return this.follow(alias, question, hops);
    const fitting = own.filter(({ type }) => type === question.type);
    if (fitting.length > 0) return { kind: 'records', records: fitting };
    const byAddress = this.reverse(question);
    if (byAddress !== undefined) return byAddress;
    const wildcard = this.byDomain(question);
    if (wildcard !== undefined) return wildcard;
    const isKnown = own.length > 0 || this.hasNamesBelow(question.name);
    const upstream = this.upstream(question, hops);
    const isNegative = upstream.kind === 'no-such-name' || upstream.kind === 'refused';
    // A name that has records of another type is there.
    return isKnown && isNegative ? { kind: 'records', records: [] } : upstream;
  }

  private follow(alias: DnsRecord, { type }: DnsQuestion, hops: number): DnsReply {
    if (hops <= 0) return { kind: 'no-reply' };
    const target = this.answer({ name: alias.value, type }, hops - 1);
    return { kind: 'records', records: [alias, ...(target.kind === 'records' ? target.records : [])] };
  }

  private ownRecords(name: string): readonly DnsRecord[] {
    const leased = this.parts
      .leased()
      .flatMap((lease) => this.withDomain(lease.name).map((each) => addressRecord(each, lease.address)));
    return [...this.parts.entries.records, ...this.hosts, ...leased].filter((each) => each.name === name);
  }

  private reverse({ name, type }: DnsQuestion): DnsReply | undefined {
    if (type !== 'PTR') return undefined;
    const all = [...this.parts.entries.records, ...this.hosts];
    const found = all.find((each) => each.type === 'A' && reverseName(each.value) === name);
    return found && { kind: 'records', records: [{ name, type, value: found.name }] };
  }

  /** An address of one family says nothing of the other: that question goes on. */
  private byDomain({ name, type }: DnsQuestion): DnsReply | undefined {
    const { addresses, servers } = this.parts.entries;
    const best = longest(addresses, name);
    const [first] = best;
    if (first === undefined) return undefined;
    // A server for a longer domain is asked first.
    if ((longest(servers, name)[0]?.domain.length ?? -1) > first.domain.length) return undefined;
    if (best.some(({ address }) => address === null)) return { kind: 'no-such-name' };
    const records = best
      .map(({ address }) => addressRecord(name, address ?? ''))
      .filter((each) => each.type === type);
    return records.length === 0 ? undefined : { kind: 'records', records };
  }

  private upstream(question: DnsQuestion, hops: number): DnsReply {
    const { entries, system } = this.parts;
    if (hops <= 0) return { kind: 'no-reply' };
    const chosen = longest(entries.servers, question.name);
    if (chosen.some(({ server }) => server === null)) return { kind: 'no-such-name' };
    if (entries.needsDomain && !question.name.includes('.')) return { kind: 'no-such-name' };
    if (chosen.length === 0)
      return entries.readsResolv ? system.network.resolver.query(question, hops - 1) : { kind: 'refused' };
    return this.firstReply(chosen, question, hops);
  }

  private firstReply(servers: readonly DomainServer[], question: DnsQuestion, hops: number): DnsReply {
    for (const { server } of servers) {
      if (server === null) continue;
      const reply = this.parts.system.network.ask(server.address, server.port, question, hops - 1);
      if (reply.kind === 'records' || reply.kind === 'no-such-name') return reply;
    }
    return { kind: 'no-reply' };
  }

  private hasNamesBelow(name: string): boolean {
    const { records, addresses } = this.parts.entries;
    const names = [...records.map((each) => each.name), ...addresses.map(({ domain }) => domain)];
    return names.some((each) => each.endsWith(`.${name}`));
  }

  private qualified(name: string): readonly string[] {
    return this.parts.entries.expandsHosts ? this.withDomain(name) : [name];
  }

  private withDomain(name: string): readonly string[] {
    const { domain } = this.parts.entries;
    const host = name.toLowerCase();
    return domain === null || host.includes('.') ? [host] : [host, `${host}.${domain}`];
  }
}

/** The entries of the longest domain that the name is in. */
function longest<T extends { readonly domain: string }>(entries: readonly T[], name: string): readonly T[] {
  const fitting = entries.filter(
    ({ domain }) => domain === '' || name === domain || name.endsWith(`.${domain}`),
  );
  const length = Math.max(-1, ...fitting.map(({ domain }) => domain.length));
  return fitting.filter(({ domain }) => domain.length === length);
}
