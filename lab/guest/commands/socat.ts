/** `socat`: standard input to a local socket or a port, and what comes back to standard output. */
import { ROOT, allows } from '../disk/inode.js';
import { isThere } from '../disk/root-files.js';
import {
  failWith,
  UsageError,
  type CommandCall,
  type GuestCommand,
  type Outcome,
} from '../shell/guest-command.js';

/** Each with a value, which has no meaning where nothing takes time. */
const TIMES = ['-t', '-T', '-b'];
const STANDARD = /^(?:-|stdio|stdin|stdout)$/i;
const LOCAL = /^(?:(?:unix|unix-connect|unix-client|local):)?(\/[^,]*)(?:,.*)?$/i;

export const socat: GuestCommand = {
  name: 'socat',
  run: async (args, call) => {
    const words = [...args];
    const addresses: string[] = [];
    for (let word = words.shift(); word !== undefined; word = words.shift()) {
      if (TIMES.includes(word)) words.shift();
      else if (/^-[dvux]+$|^-[tT]\d+(?:\.\d+)?$/.test(word)) continue;
      else if (word.startsWith('-') && word !== '-') throw new UsageError(`E unknown option "${word}"`);
      else addresses.push(word);
    }
    if (addresses.length !== 2)
      throw new UsageError(`E exactly 2 addresses required (there are ${addresses.length})`);
    const other = addresses.find((each) => !STANDARD.test(each));
    if (other === undefined || addresses.filter((each) => STANDARD.test(each)).length !== 1)
      throw new UsageError('E one of the addresses has to be standard input here');
    const [, path] = LOCAL.exec(other) ?? [];
    if (path === undefined) throw new UsageError(`E unknown device/address "${other}"`);
    return connect(path, call);
  },
};

async function connect(path: string, { system, stdin, account }: CommandCall): Promise<Outcome> {
  const refused = (why: string): Outcome =>
    failWith(1, `socat[1000] E connect(, AF=1 "${path}", ${path.length + 2}): ${why}`);
  if (!isThere(system.disk, path)) return refused('No such file or directory');
  if (!allows(system.disk.stat(path, ROOT), account, 'write')) return refused('Permission denied');
  const handler = system.sockets.at(system.disk.realpath(path, ROOT));
  if (handler === undefined) return refused('Connection refused');
  return { code: 0, stdout: await handler(Buffer.from(stdin).toString()) };
}
