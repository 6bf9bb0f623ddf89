/** How a machine finds the address of a name: its own file first, then its name servers, as nsswitch.conf has it. */
import { isIP, isIPv4 } from 'node:net';
import { MOST_DNS_HOPS, reverseName, type DnsQuestion, type DnsReply } from './dns.js';

/** systemd-resolved listens there, on every machine. */
export const STUB_ADDRESS = '127.0.0.53';

export interface ResolverSources {
  /** Text of /etc/hosts. */
  hosts(): string;
  hostname(): string;
  ownAddresses(): readonly string[];
  nameservers(): readonly string[];
  searchDomains(): readonly string[];
  ask(server: string, question: DnsQuestion, hops: number): DnsReply;
  /** Where no name server is configured. */
  askInternet(question: DnsQuestion, hops: number): DnsReply;
}

export class Resolver {
  private readonly sources: ResolverSources;

  constructor(sources: ResolverSources) {
    this.sources = sources;
  }

  /** Text of /etc/resolv.conf: the stub of systemd-resolved, which knows the name servers. */
  configurationText(): string {
    const domains = this.sources.searchDomains();
    const search = domains.length === 0 ? '.' : domains.join(' ');
    return `nameserver ${STUB_ADDRESS}\noptions edns0 trust-ad\nsearch ${search}\n`;
  }

  /** IPv4 before IPv6; none for a name that nobody knows. An address is its own. */
  addressesOf(name: string): readonly string[] {
    const host = name
      .replace(/^\[|\]$/g, '')
      .replace(/\.$/, '')
      .toLowerCase();
    if (isIP(host) !== 0) return [host];
    const listed = this.listed().filter(({ names }) => names.includes(host));
    if (listed.length > 0) return listed.map(({ address }) => address);
    if (host === 'localhost' || host.endsWith('.localhost')) return ['127.0.0.1'];
    if (host === this.sources.hostname().toLowerCase()) return this.sources.ownAddresses();
    for (const candidate of this.candidates(host)) {
      const found = (['A', 'AAAA'] as const).flatMap((type) => this.valuesOf({ name: candidate, type }));
      if (found.length > 0) return found;
    }
    return [];
  }

  /** The first name that the address has. */
  nameOf(address: string): string | undefined {
    const listed = this.listed().find((entry) => entry.address === address)?.names[0];
    if (listed !== undefined || !isIPv4(address)) return listed;
    return this.valuesOf({ name: reverseName(address), type: 'PTR' })[0]?.replace(/\.$/, '');
  }

  /** What the name servers say; the next one is asked when one says nothing. */
  query(question: DnsQuestion, hops = MOST_DNS_HOPS): DnsReply {
    if (hops <= 0) return { kind: 'no-reply' };
    const servers = this.sources.nameservers();
    if (servers.length === 0) return this.sources.askInternet(question, hops - 1);
    for (const server of servers) {
      const reply = this.sources.ask(server, question, hops - 1);
      if (reply.kind === 'records' || reply.kind === 'no-such-name') return reply;
    }
    return { kind: 'no-reply' };
  }

  private valuesOf(question: DnsQuestion): readonly string[] {
    const reply = this.query(question);
    if (reply.kind !== 'records') return [];
    return reply.records.filter(({ type }) => type === question.type).map(({ value }) => value);
  }

  /** A name without a dot is never asked for as it is. */
  private candidates(host: string): readonly string[] {
    const searched = this.sources.searchDomains().map((domain) => `${host}.${domain}`);
    return host.includes('.') ? [host, ...searched] : searched;
  }

  private listed(): { readonly address: string; readonly names: readonly string[] }[] {
    return parseHosts(this.sources.hosts());
  }
}

/** hosts(5), with names in lower case. */
export function parseHosts(text: string): { readonly address: string; readonly names: readonly string[] }[] {
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*$/, '').trim().split(/\s+/);
    return isIP(address) === 0 ? [] : [{ address, names: names.map((name) => name.toLowerCase()) }];
  });
}
