/** `ip`, `ss`: the machine's addresses and open ports. */
import type { NetworkInterface } from '../networking/interfaces.js';
import {
  failWith,
  succeed,
  UsageError,
  type CommandCall,
  type GuestCommand,
  type Outcome,
} from '../shell/guest-command.js';
import { flag, parseOptions } from '../shell/options.js';

export const ip: GuestCommand = {
  name: 'ip',
  usageCode: 255,
  run: (args, call) => {
    const declared = [flag('4'), flag('6'), flag('br', 'brief'), flag('o', 'oneline')];
    const isBrief = args.some((word) => word === '-br' || word === '-brief');
    const plain = args.filter((word) => !/^-(br|brief|c|color)$/.test(word));
    const { operands } = parseOptions(plain, { declared, stopsAtOperand: true });
    const [object = '', ...rest] = operands;
    const words = rest.filter((word) => !['show', 'list', 'ls'].includes(word));
    const name = words[0] === 'dev' ? words[1] : words[0];
    const all = call.system.interfaces.list();
    const chosen = name === undefined ? all : all.filter((each) => each.name === name);
    if (chosen.length === 0) return failWith(1, `Device "${name}" does not exist.`);
    if ('address'.startsWith(object) && object !== '') return succeed(addresses(chosen, isBrief));
    if ('link'.startsWith(object) && object !== '')
      return succeed(chosen.map((each, index) => link(each, index)).join(''));
    if ('route'.startsWith(object) && object !== '') return routes(call);
    throw new UsageError(`Object "${object}" is unknown, try "ip help".`);
  },
};

export const ss: GuestCommand = {
  name: 'ss',
  run: (args, { system }) => {
    const declared = [
      ...[
        flag('l', 'listening'),
        flag('t', 'tcp'),
        flag('n', 'numeric'),
        flag('H', 'no-header'),
        flag('p', 'processes'),
      ],
      ...[flag('4'), flag('6'), flag('a', 'all')],
    ];
    const options = parseOptions(args, { declared });
    const header = 'State  Recv-Q Send-Q Local Address:Port Peer Address:Port\n';
    const rows = system
      .openPorts()
      .map((port) => `LISTEN 0      4096         0.0.0.0:${port}      0.0.0.0:*\n`);
    const isListening = options.has('l') || options.has('a');
    return succeed((options.has('H') ? '' : header) + (isListening ? rows.join('') : ''));
  },
};

function link({ name, mac, mtu }: NetworkInterface, index: number): string {
  const kind = name === 'lo' ? 'loopback' : 'ether';
  return `${index + 1}: ${name}: <UP,LOWER_UP> mtu ${mtu} state UP\n    link/${kind} ${mac}\n`;
}

function addresses(interfaces: readonly NetworkInterface[], isBrief: boolean): string {
  if (isBrief) {
    return interfaces
      .map(
        ({ name, addresses: each }) =>
          `${name} UP ${each.map((one) => `${one.address}/${one.prefixLength}`).join(' ')}\n`,
      )
      .join('');
  }
  return interfaces
    .map((each, index) => {
      const lines = each.addresses.map(
        ({ address, prefixLength }) =>
          `    ${address.includes(':') ? 'inet6' : 'inet'} ${address}/${prefixLength} scope ${each.name === 'lo' ? 'host' : 'global'} ${each.name}\n`,
      );
      return link(each, index) + lines.join('');
    })
    .join('');
}

function routes({ system }: CommandCall): Outcome {
  const lines = system.interfaces
    .list()
    .flatMap(({ name, gateway }) =>
      gateway === null ? [] : [`default via ${gateway} dev ${name} proto static\n`],
    );
  return succeed(lines.join(''));
}
