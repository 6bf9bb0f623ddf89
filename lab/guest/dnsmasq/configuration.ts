/** dnsmasq's configuration, as far as boot and name servers need it (dnsmasq(8)). */
import { isIPv4 } from 'node:net';
import { DNS_SETTINGS, noDnsEntries, setDnsFlag, type DnsDraft, type DnsEntries } from './dns-entries.js';
import { hostEntry, type HostEntry } from './host-entry.js';
import { matchEntry, tagIf, type MatchEntry, type TagIf } from './match-entry.js';
import { rangeEntry, type RangeEntry } from './range-entry.js';
import { conditions, type Conditions } from './tags.js';

export interface DnsmasqConfiguration {
  /** Empty: all of them. */
  readonly interfaces: readonly string[];
  readonly listenAddresses: readonly string[];
  readonly exceptInterfaces: readonly string[];
  /** 0 switches DNS off. */
  readonly dnsPort: number;
  readonly dns: DnsEntries;
  readonly ranges: readonly RangeEntry[];
  readonly hosts: readonly HostEntry[];
  readonly ignores: readonly Conditions[];
  readonly matches: readonly MatchEntry[];
  readonly tagIfs: readonly TagIf[];
  readonly boots: readonly BootEntry[];
  readonly options: readonly OptionEntry[];
  readonly tftp: boolean;
  readonly tftpRoot: string | null;
  /** `null`: nothing is remembered, as with `leasefile-ro`. */
  readonly leaseFile: string | null;
  /** An interface that is not there, or not yet, is no error. */
  readonly bindsDynamically: boolean;
  /** Each address for itself, not all of them at once. */
  readonly bindsInterfaces: boolean;
}

export interface BootEntry {
  readonly when: Conditions;
  readonly file: string;
}

export interface OptionEntry {
  readonly when: Conditions;
  /** Number of the DHCP option. */
  readonly option: number;
  readonly values: readonly string[];
}

/** One line of a file, without its comment. */
export interface ConfigurationLine {
  readonly file: string;
  readonly number: number;
  readonly text: string;
}

/** The daemon does not start with it. The message is dnsmasq's own. */
export class BadConfiguration extends Error {}

const DEFAULT_LEASES = '/var/lib/misc/dnsmasq.leases';
const DEFAULT_DNS_PORT = 53;

/** `log-dhcp` and its like: what else stands on the line is too much. */
const FLAGS = new Set([
  ...['bind-interfaces', 'bind-dynamic', 'enable-tftp', 'log-dhcp', 'log-queries', 'dhcp-authoritative'],
  ...['no-resolv', 'no-hosts', 'no-poll', 'domain-needed', 'bogus-priv', 'expand-hosts', 'tftp-secure'],
  ...['dhcp-no-override', 'dhcp-sequential-ip', 'no-ping', 'tftp-no-fail', 'tftp-single-port', 'quiet-dhcp'],
  ...['quiet-tftp', 'no-negcache', 'local-service', 'dhcp-rapid-commit', 'read-ethers', 'localise-queries'],
  ...['leasefile-ro', 'stop-dns-rebind', 'strict-order', 'filterwin2k', 'script-on-renewal'],
  ...['all-servers', 'dns-loop-detect', 'dnssec', 'rebind-localhost-ok', 'proxy-dnssec'],
]);

/** In all files together. */
const ONLY_ONCE = new Set(['port', 'dhcp-leasefile', 'domain-suffix', 'cache-size', 'user', 'group']);

/** They have a value, and no effect on who is answered with what. */
const WITHOUT_EFFECT = new Set([
  ...['cache-size', 'log-facility', 'user', 'group', 'pid-file', 'dhcp-lease-max', 'local-ttl', 'neg-ttl'],
  ...['max-cache-ttl', 'min-cache-ttl', 'dns-forward-max', 'edns-packet-max', 'rev-server', 'interface-name'],
  ...['auth-ttl', 'no-dhcp-interface', 'tftp-max', 'tftp-mtu', 'dhcp-name-match', 'resolv-file', 'no-daemon'],
]);

const OPTION_NUMBERS: Readonly<Record<string, number>> = {
  netmask: 1,
  router: 3,
  'dns-server': 6,
  'domain-name': 15,
  mtu: 26,
  broadcast: 28,
  'ntp-server': 42,
  'tftp-server': 66,
  'bootfile-name': 67,
  'domain-search': 119,
};

type Draft = { -readonly [Key in keyof DnsmasqConfiguration]: DnsmasqConfiguration[Key] } & {
  readonly dns: DnsDraft;
};

/** @throws BadConfiguration for the first line that dnsmasq would not take. */
export function parseDnsmasq(lines: readonly ConfigurationLine[]): DnsmasqConfiguration {
  const draft: Draft = {
    interfaces: [],
    listenAddresses: [],
    exceptInterfaces: [],
    dnsPort: DEFAULT_DNS_PORT,
    dns: noDnsEntries(),
    ranges: [],
    hosts: [],
    ignores: [],
    matches: [],
    tagIfs: [],
    boots: [],
    options: [],
    tftp: false,
    tftpRoot: null,
    leaseFile: DEFAULT_LEASES,
    bindsDynamically: false,
    bindsInterfaces: false,
  };
  const seen = new Set<string>();
  for (const line of lines) {
    const at = line.text.indexOf('=');
    const name = (at < 0 ? line.text : line.text.slice(0, at)).trim();
    const value = at < 0 ? null : line.text.slice(at + 1).trim();
    const isRepeated = ONLY_ONCE.has(name) && seen.has(name);
    seen.add(name);
    const objection = isRepeated ? 'illegal repeated keyword' : apply(draft, name, value);
    if (objection !== undefined)
      throw new BadConfiguration(`${objection} at line ${line.number} of ${line.file}`);
  }
  return draft;
}

/** @returns what is wrong with the line. */
function apply(draft: Draft, name: string, value: string | null): string | undefined {
  if (FLAGS.has(name)) return setFlag(draft, name, value);
  if (WITHOUT_EFFECT.has(name)) return value === null || value === '' ? 'missing parameter' : undefined;
  const dnsSetting = Object.hasOwn(DNS_SETTINGS, name) ? DNS_SETTINGS[name] : undefined;
  if (dnsSetting !== undefined)
    return value === null || value === '' ? 'missing parameter' : dnsSetting(draft.dns, value);
  const setting = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined;
  if (setting === undefined) return 'bad option';
  if (value === null || value === '') return 'missing parameter';
  return setting(draft, value) ? undefined : `bad ${OWN_MESSAGE.has(name) ? name : 'option'}`;
}

/** Settings whose name dnsmasq puts into its complaint. */
const OWN_MESSAGE = new Set(['dhcp-range', 'dhcp-host', 'dhcp-match', 'dhcp-option', 'tag-if']);

function setFlag(draft: Draft, name: string, value: string | null): string | undefined {
  // The only one of them that can be limited to an interface.
  if (value !== null && name !== 'enable-tftp') return 'extraneous parameter';
  if (name === 'enable-tftp') draft.tftp = true;
  if (name === 'bind-dynamic') draft.bindsDynamically = true;
  if (name === 'bind-dynamic' || name === 'bind-interfaces') draft.bindsInterfaces = true;
  setDnsFlag(draft.dns, name);
  if (name === 'leasefile-ro') draft.leaseFile = null;
  return undefined;
}

/** Each takes its value into the draft. @returns false when the value is malformed. */
const SETTINGS: Readonly<Record<string, (draft: Draft, value: string) => boolean>> = {
  interface: (draft, value) => {
    draft.interfaces = [...draft.interfaces, ...list(value)];
    return true;
  },
  'except-interface': (draft, value) => {
    draft.exceptInterfaces = [...draft.exceptInterfaces, ...list(value)];
    return true;
  },
  'listen-address': (draft, value) => {
    draft.listenAddresses = [...draft.listenAddresses, ...list(value)];
    return list(value).every((address) => isIPv4(address) || address.includes(':'));
  },
  port: (draft, value) => {
    draft.dnsPort = Number(value);
    return /^\d{1,5}$/.test(value);
  },
  'dhcp-range': (draft, value) =>
    added(rangeEntry(list(value)), (entry) => (draft.ranges = [...draft.ranges, entry])),
  'dhcp-host': (draft, value) => {
    const entry = hostEntry(list(value));
    const isTaken = draft.hosts.some(({ address }) => address !== null && address === entry?.address);
    return !isTaken && added(entry, (host) => (draft.hosts = [...draft.hosts, host]));
  },
  'dhcp-ignore': (draft, value) => {
    draft.ignores = [...draft.ignores, conditions(list(value)).when];
    return list(value).every((word) => word.startsWith('tag:'));
  },
  'dhcp-match': (draft, value) =>
    added(matchEntry('option', list(value)), (entry) => (draft.matches = [...draft.matches, entry])),
  'dhcp-vendorclass': (draft, value) =>
    added(matchEntry('vendor', list(value)), (entry) => (draft.matches = [...draft.matches, entry])),
  'dhcp-userclass': (draft, value) =>
    added(matchEntry('user', list(value)), (entry) => (draft.matches = [...draft.matches, entry])),
  'tag-if': (draft, value) => added(tagIf(list(value)), (entry) => (draft.tagIfs = [...draft.tagIfs, entry])),
  'dhcp-boot': (draft, value) => {
    const { when, rest } = conditions(list(value));
    const [file = ''] = rest;
    draft.boots = [...draft.boots, { when, file }];
    return file !== '';
  },
  'dhcp-option': (draft, value) => addOption(draft, value),
  'dhcp-option-force': (draft, value) => addOption(draft, value),
  'tftp-root': (draft, value) => {
    draft.tftpRoot = list(value)[0] ?? null;
    return true;
  },
  'dhcp-leasefile': (draft, value) => {
    if (draft.leaseFile !== null) draft.leaseFile = value;
    return true;
  },
};

function addOption(draft: Draft, value: string): boolean {
  const { when, rest } = conditions(list(value));
  const [name = '', ...values] = rest;
  const named = /^option:(.+)$/.exec(name)?.[1];
  const option = named === undefined ? Number(name) : OPTION_NUMBERS[named];
  if (option === undefined || !Number.isInteger(option) || option < 1 || option > 254) return false;
  draft.options = [...draft.options, { when, option, values }];
  return true;
}

function added<T>(entry: T | undefined, add: (entry: T) => void): boolean {
  if (entry !== undefined) add(entry);
  return entry !== undefined;
}

function list(value: string): string[] {
  return value.split(',').map((word) => word.trim());
}
