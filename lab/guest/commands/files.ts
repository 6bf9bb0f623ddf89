/** `install`, `chown`, `mktemp`, `umask`: what just-bash lacks for files that have owners. */
import { randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import { findAccount, groupId } from '../disk/accounts.js';
import {
  failWith,
  succeed,
  UsageError,
  type CommandCall,
  type GuestCommand,
  type Outcome,
} from '../shell/guest-command.js';
import { flag, parseOptions, valued } from '../shell/options.js';

const INSTALL_MODE = 0o755;
const OCTAL = /^[0-7]{1,5}$/;

export const install: GuestCommand = {
  name: 'install',
  run: async (args, call) => {
    const declared = [
      ...[
        flag('d', 'directory'),
        flag('D'),
        flag('v', 'verbose'),
        flag('p', 'preserve-timestamps'),
        flag('T'),
      ],
      ...[valued('m', 'mode'), valued('o', 'owner'), valued('g', 'group'), valued('t', 'target-directory')],
    ];
    const options = parseOptions(args, { declared });
    const mode = options.value('m') ?? INSTALL_MODE.toString(8);
    if (!OCTAL.test(mode)) return failWith(1, `install: invalid mode '${mode}'`);
    const owner = ownerOf(call, options.value('o'), options.value('g'));
    if (typeof owner === 'string') return failWith(1, `install: ${owner}`);
    const finish = async (path: string): Promise<void> => {
      await call.files.chmod(path, Number.parseInt(mode, 8));
      call.system.disk.chown(path, owner, call.account);
    };

    const paths = options.operands.map((operand) => call.path(operand));
    if (options.has('d')) {
      if (paths.length === 0) throw new UsageError('missing file operand');
      for (const path of paths) {
        await call.files.mkdir(path, { recursive: true });
        await finish(path);
      }
      return succeed();
    }
    const folder = options.value('t');
    const target = folder === undefined ? paths.pop() : call.path(folder);
    if (target === undefined || paths.length === 0) throw new UsageError('missing file operand');
    if (options.has('D')) {
      await call.files.mkdir(folder === undefined ? posix.dirname(target) : target, { recursive: true });
    }
    const intoFolder = (await call.files.exists(target)) && (await call.files.stat(target)).isDirectory;
    if (!intoFolder && (paths.length > 1 || folder !== undefined)) {
      return failWith(1, `install: target '${target}' is not a directory`);
    }
    for (const source of paths) {
      const content = source === '/dev/stdin' ? call.stdin : await call.files.readFileBuffer(source);
      const path = intoFolder ? posix.join(target, posix.basename(source)) : target;
      // A new file takes the place of the old one, so that a program that runs is not changed under its feet.
      await call.files.rm(path, { force: true });
      await call.files.writeFile(path, content);
      await finish(path);
    }
    return succeed();
  },
};

export const chown: GuestCommand = {
  name: 'chown',
  run: async (args, call) => {
    const options = parseOptions(args, { declared: [flag('R', 'recursive'), flag('h'), flag('v')] });
    const [who, ...paths] = options.operands;
    if (who === undefined || paths.length === 0) throw new UsageError('missing operand');
    const [user = '', group] = who.split(':');
    const owner = ownerOf(call, user === '' ? undefined : user, group === '' ? user : group);
    if (typeof owner === 'string') return failWith(1, `chown: ${owner}`);
    const change = async (path: string): Promise<void> => {
      call.system.disk.chown(path, owner, call.account);
      if (!options.has('R') || !(await call.files.lstat(path)).isDirectory) return;
      for (const name of await call.files.readdir(path)) await change(posix.join(path, name));
    };
    for (const path of paths) await change(call.path(path));
    return succeed();
  },
};

export const mktemp: GuestCommand = {
  name: 'mktemp',
  run: async (args, call) => {
    const options = parseOptions(args, {
      declared: [flag('d', 'directory'), flag('t'), flag('q'), valued('p', 'tmpdir')],
    });
    const [template] = options.operands;
    const isInFolder = template === undefined || options.has('t') || options.has('p');
    const folder = options.value('p') ?? call.env['TMPDIR'] ?? '/tmp';
    const [, prefix, marks] = /^(.*?)(X{3,})$/.exec(template ?? 'tmp.XXXXXXXXXX') ?? [];
    if (prefix === undefined || marks === undefined) {
      return failWith(1, `mktemp: too few X's in template '${template}'`);
    }
    const name = prefix + randomBytes(marks.length).toString('hex').slice(0, marks.length);
    const printed = isInFolder ? posix.join(folder, name) : name;
    const path = call.path(printed);
    if (options.has('d')) await call.files.mkdir(path);
    else await call.files.writeFile(path, '');
    await call.files.chmod(path, options.has('d') ? 0o700 : 0o600);
    return succeed(`${printed}\n`);
  },
};

export const umask: GuestCommand = {
  name: 'umask',
  run: (args, { files }): Outcome => {
    const [mask] = args;
    if (mask === undefined) return succeed(`${files.umask.toString(8).padStart(4, '0')}\n`);
    if (!OCTAL.test(mask)) return failWith(2, `sh: umask: Illegal number: ${mask}`);
    files.umask = Number.parseInt(mask, 8) & 0o777;
    return succeed();
  },
};

/** Names or numbers; what is not named stays. @returns a message where there is no such user or group. */
function ownerOf(
  call: CommandCall,
  user: string | undefined,
  group: string | undefined,
): { uid?: number; gid?: number } | string {
  const { disk } = call.system;
  const isNumber = (word: string): boolean => /^\d+$/.test(word);
  const uid = user === undefined || isNumber(user) ? user && Number(user) : findAccount(disk, user)?.uid;
  const gid = group === undefined || isNumber(group) ? group && Number(group) : groupId(disk, group);
  if (user !== undefined && uid === undefined) return `invalid user '${user}'`;
  if (group !== undefined && gid === undefined) return `invalid group '${group}'`;
  return { ...(typeof uid === 'number' ? { uid } : {}), ...(typeof gid === 'number' ? { gid } : {}) };
}
