/** `ls -l`, `stat -c`, `cat`: just-bash's own know neither owners nor permissions. */
import { posix } from 'node:path';
import { findAccountById, groupName } from '../disk/accounts.js';
import type { Inode } from '../disk/inode.js';
import {
  failWith,
  succeed,
  type CommandCall,
  type GuestCommand,
  type Outcome,
} from '../shell/guest-command.js';
import { flag, parseOptions, valued } from '../shell/options.js';

const TYPES: Readonly<Record<Inode['kind'], readonly [letter: string, name: string]>> = {
  file: ['-', 'regular file'],
  directory: ['d', 'directory'],
  link: ['l', 'symbolic link'],
};
const DIRECTORY_BYTES = 4_096;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export const ls: GuestCommand = {
  name: 'ls',
  usageCode: 2,
  run: async (args, call) => {
    const isLong = args.some((word) => /^-[A-Za-z]*l/.test(word));
    if (!isLong) return call.original(args);
    const declared = [
      flag('l'),
      flag('a', 'all'),
      flag('A', 'almost-all'),
      flag('d', 'directory'),
      flag('h'),
      flag('n'),
      flag('1'),
    ];
    const options = parseOptions(args, { declared });
    const operands = options.operands.length > 0 ? options.operands : ['.'];
    let stdout = '';
    let stderr = '';
    for (const operand of operands) {
      const path = call.path(operand);
      try {
        const node = call.system.disk.lstat(path, call.account);
        if (node.kind !== 'directory' || options.has('d')) {
          stdout += row(call, path, operand);
          continue;
        }
        if (operands.length > 1) stdout += `${stdout === '' ? '' : '\n'}${operand}:\n`;
        const names = (await call.files.readdir(path)).filter(
          (name) => !name.startsWith('.') || options.has('a') || options.has('A'),
        );
        stdout += `total ${names.length * 4}\n`;
        stdout += [...(options.has('a') ? ['.', '..'] : []), ...names]
          .map((name) => row(call, posix.join(path, name), name))
          .join('');
      } catch (error) {
        stderr += (error as Error).message.startsWith('EACCES')
          ? `ls: cannot open directory '${operand}': Permission denied\n`
          : `ls: cannot access '${operand}': No such file or directory\n`;
      }
    }
    return { code: stderr === '' ? 0 : 2, stdout, stderr };
  },
};

export const stat: GuestCommand = {
  name: 'stat',
  run: (args, call) => {
    const options = parseOptions(args, {
      declared: [valued('c', 'format'), valued('printf'), flag('L', 'dereference')],
    });
    const format =
      options.value('c') ??
      options.value('printf') ??
      '  File: %n\n  Size: %s\t%F\nAccess: (%a/%A)  Uid: (%u/%U)   Gid: (%g/%G)';
    let stdout = '';
    for (const operand of options.operands) {
      let node: Inode;
      try {
        node = call.system.disk[options.has('L') ? 'stat' : 'lstat'](call.path(operand), call.account);
      } catch {
        return { ...failWith(1, `stat: cannot statx '${operand}': No such file or directory`), stdout };
      }
      const line = format.replaceAll(/%([naAuUgGsFY])/g, (_, letter: string) =>
        fact(call, node, operand, letter),
      );
      stdout += options.has('printf') ? line.replaceAll('\\n', '\n') : `${line}\n`;
    }
    return succeed(stdout);
  },
};

export const cat: GuestCommand = {
  name: 'cat',
  run: async (args, call): Promise<Outcome> => {
    const denied = args.filter((word) => !word.startsWith('-') && isDenied(call, word));
    if (denied.length === 0) return call.original(args);
    return failWith(1, denied.map((word) => `cat: ${word}: Permission denied`).join('\n'));
  },
};

function isDenied({ system, account, path }: CommandCall, operand: string): boolean {
  try {
    system.disk.readFile(path(operand), account);
    return false;
  } catch (error) {
    return (error as Error).message.startsWith('EACCES');
  }
}

function row(call: CommandCall, path: string, shown: string): string {
  const node = call.system.disk.lstat(path, call.account);
  const at = new Date(node.mtime);
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${MONTHS[at.getUTCMonth()]} ${String(at.getUTCDate()).padStart(2)} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
  const target = node.kind === 'link' ? ` -> ${node.target}` : '';
  const links = node.kind === 'directory' ? 2 : 1;
  return `${modeText(node)} ${links} ${fact(call, node, path, 'U')} ${fact(call, node, path, 'G')} ${String(sizeOf(node)).padStart(6)} ${date} ${shown}${target}\n`;
}

function fact({ system: { disk } }: CommandCall, node: Inode, path: string, letter: string): string {
  switch (letter) {
    case 'n':
      return path;
    case 'a':
      return node.mode.toString(8);
    case 'A':
      return modeText(node);
    case 'u':
      return String(node.uid);
    case 'U':
      return findAccountById(disk, node.uid)?.name ?? 'UNKNOWN';
    case 'g':
      return String(node.gid);
    case 'G':
      return groupName(disk, node.gid) ?? 'UNKNOWN';
    case 's':
      return String(sizeOf(node));
    case 'F':
      return TYPES[node.kind][1];
    default:
      return String(Math.floor(node.mtime / 1_000));
  }
}

function sizeOf(node: Inode): number {
  return node.kind === 'file'
    ? node.content.length
    : node.kind === 'link'
      ? node.target.length
      : DIRECTORY_BYTES;
}

/** `drwxr-xr-t` */
function modeText({ kind, mode }: Inode): string {
  const bits = [6, 3, 0].map((shift) => {
    const three = (mode >> shift) & 7;
    return `${three & 4 ? 'r' : '-'}${three & 2 ? 'w' : '-'}${three & 1 ? 'x' : '-'}`;
  });
  const text = bits.join('');
  return TYPES[kind][0] + ((mode & 0o1000) === 0 ? text : text.slice(0, -1) + (mode & 1 ? 't' : 'T'));
}
