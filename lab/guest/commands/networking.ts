/** `ip`, `ss`: the machine's addresses and open ports. */
import type { NetworkInterface } from '../networking/interfaces.js';
import { ALL_IPV4, type InterfaceAddress } from '../networking/subnet.js';
import {
  failWith,
  succeed,
  UsageError,
  type CommandCall,
  type GuestCommand,
  type Outcome,
} from '../shell/guest-command.js';
import { flag, parseOptions, type ParsedOptions } from '../shell/options.js';

export const ip: GuestCommand = {
  name: 'ip',
  usageCode: 255,
  run: (args, call) => {
    const declared = [flag('4'), flag('6'), flag('br', 'brief'), flag('o', 'oneline')];
    const isBrief = args.some((word) => word === '-br' || word === '-brief');
    const plain = args.filter((word) => !/^-(br|brief|c|color)$/.test(word));
    const options = parseOptions(plain, { declared, stopsAtOperand: true });
    const [object = '', ...rest] = options.operands;
    const words = rest.filter((word) => !['show', 'list', 'ls'].includes(word));
    const name = words[0] === 'dev' ? words[1] : words[0];
    const all = call.system.interfaces.list().map((each, index) => ({ ...each, number: index + 1 }));
    const chosen = name === undefined ? all : all.filter((each) => each.name === name);
    if (chosen.length === 0) return failWith(1, `Device "${name}" does not exist.`);
    if ('address'.startsWith(object) && object !== '')
      return succeed(
        addresses(
          chosen.map((each) => ofFamily(each, options)),
          options.has('o') ? 'oneline' : isBrief ? 'brief' : 'full',
        ),
      );
    if ('link'.startsWith(object) && object !== '') return succeed(chosen.map(link).join(''));
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
        flag('u', 'udp'),
        flag('n', 'numeric'),
        flag('H', 'no-header'),
        flag('p', 'processes'),
      ],
      ...[flag('4'), flag('6'), flag('a', 'all')],
    ];
    const options = parseOptions(args, { declared });
    const header = 'State  Recv-Q Send-Q Local Address:Port Peer Address:Port\n';
    const isListening = options.has('l') || options.has('a');
    const rows = [
      ...(options.has('u') && isListening
        ? system.openDatagrams().map((each) => row('UNCONN', 0, each))
        : []),
      ...((options.has('t') || !options.has('u')) && isListening
        ? system.network.ports.endpoints().map((each) => row('LISTEN', 4_096, each))
        : []),
    ];
    return succeed((options.has('H') ? '' : header) + rows.join(''));
  },
};

function row(state: string, queue: number, local: string): string {
  return `${state} 0      ${String(queue).padEnd(4)}         ${local}      0.0.0.0:*\n`;
}

interface NumberedInterface extends NetworkInterface {
  readonly number: number;
}

function ofFamily(card: NumberedInterface, options: ParsedOptions): NumberedInterface {
  const isShown = ({ address }: InterfaceAddress): boolean =>
    address.includes(':') ? !options.has('4') : !options.has('6');
  return { ...card, addresses: card.addresses.filter(isShown) };
}

function link({ number, name, mac, mtu }: NumberedInterface): string {
  const kind = name === 'lo' ? 'loopback' : 'ether';
  return `${number}: ${name}: <UP,LOWER_UP> mtu ${mtu} state UP\n    link/${kind} ${mac}\n`;
}

function addresses(interfaces: readonly NumberedInterface[], form: 'full' | 'brief' | 'oneline'): string {
  if (form === 'oneline') {
    return interfaces
      .flatMap(({ number, name, addresses: each }) =>
        each.map((one) => `${number}: ${name}    ${addressLine(one, name)}\n`),
      )
      .join('');
  }
  if (form === 'brief') {
    return interfaces
      .map(
        ({ name, addresses: each }) =>
          `${name} UP ${each.map((one) => `${one.address}/${one.prefixLength}`).join(' ')}\n`,
      )
      .join('');
  }
  return interfaces
    .map((each) => {
      const lines = each.addresses.map((one) => `    ${addressLine(one, each.name)}\n`);
      return link(each) + lines.join('');
    })
    .join('');
}

function addressLine({ address, prefixLength }: InterfaceAddress, name: string): string {
  const family = address.includes(':') ? 'inet6' : 'inet';
  return `${family} ${address}/${prefixLength} scope ${name === 'lo' ? 'host' : 'global'} ${name}`;
}

function routes({ system }: CommandCall): Outcome {
  const lines = system.interfaces
    .list()
    .flatMap(({ name, routes: each }) =>
      each.map(({ to, via }) => `${to === ALL_IPV4 ? 'default' : to} via ${via} dev ${name} proto static\n`),
    );
  return succeed(lines.join(''));
}
