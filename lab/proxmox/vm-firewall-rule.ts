/** What a rule of a VM's firewall may say. */
import { isIP } from 'node:net';
import { refuseParameters } from './api-error.js';
import type { ParameterSchema, ParameterSpec } from './parameters.js';
import { splitList } from './option-format.js';
import type { VmFirewallRule } from './vm-firewall.js';

const TEXT: ParameterSpec = { type: 'string', optional: true };
const LOG_LEVELS = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug', 'nolog'];
const WITH_PORTS = new Set(['tcp', 'udp', 'dccp', 'sctp', 'udplite']);
const ICMP = new Set(['icmp', 'icmpv6', 'ipv6-icmp']);
const PROTOCOLS = new Set([...WITH_PORTS, ...ICMP, 'esp', 'ah', 'gre', 'igmp', 'ospf', 'vrrp', 'ipip']);

/** What a new rule has to say. */
export const RULE_ESSENTIALS: ParameterSchema = {
  type: { type: 'string', values: ['in', 'out', 'forward', 'group'] },
  action: { type: 'string', pattern: /^[A-Za-z][A-Za-z0-9\-_]+$/, maxLength: 20 },
};

/** What a rule may say beside. */
export const RULE_DETAILS: ParameterSchema = {
  enable: { type: 'integer', optional: true, minimum: 0 },
  macro: { ...TEXT, maxLength: 128 },
  iface: { ...TEXT, pattern: /^[a-zA-Z][a-zA-Z0-9_]{1,20}(?:[:.]\d+)?$/, maxLength: 20 },
  source: { ...TEXT, maxLength: 512, format: addressList },
  dest: { ...TEXT, maxLength: 512, format: addressList },
  proto: { ...TEXT, format: protocol },
  dport: { ...TEXT, format: portList },
  sport: { ...TEXT, format: portList },
  'icmp-type': TEXT,
  log: { ...TEXT, values: LOG_LEVELS },
  comment: TEXT,
};

/** @throws ApiError 400 with each property that does not fit the others. */
export function verifyRule(rule: VmFirewallRule): void {
  const errors: Record<string, string> = {};
  const { type, action, proto, dport, sport, iface } = rule;
  if (type !== 'group' && !['ACCEPT', 'DROP', 'REJECT'].includes(action ?? '')) {
    errors['action'] = `unknown action '${action ?? ''}'`;
  }
  if (type === 'forward') errors['type'] = 'forward is only allowed for cluster, host and vnet rules';
  if (iface !== undefined && !/^net\d+$/.test(iface)) {
    errors['iface'] = "value does not match the regex pattern '^net\\d+$'";
  }
  for (const [name, ports] of [
    ['dport', dport],
    ['sport', sport],
  ] as const) {
    if (ports === undefined) continue;
    if (proto === undefined) errors['proto'] = 'missing property';
    else if (!WITH_PORTS.has(proto) && !(name === 'dport' && ICMP.has(proto))) {
      errors[name] = `protocol '${proto}' does not support ports`;
    }
  }
  if (rule['icmp-type'] !== undefined && !ICMP.has(proto ?? '')) {
    errors['icmp-type'] = "icmp-type is only allowed with protocol 'icmp' or 'icmpv6'";
  }
  if (Object.keys(errors).length > 0) refuseParameters(errors);
}

function protocol(value: string): string | undefined {
  if (PROTOCOLS.has(value) || /^\d{1,3}$/.test(value)) return undefined;
  return `unknown protocol '${value}'`;
}

/** `22`, `30000:32767` and lists of them. */
function portList(value: string): string | undefined {
  for (const item of splitList(value)) {
    const [from, to, ...rest] = item.split(':').map(Number);
    const isPort = (port: number | undefined): boolean =>
      port === undefined || (Number.isInteger(port) && port >= 0 && port <= 65_535);
    if (!isPort(from) || !isPort(to) || rest.length > 0) return `invalid port '${item}'`;
    if (from !== undefined && to !== undefined && from > to) return `invalid port range '${item}'`;
  }
  return undefined;
}

/** Addresses, networks and ranges; names of sets and aliases are taken as they are. */
function addressList(value: string): string | undefined {
  if (/^\+|^(?:dc\/|guest\/)?[A-Za-z][\w-]+$/.test(value)) return undefined;
  const isFine = splitList(value).every((item) => {
    const [first = '', last] = item.split('-');
    const [address = '', prefix] = first.split('/');
    const bits = isIP(address) === 6 ? 128 : 32;
    const isPrefix = prefix === undefined || (/^\d+$/.test(prefix) && Number(prefix) <= bits);
    return isIP(address) !== 0 && isPrefix && (last === undefined || isIP(last) === isIP(address));
  });
  return isFine ? undefined : `not a valid address list '${value}'`;
}
