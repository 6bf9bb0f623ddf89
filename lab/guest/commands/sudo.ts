/** `sudo`, for accounts that sudoers(5) lets do anything. */
import { findAccount, groupName, sudoRight, type Account } from '../disk/accounts.js';
import { failWith, type CommandCall, type GuestCommand, type Outcome } from '../shell/guest-command.js';
import { flag, parseOptions, valued } from '../shell/options.js';
import { quoteAll } from '../shell/quote.js';

const OPTIONS = [
  ...[flag('n', 'non-interactive'), flag('E', 'preserve-env'), flag('H', 'set-home'), flag('i', 'login')],
  ...[flag('s', 'shell'), flag('S', 'stdin'), flag('v', 'validate'), flag('l', 'list'), valued('u', 'user')],
];

const SECURE_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin';

/** What of the caller's environment passes by itself. */
const KEPT = ['TERM', 'LANG', 'DISPLAY', 'COLORTERM', 'PS1'];

export const sudo: GuestCommand = {
  name: 'sudo',
  run: async (args, call) => {
    const options = parseOptions(args, { declared: OPTIONS, stopsAtOperand: true });
    const { account, system } = call;
    const right = sudoRight(system.disk, account);
    if (right !== 'no-password') {
      if (options.has('n') || right === 'password') return failWith(1, 'sudo: a password is required');
      return failWith(1, `${account.name} is not in the sudoers file.`);
    }
    if (options.has('v')) return { code: 0 };
    if (options.has('l')) return listRights(call);
    const name = options.value('u') ?? 'root';
    const target = findAccount(system.disk, name);
    if (target === undefined) {
      return failWith(1, `sudo: unknown user ${name}\nsudo: error initializing audit plugin sudoers_audit`);
    }
    const words = [...options.operands];
    const assigned: Record<string, string> = {};
    for (let word = words[0]; word !== undefined && /^\w+=/.test(word); word = words[0]) {
      const at = word.indexOf('=');
      assigned[word.slice(0, at)] = word.slice(at + 1);
      words.shift();
    }
    const env = { ...environment(call, target, options.has('E')), ...assigned };
    const opensShell = options.has('i') || options.has('s');
    if (words.length === 0 && !opensShell) return failWith(1, 'usage: sudo -h | -K | -k | -V');
    const command = opensShell ? ['sh', ...(words.length > 0 ? ['-c', words.join(' ')] : ['-s'])] : words;
    return run(call, target, command, env);
  },
};

async function run(
  call: CommandCall,
  target: Account,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const outcome = await call.scriptAs(target, quoteAll(command), env);
  const isMissing =
    outcome.code === 127 && Buffer.from(outcome.stderr ?? '').includes(`: ${command[0]}: command not found`);
  return isMissing ? failWith(1, `sudo: ${command[0]}: command not found`) : outcome;
}

function environment(call: CommandCall, target: Account, keepsAll: boolean): Record<string, string> {
  const kept = Object.entries(call.env).filter(([name]) => keepsAll || KEPT.includes(name));
  return {
    ...Object.fromEntries(kept),
    PATH: SECURE_PATH,
    HOME: target.home,
    USER: target.name,
    LOGNAME: target.name,
    SHELL: target.shell,
    SUDO_USER: call.account.name,
    SUDO_UID: String(call.account.uid),
    SUDO_GID: String(call.account.gid),
    PWD: call.cwd,
  };
}

function listRights({ account, system }: CommandCall): Outcome {
  const host = system.machine.name;
  const group = groupName(system.disk, account.gid) ?? String(account.gid);
  return {
    code: 0,
    stdout: `User ${account.name} (${group}) may run the following commands on ${host}:\n    (ALL) NOPASSWD: ALL\n`,
  };
}
