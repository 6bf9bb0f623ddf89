/** `vrrp_instance NAME { ... }` */
import ipaddr from 'ipaddr.js';
import type { Complain, ConfigurationEntry } from './blocks.js';
import type { InstanceDefinition, VirtualAddress } from './configuration.js';

export interface InstanceSurroundings {
  readonly complain: Complain;
  /** Names of the machine's interfaces. */
  readonly interfaces: readonly string[];
  readonly scripts: readonly string[];
}

type Draft = { -readonly [Key in keyof InstanceDefinition]: InstanceDefinition[Key] } & {
  hasInterface: boolean;
  authType: string | null;
  usesUnicast: boolean;
};

const LONGEST_PASSWORD = 8;
const DEFAULT_PRIORITY = 100;
const WITHOUT_EFFECT = new Set([
  ...[
    'garp_master_delay',
    'garp_master_repeat',
    'garp_master_refresh',
    'garp_master_refresh_repeat',
    'smtp_alert',
  ],
  ...[
    'garp_lower_prio_delay',
    'garp_lower_prio_repeat',
    'dont_track_primary',
    'debug',
    'use_vmac',
    'vmac_xmit_base',
  ],
  ...[
    'mcast_src_ip',
    'lvs_sync_daemon_interface',
    'native_ipv6',
    'accept',
    'no_accept',
    'version',
    'skip_check_adv_addr',
  ],
  ...[
    'check_unicast_src',
    'down_timer_adverts',
    'higher_prio_send_advert',
    'promote_secondaries',
    'unicast_ttl',
  ],
]);

/** @returns `undefined` for one that cannot run. */
export function instanceOf(
  { words: [, name = ''], block }: ConfigurationEntry,
  surroundings: InstanceSurroundings,
): InstanceDefinition | undefined {
  const { complain } = surroundings;
  const draft: Draft = {
    ...{ name, startsAsMaster: false, interface: '', hasInterface: false, virtualRouterId: 0 },
    ...{ priority: DEFAULT_PRIORITY, advertMs: 1_000, isPreempting: true, preemptDelayMs: 0 },
    ...{ sourceAddress: null, peers: null, authentication: null, authType: null, usesUnicast: false },
    ...{ addresses: [], scripts: [], trackedInterfaces: [] },
    notify: { master: null, backup: null, fault: null, any: null },
  };
  for (const entry of block ?? []) takeEntry(draft, entry, surroundings);
  if (draft.addresses.length === 0) complain(null, `(${name}) No VIP specified; at least one is sensible`);
  if (!draft.hasInterface) complain(null, `(${name}) Unknown interface!`);
  if (draft.virtualRouterId === 0) complain(null, `(${name}) the virtual router id must be set`);
  if (draft.usesUnicast && draft.peers?.length === 0) {
    complain(
      null,
      `(${name}) A unicast keyword has been specified without any unicast peers. Defaulting to multicast. This usage is deprecated - please update your configuration.`,
    );
    draft.peers = null;
  }
  if (draft.startsAsMaster && !draft.isPreempting) {
    complain(null, `(${name}) Warning - nopreempt will not work with initial state MASTER - clearing`);
    draft.isPreempting = true;
  }
  for (const each of draft.trackedInterfaces)
    if (each === draft.interface)
      complain(null, `(${name}) Ignoring track_interface ${each} since own interface`);
  if (draft.advertMs % 1_000 !== 0)
    complain(
      null,
      `(${name}) VRRPv2 advertisement interval ${(draft.advertMs / 1_000).toFixed(6)}s must be an integer. rounding`,
    );
  return draft.hasInterface && draft.virtualRouterId !== 0 ? draft : undefined;
}

function takeEntry(draft: Draft, entry: ConfigurationEntry, surroundings: InstanceSurroundings): void {
  const [keyword = '', value = ''] = entry.words;
  const take = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
  if (take !== undefined) take(draft, value, entry, surroundings);
  else if (!WITHOUT_EFFECT.has(keyword)) surroundings.complain(entry.line, `Unknown keyword '${keyword}'`);
}

type Take = (
  draft: Draft,
  value: string,
  entry: ConfigurationEntry,
  surroundings: InstanceSurroundings,
) => void;

const KEYWORDS: Readonly<Record<string, Take>> = {
  state: (draft, value, { line }, { complain }) => {
    if (value !== 'MASTER' && value !== 'BACKUP')
      complain(line, `(${draft.name}) unknown state '${value}', defaulting to BACKUP`);
    draft.startsAsMaster = value === 'MASTER';
  },
  interface: (draft, value, { line }, { complain, interfaces }) => {
    draft.interface = value;
    draft.hasInterface = true;
    if (!interfaces.includes(value))
      complain(line, `WARNING - interface ${value} for vrrp_instance ${draft.name} doesn't exist`);
  },
  virtual_router_id: (draft, value, { line }, { complain }) => {
    if (!isBetween(value, 1, 255)) {
      complain(line, `number '${value}' outside range [1, 255]`);
      complain(line, `(${draft.name}): VRID '${value}' not valid - must be between 1 & 255`);
    } else draft.virtualRouterId = Number(value);
  },
  priority: (draft, value, { line }, { complain }) => {
    if (!isBetween(value, 1, 255)) {
      complain(line, `number '${value}' outside range [1, 255]`);
      complain(line, `(${draft.name}) Priority not valid! must be between 1 & 255. Using default 100`);
    } else draft.priority = Number(value);
  },
  advert_int: (draft, value, { line }, { complain }) => {
    if (!/^\d+(?:\.\d+)?$/.test(value) || Number(value) <= 0) {
      complain(line, `invalid number '${value}'`);
      complain(line, `(${draft.name}) Advert interval (${value}) not valid! Must be > 0 - ignoring`);
    } else draft.advertMs = Number(value) * 1_000;
  },
  nopreempt: (draft) => (draft.isPreempting = false),
  preempt: (draft) => (draft.isPreempting = true),
  preempt_delay: (draft, value) => (draft.preemptDelayMs = Number(value) * 1_000 || 0),
  unicast_src_ip: (draft, value, { line }, { complain }) => {
    draft.usesUnicast = true;
    draft.peers ??= [];
    if (ipaddr.isValid(value)) draft.sourceAddress = value;
    else
      complain(
        line,
        `Configuration error: VRRP instance[${draft.name}] malformed unicast src address[${value}]. Skipping...`,
      );
  },
  unicast_peer: (draft, _value, { block }, { complain }) => {
    draft.usesUnicast = true;
    draft.peers = (block ?? []).flatMap(({ words: [address = ''], line }) => {
      if (ipaddr.isValid(address)) return [address];
      const reason = `malformed unicast peer address[${address}]. Skipping...`;
      complain(line, `Configuration error: VRRP instance[${draft.name}] ${reason}`);
      return [];
    });
  },
  authentication: (draft, _value, { block }, { complain }) => {
    for (const { words, line } of block ?? []) {
      const [keyword = '', value = ''] = words;
      if (keyword === 'auth_pass') {
        if (value.length > LONGEST_PASSWORD)
          complain(line, `Truncating auth_pass to ${LONGEST_PASSWORD} characters`);
        draft.authentication = value.slice(0, LONGEST_PASSWORD);
      } else if (keyword !== 'auth_type') complain(line, `Unknown keyword '${keyword}'`);
      else if (value !== 'PASS' && value !== 'AH')
        complain(line, `(${draft.name}) unknown authentication type '${value}'`);
    }
  },
  virtual_ipaddress: (draft, _value, { block }, { complain, interfaces }) => {
    draft.addresses = (block ?? []).flatMap((entry) => virtualAddress(entry, complain, interfaces) ?? []);
  },
  track_script: (draft, _value, { block }, { complain, scripts }) => {
    draft.scripts = (block ?? []).flatMap(({ words, line }) => {
      const [name = '', keyword, weight] = words;
      if (!scripts.includes(name)) {
        complain(line, `(${draft.name}) track script ${name} not found, ignoring...`);
        return [];
      }
      return [{ name, weight: keyword === 'weight' ? Number(weight) : null }];
    });
  },
  track_interface: (draft, _value, { block }, { complain, interfaces }) => {
    for (const { words, line } of block ?? []) {
      const [name = ''] = words;
      if (!interfaces.includes(name))
        complain(line, `(${draft.name}) tracked interface ${name} doesn't exist`);
      draft.trackedInterfaces = [...draft.trackedInterfaces, name];
    }
  },
  notify: (draft, value) => (draft.notify = { ...draft.notify, any: value }),
  notify_master: (draft, value) => (draft.notify = { ...draft.notify, master: value }),
  notify_backup: (draft, value) => (draft.notify = { ...draft.notify, backup: value }),
  notify_fault: (draft, value) => (draft.notify = { ...draft.notify, fault: value }),
};

function virtualAddress(
  { words, line }: ConfigurationEntry,
  complain: Complain,
  interfaces: readonly string[],
): VirtualAddress | undefined {
  const [text = '', ...more] = words;
  const [address = '', prefix] = text.split('/');
  if (!ipaddr.isValid(address)) {
    complain(line, `VRRP parsed invalid IP ${text}. skipping IP...`);
    return undefined;
  }
  let card: string | null = null;
  const todo = [...more];
  for (let word = todo.shift(); word !== undefined; word = todo.shift()) {
    if (word === 'dev') {
      card = todo.shift() ?? '';
      if (!interfaces.includes(card))
        complain(line, `WARNING - interface ${card} for ip address ${text} doesn't exist`);
    } else if (['label', 'scope', 'brd'].includes(word)) todo.shift();
    else if (word !== 'no_track' && word !== 'home')
      complain(line, `Unknown configuration entry '${word}' for ip address - ignoring`);
  }
  const most = address.includes(':') ? 128 : 32;
  return { address, prefixLength: prefix === undefined ? most : Number(prefix), interface: card };
}

function isBetween(text: string, least: number, most: number): boolean {
  return /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most;
}
