/** `hostname`, `hostnamectl`, `uname`, `timedatectl`: what the machine says of itself. */
import { KERNEL_RELEASE } from '../disk/boot-files.js';
import { isThere, putFile, readText } from '../disk/root-files.js';
import {
  failWith,
  succeed,
  UsageError,
  type CommandCall,
  type GuestCommand,
  type Outcome,
} from '../shell/guest-command.js';
import { flag, parseOptions } from '../shell/options.js';

const HOSTNAME_FILE = '/etc/hostname';
const NAME = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,62}[A-Za-z0-9])?$/;
const ZONE_FILE = '/etc/timezone';
const ZONE = /^[A-Za-z]+(\/[A-Za-z_+-]+[0-9]*)*$/;

export function hostnameOf({ system }: Pick<CommandCall, 'system'>): string {
  return (readText(system.disk, HOSTNAME_FILE) ?? 'localhost').trim();
}

export const hostname: GuestCommand = {
  name: 'hostname',
  run: (args, call) => {
    const declared = [
      flag('s', 'short'),
      flag('f', 'fqdn', 'long'),
      flag('I', 'all-ip-addresses'),
      flag('d', 'domain'),
    ];
    const options = parseOptions(args, { declared });
    const [wanted] = options.operands;
    if (wanted !== undefined) {
      return rename(call, wanted, 'hostname: you must be root to change the host name');
    }
    const name = hostnameOf(call);
    const [short = '', ...domain] = fullName(call, name).split('.');
    if (options.has('I')) {
      const addresses = call.system.interfaces.addresses();
      return succeed(`${addresses.map((address) => `${address} `).join('')}\n`);
    }
    if (options.has('s')) return succeed(`${short}\n`);
    if (options.has('d')) return succeed(`${domain.join('.')}\n`);
    return succeed(`${options.has('f') ? fullName(call, name) : name}\n`);
  },
};

export const hostnamectl: GuestCommand = {
  name: 'hostnamectl',
  run: (args, call) => {
    const options = parseOptions(args, { declared: [flag('static'), flag('pretty'), flag('transient')] });
    const [verb = 'status', name] = options.operands;
    if ((verb === 'hostname' || verb === 'set-hostname') && name !== undefined) {
      return rename(call, name, 'Could not set static hostname: Interactive authentication required.');
    }
    if (verb === 'hostname') return succeed(`${hostnameOf(call)}\n`);
    if (verb !== 'status') throw new UsageError(`Unknown command verb '${verb}'.`);
    const rows = [
      [' Static hostname', hostnameOf(call)],
      ['      Machine ID', call.system.machine.uuid.replaceAll('-', '')],
      ['  Virtualization', 'kvm'],
      ['Operating System', 'Ubuntu 24.04.1 LTS'],
      ['          Kernel', `Linux ${KERNEL_RELEASE}`],
      ['    Architecture', 'x86-64'],
    ];
    return succeed(rows.map(([key, value]) => `${key}: ${value}\n`).join(''));
  },
};

export const uname: GuestCommand = {
  name: 'uname',
  run: (args, call) => {
    const declared = [
      ...[flag('a', 'all'), flag('s', 'kernel-name'), flag('n', 'nodename'), flag('r', 'kernel-release')],
      ...[
        flag('v', 'kernel-version'),
        flag('m', 'machine'),
        flag('p', 'processor'),
        flag('o', 'operating-system'),
      ],
    ];
    const options = parseOptions(args, { declared });
    const facts: readonly (readonly [string, string])[] = [
      ['s', 'Linux'],
      ['n', hostnameOf(call)],
      ['r', KERNEL_RELEASE],
      ['v', '#45-Ubuntu SMP PREEMPT_DYNAMIC'],
      ['m', 'x86_64'],
      ['p', 'x86_64'],
      ['o', 'GNU/Linux'],
    ];
    const chosen = facts.filter(([name]) => options.has('a') || options.has(name));
    return succeed(
      `${(chosen.length > 0 ? chosen : facts.slice(0, 1)).map(([, value]) => value).join(' ')}\n`,
    );
  },
};

export const timedatectl: GuestCommand = {
  name: 'timedatectl',
  run: (args, call) => {
    const { operands } = parseOptions(args, { declared: [flag('no-pager')] });
    const [verb = 'status', value = ''] = operands;
    const zone = (readText(call.system.disk, ZONE_FILE) ?? 'Etc/UTC').trim();
    if (verb === 'show') return succeed(`Timezone=${zone}\nNTP=yes\nCanNTP=yes\nNTPSynchronized=yes\n`);
    if (verb === 'status') {
      return succeed(
        `           Time zone: ${zone}\nSystem clock synchronized: yes\n         NTP service: active\n`,
      );
    }
    if (verb !== 'set-timezone') throw new UsageError(`Unknown command verb '${verb}'.`);
    if (call.account.uid !== 0)
      return failWith(1, 'Failed to set time zone: Interactive authentication required.');
    if (!ZONE.test(value))
      return failWith(1, `Failed to set time zone: Invalid or not installed time zone '${value}'`);
    putFile(call.system.disk, ZONE_FILE, `${value}\n`);
    return succeed();
  },
};

function rename(call: CommandCall, name: string, refusal: string): Outcome {
  if (call.account.uid !== 0) return failWith(1, refusal);
  if (!NAME.test(name)) return failWith(1, `Invalid hostname '${name}'`);
  putFile(call.system.disk, HOSTNAME_FILE, `${name}\n`);
  return succeed();
}

/** The first name that /etc/hosts gives to this host with a domain. */
function fullName({ system }: CommandCall, name: string): string {
  const hosts = isThere(system.disk, '/etc/hosts') ? (readText(system.disk, '/etc/hosts') ?? '') : '';
  return hosts.split(/\s+/).find((word) => word.startsWith(`${name}.`)) ?? name;
}
