/** `kill`, `pgrep`, `pidof`: the main programs of the services that run. There are no other processes to be seen. */
import {
  failWith,
  succeed,
  UsageError,
  type CommandCall,
  type GuestCommand,
  type Outcome,
} from '../shell/guest-command.js';
import { flag, parseOptions, valued } from '../shell/options.js';
import type { ProcessSignal, ServiceProcess } from '../systemd/service.js';

const NUMBERS: Readonly<Record<string, ProcessSignal>> = {
  ...{ '1': 'HUP', '2': 'INT', '9': 'KILL', '10': 'USR1', '12': 'USR2', '15': 'TERM' },
};
const NAMES: readonly ProcessSignal[] = ['HUP', 'INT', 'KILL', 'USR1', 'USR2', 'TERM'];
/** Sends nothing: it says whether the process is there. */
const NOTHING = '0';

export const kill: GuestCommand = {
  name: 'kill',
  run: (args, call) => {
    const words = [...args];
    let wanted = 'TERM';
    if (words[0] === '-s') [, wanted = ''] = words.splice(0, 2);
    else if (/^-[A-Z0-9]+$/i.test(words[0] ?? '')) wanted = (words.shift() ?? '').slice(1);
    if (words[0] === '--') words.shift();
    if (words.length === 0) throw new UsageError('not enough arguments');
    const signal = signalOf(wanted);
    if (signal === undefined) return failWith(1, `kill: ${wanted}: invalid signal specification`);
    const faults = words.flatMap((word) => sendTo(word, signal, call));
    return { code: faults.length === 0 ? 0 : 1, stderr: faults.map((each) => `kill: ${each}\n`).join('') };
  },
};

function signalOf(word: string): ProcessSignal | typeof NOTHING | undefined {
  if (word === NOTHING) return NOTHING;
  const name = word.toUpperCase().replace(/^SIG/, '');
  return NUMBERS[word] ?? NAMES.find((each) => each === name);
}

function sendTo(word: string, signal: ProcessSignal | typeof NOTHING, call: CommandCall): string[] {
  if (!/^\d+$/.test(word)) return [`${word}: arguments must be process or job IDs`];
  const found = call.system.services.processes().find(({ pid }) => pid === Number(word));
  if (found === undefined) return [`(${word}) - No such process`];
  if (call.account.uid !== 0 && call.account.name !== found.user)
    return [`(${word}) - Operation not permitted`];
  if (signal !== NOTHING) found.signal(signal);
  return [];
}

export const pgrep: GuestCommand = {
  name: 'pgrep',
  usageCode: 2,
  run: (args, { system }) => {
    const declared = [flag('x', 'exact'), flag('f', 'full'), flag('l', 'list-name'), flag('c', 'count')];
    const options = parseOptions(args, { declared: [...declared, valued('u', 'euid')] });
    const [pattern, ...more] = options.operands;
    if (pattern === undefined || more.length > 0) throw new UsageError('exactly one pattern can be provided');
    const expression = new RegExp(options.has('x') ? `^(?:${pattern})$` : pattern);
    const user = options.value('u');
    const found = system.services
      .processes()
      .filter((each) => user === undefined || each.user === user)
      .filter(({ program, words }) => expression.test(options.has('f') ? words.join(' ') : program));
    const line = ({ pid, program }: ServiceProcess): string =>
      options.has('l') ? `${pid} ${program}\n` : `${pid}\n`;
    const stdout = options.has('c') ? `${found.length}\n` : found.map(line).join('');
    return { code: found.length > 0 ? 0 : 1, stdout };
  },
};

export const pidof: GuestCommand = {
  name: 'pidof',
  run: (args, { system }): Outcome => {
    const { operands } = parseOptions(args, { declared: [flag('s', 'single-shot'), flag('x')] });
    const names = operands.map((word) => word.slice(word.lastIndexOf('/') + 1));
    const found = system.services.processes().filter(({ program }) => names.includes(program));
    return found.length === 0 ? { code: 1 } : succeed(`${found.map(({ pid }) => pid).join(' ')}\n`);
  },
};
