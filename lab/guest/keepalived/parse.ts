/** Reads keepalived's configuration, and says of it what keepalived does (version 2.2). */
import { readBlocks, type ConfigurationEntry } from './blocks.js';
import type { InstanceDefinition, KeepalivedConfiguration, TrackScript } from './configuration.js';
import { instanceOf } from './instance-block.js';

export interface KeepalivedSurroundings {
  /** Names of the machine's interfaces. */
  readonly interfaces: readonly string[];
  readonly hasUser: (name: string) => boolean;
  /** Whether there is a program at the path. */
  readonly hasProgram: (path: string) => boolean;
}

export interface ParsedKeepalived {
  readonly configuration: KeepalivedConfiguration;
  /** What `-t` prints; it is fine when there is nothing. */
  readonly complaints: readonly string[];
  /** Scripts are run as anybody may have written them. */
  readonly isInsecure: boolean;
  /** An instance is on an interface that the machine does not have. */
  readonly lacksInterface: boolean;
}

const GLOBAL_WITHOUT_EFFECT = new Set([
  'vrrp_check_unicast_src',
  ...[
    'router_id',
    'vrrp_garp_master_delay',
    'vrrp_garp_master_refresh',
    'vrrp_garp_interval',
    'vrrp_version',
  ],
  ...['vrrp_garp_master_repeat', 'vrrp_garp_master_refresh_repeat', 'vrrp_gna_interval', 'vrrp_iptables'],
  ...['vrrp_skip_check_adv_addr', 'max_auto_priority', 'dynamic_interfaces', 'process_names', 'instance'],
  ...[
    'vrrp_startup_delay',
    'vrrp_higher_prio_send_advert',
    'notification_email_from',
    'smtp_server',
    'nftables',
  ],
  ...[
    'smtp_connect_timeout',
    'notification_email',
    'vrrp_garp_lower_prio_delay',
    'vrrp_priority',
    'use_pid_dir',
  ],
]);
const DEFAULT_USER = 'keepalived_script';
const DEFAULT_INTERVAL_S = 1;

interface Globals {
  isSecure: boolean;
  scriptUser: string | null;
}

/** Never throws: keepalived leaves out what it does not understand. @param file stands in the complaints. */
export function parseKeepalived(
  text: string,
  file: string,
  surroundings: KeepalivedSurroundings,
): ParsedKeepalived {
  const complaints: string[] = [];
  const complain = (line: number | null, message: string): void => {
    complaints.push(line === null ? message : `(${file}: Line ${line}) ${message}`);
  };
  const entries = readBlocks(text, complain);
  const of = (keyword: string): ConfigurationEntry[] => entries.filter(({ words }) => words[0] === keyword);
  const globals: Globals = { isSecure: false, scriptUser: null };
  const known = ['global_defs', 'vrrp_script', 'vrrp_instance', 'vrrp_sync_group'];
  for (const { words, line } of entries)
    if (!known.includes(words[0] ?? '')) complain(line, `Unknown keyword '${words[0]}'`);
  for (const { block } of of('global_defs'))
    for (const entry of block ?? []) takeGlobal(globals, entry, complain, surroundings);
  const scripts = of('vrrp_script').flatMap(
    (entry) => scriptOf(entry, globals, complain, surroundings) ?? [],
  );
  const instances: InstanceDefinition[] = [];
  for (const entry of of('vrrp_instance')) {
    const name = entry.words[1] ?? '';
    if (instances.some((each) => each.name === name)) {
      complain(entry.line, `vrrp instance ${name} already defined`);
      continue;
    }
    const names = scripts.map((script) => script.name);
    const instance = instanceOf(entry, { complain, interfaces: surroundings.interfaces, scripts: names });
    if (instance !== undefined) instances.push(instance);
  }
  const groups = of('vrrp_sync_group').flatMap((entry) => groupOf(entry, instances, complain) ?? []);
  const runnable = scripts.filter(({ name, command }) => {
    const [program = ''] = command.split(/\s+/);
    const isThere = !program.startsWith('/') || surroundings.hasProgram(program);
    if (!isThere) complain(null, `Disabling track script ${name} since not found/accessible`);
    return isThere;
  });
  return {
    configuration: { scripts: runnable, instances, groups },
    complaints,
    isInsecure: !globals.isSecure && scripts.length > 0,
    lacksInterface: instances.some((each) => !surroundings.interfaces.includes(each.interface)),
  };
}

function takeGlobal(
  globals: Globals,
  { words, line }: ConfigurationEntry,
  complain: (line: number | null, text: string) => void,
  { hasUser }: KeepalivedSurroundings,
): void {
  const [keyword = '', value = ''] = words;
  if (keyword === 'enable_script_security') globals.isSecure = true;
  else if (keyword === 'script_user') {
    if (hasUser(value)) globals.scriptUser = value;
    else complain(line, 'Error setting global script uid/gid');
  } else if (!GLOBAL_WITHOUT_EFFECT.has(keyword)) complain(line, `Unknown keyword '${keyword}'`);
}

/** @returns `undefined` for one that is left out. */
function scriptOf(
  { words: [, name = ''], line, block }: ConfigurationEntry,
  globals: Globals,
  complain: (line: number | null, text: string) => void,
  { hasUser }: KeepalivedSurroundings,
): TrackScript | undefined {
  const found = {
    command: '',
    user: '',
    interval: DEFAULT_INTERVAL_S,
    timeout: 0,
    weight: 0,
    fall: 1,
    rise: 1,
  };
  let failsAtFirst = false;
  for (const entry of block ?? []) {
    const [keyword = '', value = ''] = entry.words;
    if (keyword === 'script') found.command = entry.words.slice(1).join(' ');
    else if (keyword === 'user') found.user = value;
    else if (keyword === 'init_fail') failsAtFirst = true;
    else if (isNumeric(keyword)) {
      const fault = numberFault(keyword, value, name);
      if (fault === undefined) found[keyword] = Number(value);
      else for (const each of fault) complain(entry.line, each);
    } else complain(entry.line, `Unknown keyword '${keyword}'`);
  }
  const wanted =
    found.user === '' ? (globals.scriptUser ?? (globals.isSecure ? DEFAULT_USER : 'root')) : found.user;
  if (!hasUser(wanted)) {
    complain(line, `Unable to set default user for vrrp script ${name} - removing`);
    return undefined;
  }
  const { command, weight, fall, rise } = found;
  const intervalMs = found.interval * 1_000;
  const timeoutMs = found.timeout === 0 ? intervalMs : found.timeout * 1_000;
  return { name, command, user: wanted, intervalMs, timeoutMs, weight, fall, rise, failsAtFirst };
}

const NUMERIC = ['interval', 'timeout', 'weight', 'fall', 'rise'] as const;

function isNumeric(keyword: string): keyword is (typeof NUMERIC)[number] {
  return NUMERIC.some((each) => each === keyword);
}

function numberFault(keyword: (typeof NUMERIC)[number], value: string, script: string): string[] | undefined {
  const isNumber = /^-?\d+(?:\.\d+)?$/.test(value);
  switch (keyword) {
    case 'interval':
    case 'timeout':
      if (isNumber && Number(value) > 0) return undefined;
      return [
        `invalid number '${value}'`,
        `(${script}): vrrp script ${keyword} '${value}' must be between 1 and 4294 - ignoring`,
      ];
    case 'fall':
    case 'rise':
      if (/^[1-9]\d*$/.test(value)) return undefined;
      return [
        `invalid number '${value}'`,
        `(${script}): vrrp script ${keyword} value '${value}' invalid, defaulting to 1`,
      ];
    case 'weight':
      if (isNumber && Math.abs(Number(value)) <= 253) return undefined;
      return [
        `number '${value}' outside range [-253, 253]`,
        `vrrp_script ${script} weight ${value} must be in [-253, 253]`,
      ];
  }
}

function groupOf(
  { words: [, name = ''], block }: ConfigurationEntry,
  instances: readonly InstanceDefinition[],
  complain: (line: number | null, text: string) => void,
): KeepalivedConfiguration['groups'][number] | undefined {
  const listed = (block ?? [])
    .filter(({ words }) => words[0] === 'group')
    .flatMap((entry) => entry.block ?? []);
  const members = listed.flatMap(({ words: [member = ''] }) => {
    if (instances.some((each) => each.name === member)) return [member];
    complain(null, `Virtual router ${member} specified in sync group ${name} doesn't exist - ignoring`);
    return [];
  });
  if (members.length === 0) {
    complain(null, `Sync group ${name}, no matching virtual router found in group declaration - removing`);
    return undefined;
  }
  if (members.length === 1)
    complain(null, `Sync group ${name} has only 1 virtual router(s) - this probably isn't what you want`);
  return { name, members };
}
