/** What dnsmasq's configuration says of names: which it answers itself, and whom it asks for the others. */
import { isIP, isIPv4 } from 'node:net';
import type { DnsRecord, RecordType } from '../networking/dns.js';

export interface DnsEntries {
  /** `host-record`, `cname`, `txt-record`, `ptr-record`, `srv-host`: exactly this name. */
  readonly records: readonly DnsRecord[];
  /** `address`: a domain and all that is below it. */
  readonly addresses: readonly DomainAddress[];
  /** `server` and `local`. */
  readonly servers: readonly DomainServer[];
  /** `domain`, where it holds for every machine. */
  readonly domain: string | null;
  readonly hostFiles: readonly string[];
  readonly readsHosts: boolean;
  readonly expandsHosts: boolean;
  readonly readsResolv: boolean;
  readonly needsDomain: boolean;
}

/** An empty domain is any. */
export interface DomainAddress {
  readonly domain: string;
  /** `null`: there is no such name. */
  readonly address: string | null;
}

export interface DomainServer {
  readonly domain: string;
  /** `null`: nobody is asked. */
  readonly server: { readonly address: string; readonly port: number } | null;
}

export type DnsDraft = { -readonly [Key in keyof DnsEntries]: DnsEntries[Key] };

export function noDnsEntries(): DnsDraft {
  return {
    ...{ records: [], addresses: [], servers: [], domain: null, hostFiles: [] },
    ...{ readsHosts: true, expandsHosts: false, readsResolv: true, needsDomain: false },
  };
}

const UPSTREAM_PORT = 53;
const ANY = '#';

/** Each takes its value into the draft. @returns dnsmasq's own words for what is wrong. */
export const DNS_SETTINGS: Readonly<Record<string, (draft: DnsDraft, value: string) => string | undefined>> =
  {
    address: (draft, value) => {
      const { domains, rest } = domainsOf(value);
      const isNull = rest === ANY || rest === '';
      if ((domains === null && rest === '') || (!isNull && isIP(rest) === 0))
        return 'Bad address in --address';
      const address = rest === ANY ? '0.0.0.0' : rest === '' ? null : rest;
      const added = (domains ?? ['']).map((domain) => ({ domain, address }));
      draft.addresses = [...draft.addresses, ...added];
      return undefined;
    },
    server: (draft, value) => addServers(draft, value),
    local: (draft, value) => addServers(draft, value),
    'host-record': (draft, value) => {
      const words = list(value);
      const isTimeToLive = words.length > 2 && /^\d+$/.test(words.at(-1) ?? '');
      const rest = isTimeToLive ? words.slice(0, -1) : words;
      const names = rest.filter((word) => isIP(word) === 0).map(lower);
      const addresses = rest.filter((word) => isIP(word) !== 0);
      if (names.length === 0 || addresses.length === 0 || !names.every(isName)) return 'Bad host-record';
      const records = names.flatMap((name) => addresses.map((each) => addressRecord(name, each)));
      draft.records = [...draft.records, ...records];
      return undefined;
    },
    cname: (draft, value) => {
      const words = list(value)
        .filter((word) => !/^\d+$/.test(word))
        .map(lower);
      const target = words.at(-1);
      if (target === undefined || words.length < 2 || !words.every(isName)) return 'bad CNAME';
      const added = words.slice(0, -1).map((name): DnsRecord => ({ name, type: 'CNAME', value: target }));
      draft.records = [...draft.records, ...added];
      return undefined;
    },
    'ptr-record': (draft, value) => addRecord(draft, 'PTR', value),
    'txt-record': (draft, value) => addRecord(draft, 'TXT', value),
    'srv-host': (draft, value) => {
      const [name = '', target = '', port = '0', priority = '0', weight = '0'] = list(value);
      if (!isName(lower(name))) return 'bad SRV record';
      const text = `${priority} ${weight} ${port} ${lower(target)}`;
      draft.records = [...draft.records, { name: lower(name), type: 'SRV', value: text }];
      return undefined;
    },
    domain: (draft, value) => {
      const [domain = '', ...more] = list(value);
      if (domain === ANY) return 'no search directive found in /etc/resolv.conf';
      if (more.length === 0) draft.domain = lower(domain);
      return undefined;
    },
    'addn-hosts': (draft, value) => {
      draft.hostFiles = [...draft.hostFiles, value];
      return undefined;
    },
  };

/** Flags that concern names. */
export function setDnsFlag(draft: DnsDraft, name: string): void {
  if (name === 'no-hosts') draft.readsHosts = false;
  if (name === 'no-resolv') draft.readsResolv = false;
  if (name === 'expand-hosts') draft.expandsHosts = true;
  if (name === 'domain-needed') draft.needsDomain = true;
}

export function addressRecord(name: string, address: string): DnsRecord {
  return { name, type: isIPv4(address) ? 'A' : 'AAAA', value: address };
}

/** `/a/b/REST`, or the rest alone. */
function domainsOf(value: string): { readonly domains: readonly string[] | null; readonly rest: string } {
  if (!value.startsWith('/')) return { domains: null, rest: value };
  const parts = value.slice(1).split('/');
  const rest = parts.pop() ?? '';
  // `/#/` is any domain.
  const domains = parts.map((domain) => (domain === ANY ? '' : lower(domain).replace(/^[*.]+/, '')));
  return parts.length === 0 ? { domains: null, rest: '' } : { domains, rest };
}

function addServers(draft: DnsDraft, value: string): string | undefined {
  const { domains, rest } = domainsOf(value);
  if (domains !== null && (rest === '' || rest === ANY)) {
    // `#` asks the servers that hold for any name.
    const local = domains.map((domain) => ({ domain, server: null }));
    if (rest === '') draft.servers = [...draft.servers, ...local];
    return undefined;
  }
  const [, address = '', port = String(UPSTREAM_PORT)] =
    /^([^#@]+)(?:#(\d+))?(?:@[\w.#-]+)*$/.exec(rest) ?? [];
  if (isIP(address) === 0) return 'Name or service not known';
  const server = { address, port: Number(port) };
  draft.servers = [...draft.servers, ...(domains ?? ['']).map((domain) => ({ domain, server }))];
  return undefined;
}

function addRecord(draft: DnsDraft, type: RecordType, value: string): string | undefined {
  const [name = '', ...rest] = list(value);
  if (!isName(lower(name))) return `bad ${type} record`;
  draft.records = [...draft.records, { name: lower(name), type, value: rest.join(',') }];
  return undefined;
}

function list(value: string): string[] {
  return value.split(',').map((word) => word.trim());
}

function lower(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

function isName(name: string): boolean {
  return (
    name.length <= 253 &&
    /^(?:[a-z0-9_*](?:[a-z0-9_-]{0,61}[a-z0-9_])?)(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/.test(name)
  );
}
