/** `modprobe`, `lsmod`, `sysctl`, `swapoff`: what Kubernetes nodes are prepared with. */
import { posix } from 'node:path';
import { KERNEL_RELEASE } from '../disk/boot-files.js';
import type { DiskTree } from '../disk/disk-tree.js';
import { isThere, listNames, putFile, readText } from '../disk/root-files.js';
import {
  failWith,
  succeed,
  UsageError,
  type CommandCall,
  type GuestCommand,
  type Outcome,
} from '../shell/guest-command.js';
import { flag, parseOptions, valued } from '../shell/options.js';

const MODULES = [
  ...[
    'br_netfilter',
    'overlay',
    'nf_conntrack',
    'ip_tables',
    'iptable_nat',
    'iptable_filter',
    'vxlan',
    'wireguard',
  ],
  ...[
    'ip_vs',
    'ip_vs_rr',
    'ip_vs_wrr',
    'ip_vs_sh',
    'ip_set',
    'nbd',
    'rbd',
    'ceph',
    'nfs',
    'iscsi_tcp',
    'dm_crypt',
  ],
];
const LOADED = '/proc/modules';
const MODULE_FILES = '/etc/modules-load.d';
const SETTINGS = '/proc/sys';
/** Settings that a module brings. */
const BRIDGE_SETTINGS = ['bridge-nf-call-iptables', 'bridge-nf-call-ip6tables', 'bridge-nf-call-arptables'];

export const modprobe: GuestCommand = {
  name: 'modprobe',
  run: (args, call) => {
    const declared = [flag('a', 'all'), flag('v', 'verbose'), flag('q', 'quiet'), flag('r', 'remove')];
    const { operands } = parseOptions(args, { declared });
    for (const name of operands.map((operand) => operand.replaceAll('-', '_'))) {
      if (!MODULES.includes(name)) {
        return failWith(
          1,
          `modprobe: FATAL: Module ${name} not found in directory /lib/modules/${KERNEL_RELEASE}`,
        );
      }
      if (call.account.uid !== 0) {
        return failWith(1, `modprobe: ERROR: could not insert '${name}': Operation not permitted`);
      }
      load(call.system.disk, name);
    }
    return succeed();
  },
};

export const lsmod: GuestCommand = {
  name: 'lsmod',
  run: (args, { system }) => {
    parseOptions(args, { declared: [] });
    const rows = (readText(system.disk, LOADED) ?? '').split('\n').filter((line) => line !== '');
    return succeed(
      `Module                  Size  Used by\n${rows.map((row) => `${row.split(' ')[0]}\n`).join('')}`,
    );
  },
};

export const sysctl: GuestCommand = {
  name: 'sysctl',
  run: (args, call) => {
    const declared = [
      ...[flag('w', 'write'), flag('n', 'values'), flag('e', 'ignore'), flag('q', 'quiet'), flag('a', 'all')],
      ...[flag('system'), flag('p', 'load')],
    ];
    const options = parseOptions(args, { declared });
    const assignments =
      options.has('system') || options.has('p') ? fromFiles(call, options.operands) : options.operands;
    let stdout = '';
    for (const operand of assignments) {
      const [key = '', ...rest] = operand.split('=').map((part) => part.trim());
      const path = posix.join(SETTINGS, key.replaceAll('.', '/'));
      if (!isThere(call.system.disk, path)) {
        if (options.has('e')) continue;
        return { code: 1, stdout, stderr: `sysctl: cannot stat ${path}: No such file or directory\n` };
      }
      if (rest.length > 0) {
        if (call.account.uid !== 0) return failWith(1, `sysctl: permission denied on key "${key}"`);
        putFile(call.system.disk, path, `${rest.join('=')}\n`);
      }
      const value = (readText(call.system.disk, path) ?? '').trim();
      if (!options.has('q')) stdout += options.has('n') ? `${value}\n` : `${key} = ${value}\n`;
    }
    return succeed(stdout);
  },
};

export const swapoff: GuestCommand = {
  name: 'swapoff',
  run: (args, call): Outcome => {
    const { operands } = parseOptions(args, {
      declared: [flag('a', 'all'), flag('v', 'verbose'), valued('L'), valued('U')],
    });
    if (call.account.uid !== 0) return failWith(1, 'swapoff: Not superuser.');
    const [device] = operands;
    if (device !== undefined) return failWith(4, `swapoff: ${device}: swapoff failed: Invalid argument`);
    const [header = ''] = (readText(call.system.disk, '/proc/swaps') ?? '').split('\n');
    putFile(call.system.disk, '/proc/swaps', `${header}\n`, { mode: 0o444 });
    return succeed();
  },
};

/** As systemd-sysctl does at each boot. Settings that the kernel does not have are left out. */
export function applySysctlFiles(disk: DiskTree): void {
  for (const line of linesOfFiles(disk, standardFiles(disk))) {
    const [key = '', ...value] = line.replace(/^-/, '').split('=');
    const path = posix.join(SETTINGS, key.trim().replaceAll('.', '/'));
    if (value.length > 0 && isThere(disk, path)) putFile(disk, path, `${value.join('=').trim()}\n`);
  }
}

/** As systemd-modules-load does at each boot. */
export function loadModuleFiles(disk: DiskTree): void {
  const files = listNames(disk, MODULE_FILES).map((name) => `${MODULE_FILES}/${name}`);
  for (const name of linesOfFiles(disk, files)) if (MODULES.includes(name)) load(disk, name);
}

function load(disk: DiskTree, name: string): void {
  const loaded = readText(disk, LOADED) ?? '';
  if (!loaded.includes(`${name} `))
    putFile(disk, LOADED, `${loaded}${name} 16384 0 - Live 0x0000000000000000\n`, { mode: 0o444 });
  if (name !== 'br_netfilter') return;
  for (const setting of BRIDGE_SETTINGS) {
    const path = posix.join(SETTINGS, 'net/bridge', setting);
    if (!isThere(disk, path)) putFile(disk, path, '1\n');
  }
}

function fromFiles({ system: { disk }, path }: CommandCall, operands: readonly string[]): string[] {
  const settings = linesOfFiles(disk, operands.length > 0 ? operands.map(path) : standardFiles(disk));
  const wrong = settings.find((line) => !line.includes('='));
  if (wrong !== undefined) throw new UsageError(`invalid syntax, continuing... "${wrong}"`);
  return settings;
}

function standardFiles(disk: DiskTree): string[] {
  return ['/etc/sysctl.conf', ...listNames(disk, '/etc/sysctl.d').map((name) => `/etc/sysctl.d/${name}`)];
}

function linesOfFiles(disk: DiskTree, files: readonly string[]): string[] {
  const lines = files.flatMap((file) => (readText(disk, file) ?? '').split('\n')).map((line) => line.trim());
  return lines.filter((line) => line !== '' && !/^[#;]/.test(line));
}
