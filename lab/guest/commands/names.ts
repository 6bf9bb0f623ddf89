/** `getent`, `dig`: what names stand for. */
import { isIP } from 'node:net';
import { readText } from '../disk/root-files.js';
import { MOST_DNS_HOPS, reverseName, type DnsReply, type RecordType } from '../networking/dns.js';
import { STUB_ADDRESS } from '../networking/resolver.js';
import {
  failWith,
  succeed,
  UsageError,
  type CommandCall,
  type GuestCommand,
  type Outcome,
} from '../shell/guest-command.js';

/** getent(1): one of the keys was not found. */
const NOT_FOUND = 2;
const NO_SUCH_DATABASE = 1;
/** dig(1): no name server could be reached. */
const NO_REPLY = 9;
const DNS_PORT = 53;
const TYPES: readonly RecordType[] = ['A', 'AAAA', 'PTR', 'CNAME', 'TXT', 'SRV', 'MX', 'NS', 'SOA'];

export const getent: GuestCommand = {
  name: 'getent',
  run: ([database = '', ...keys], call) => {
    if (database === 'hosts' || /^ahosts(v4|v6)?$/.test(database)) return hosts(database, keys, call);
    if (database === 'passwd' || database === 'group') return lines(`/etc/${database}`, keys, call);
    if (database === '') throw new UsageError('wrong number of arguments');
    return failWith(NO_SUCH_DATABASE, `Unknown database: ${database}`);
  },
};

function hosts(database: string, keys: readonly string[], { system }: CommandCall): Outcome {
  if (keys.length === 0) return succeed(readText(system.disk, '/etc/hosts') ?? '');
  const { resolver } = system.network;
  let stdout = '';
  let isMissing = false;
  for (const key of keys) {
    const isReverse = isIP(key) !== 0 && database === 'hosts';
    const name = isReverse ? resolver.nameOf(key) : key;
    const all = isReverse ? [key] : resolver.addressesOf(key);
    const wanted = database === 'ahostsv4' ? [4] : database === 'ahostsv6' ? [6] : [4, 6];
    const addresses = all.filter((address) => wanted.includes(isIP(address)));
    if (name === undefined || addresses.length === 0) isMissing = true;
    // IPv6 where there is some, else IPv4: never both.
    else if (database === 'hosts') stdout += hostLines(addresses, name);
    else stdout += addresses.map((each) => streamLines(each, key)).join('');
  }
  return { code: isMissing ? NOT_FOUND : 0, stdout };
}

function hostLines(addresses: readonly string[], name: string): string {
  const six = addresses.filter((address) => isIP(address) === 6);
  return (six.length > 0 ? six : addresses).map((each) => `${each.padEnd(15)} ${name}\n`).join('');
}

function streamLines(address: string, name: string): string {
  const start = address.padEnd(15);
  return `${start} STREAM ${name}\n${start} DGRAM  \n${start} RAW    \n`;
}

function lines(file: string, keys: readonly string[], { system }: CommandCall): Outcome {
  const all = (readText(system.disk, file) ?? '').split('\n').filter((line) => line !== '');
  if (keys.length === 0) return succeed(all.map((line) => `${line}\n`).join(''));
  const found = keys.map((key) => all.find((line) => [line.split(':')[0], line.split(':')[2]].includes(key)));
  const stdout = found.flatMap((line) => (line === undefined ? [] : [`${line}\n`])).join('');
  return { code: found.includes(undefined) ? NOT_FOUND : 0, stdout };
}

interface DigRequest {
  server: string;
  port: number;
  name: string;
  type: RecordType;
  isShort: boolean;
}

export const dig: GuestCommand = {
  name: 'dig',
  run: (args, { system }) => {
    const request = digRequest(args);
    if (typeof request === 'string') return failWith(1, request);
    const { server, port, name, type, isShort } = request;
    const [address] = system.network.resolver.addressesOf(server);
    if (address === undefined) return failWith(1, `dig: couldn't get address for '${server}': not found`);
    const reply = system.network.ask(address, port, { name, type }, MOST_DNS_HOPS);
    if (reply.kind === 'no-reply')
      return {
        code: NO_REPLY,
        stdout:
          `;; communications error to ${address}#${port}: timed out\n` +
          (isShort ? '' : '\n; <<>> DiG 9.18.28 <<>>\n') +
          ';; no servers could be reached\n',
      };
    const records = reply.kind === 'records' ? reply.records : [];
    if (isShort) return succeed(records.map((record) => `${shown(record.type, record.value)}\n`).join(''));
    const answer = records.map(
      (record) => `${record.name}.\t0\tIN\t${record.type}\t${shown(record.type, record.value)}\n`,
    );
    return succeed(
      `;; ->>HEADER<<- opcode: QUERY, status: ${status(reply)}, id: 1\n` +
        `;; QUERY: 1, ANSWER: ${records.length}\n\n;; QUESTION SECTION:\n;${name}.\tIN\t${type}\n\n` +
        (answer.length === 0 ? '' : `;; ANSWER SECTION:\n${answer.join('')}\n`) +
        `;; SERVER: ${address}#${port}(${server}) (UDP)\n`,
    );
  },
};

/** @returns what is wrong, where something is. */
function digRequest(args: readonly string[]): DigRequest | string {
  const request: DigRequest = { server: STUB_ADDRESS, port: DNS_PORT, name: '', type: 'A', isShort: false };
  const words = [...args];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word.startsWith('@')) request.server = word.slice(1);
    else if (word === '+short') request.isShort = true;
    else if (
      /^\+(?:no)?(?:tcp|all|answer|comments|recurse|search|cookie|time=\d+|tries=\d+|retry=\d+)$/.test(word)
    )
      continue;
    else if (word.startsWith('+')) return `Invalid option: ${word}`;
    else if (word === '-p') request.port = Number(words.shift());
    else if (word === '-4' || word === '-6') continue;
    else if (word === '-x') Object.assign(request, { name: reverseName(words.shift() ?? ''), type: 'PTR' });
    else if (word === '-t') Object.assign(request, { type: typeOf(words.shift() ?? '') ?? 'A' });
    else if (word.startsWith('-')) return `Invalid option: ${word}`;
    else if (typeOf(word) !== undefined && request.name !== '')
      Object.assign(request, { type: typeOf(word) });
    else if (word.toUpperCase() !== 'IN') request.name = word.toLowerCase().replace(/\.$/, '');
  }
  return request.name === '' ? 'dig: no name was given' : request;
}

function typeOf(word: string): RecordType | undefined {
  return TYPES.find((type) => type === word.toUpperCase());
}

/** Names end with a dot there. */
function shown(type: RecordType, value: string): string {
  if (type === 'TXT') return JSON.stringify(value);
  return ['PTR', 'CNAME', 'SRV', 'MX', 'NS'].includes(type) ? `${value}.` : value;
}

function status(reply: DnsReply): string {
  switch (reply.kind) {
    case 'records':
      return 'NOERROR';
    case 'no-such-name':
      return 'NXDOMAIN';
    case 'refused':
      return 'REFUSED';
    case 'no-reply':
      return 'SERVFAIL';
  }
}
