/** Whether a command line can read its standard input. */
import { parse, type CommandNode, type ScriptNode } from 'just-bash';

/** Commands that never do, whatever their arguments. */
const DEAF = new Set([
  ...[
    '[',
    'apt',
    'apt-get',
    'basename',
    'cd',
    'chmod',
    'chown',
    'cloud-init',
    'cp',
    'curl',
    'date',
    'df',
    'dirname',
  ],
  ...[
    'dpkg',
    'dig',
    'dnsmasq',
    'dpkg-query',
    'du',
    'echo',
    'exit',
    'export',
    'false',
    'find',
    'getent',
    'haproxy',
    'hostname',
    'hostnamectl',
    'id',
    'ip',
  ],
  ...[
    'journalctl',
    'k3s',
    'keepalived',
    'kill',
    'ln',
    'ls',
    'lsmod',
    'mkdir',
    'mktemp',
    'modprobe',
    'mv',
    'pgrep',
    'pidof',
    'poweroff',
    'printenv',
    'printf',
    'pwd',
  ],
  ...[
    'readlink',
    'reboot',
    'rm',
    'rmdir',
    'set',
    'shutdown',
    'sleep',
    'ss',
    'stat',
    'swapoff',
    'sysctl',
    'systemctl',
    'test',
  ],
  ...['timedatectl', 'touch', 'true', 'type', 'umask', 'uname', 'uptime', 'which', 'whoami'],
]);

/** Commands that read files where they are given some. */
const READ_FILES = new Set(['cat', 'head', 'tail', 'sha256sum', 'md5sum', 'wc', 'sort']);

/** Careful: what is not known to be deaf is taken to listen, since a script that is cut short would still run. */
export function readsStandardInput(commandLine: string): boolean {
  let script: ScriptNode;
  try {
    script = parse(commandLine);
  } catch {
    return false;
  }
  return script.statements.some(({ pipelines }) =>
    pipelines.some(({ commands }) => commands[0] !== undefined && reads(commands[0])),
  );
}

function reads(command: CommandNode): boolean {
  if (command.type !== 'SimpleCommand') return true;
  if (command.redirections.some(({ operator }) => operator.startsWith('<'))) return false;
  // A command inside of a word reads too.
  if (JSON.stringify(command).includes('"CommandSubstitution"')) return true;
  const words = [command.name, ...command.args].map((word) => {
    const [part, ...more] = word?.parts ?? [];
    if (part === undefined) return '';
    return part.type === 'Literal' && more.length === 0 ? part.value : '*';
  });
  return wordsRead(words);
}

function wordsRead(words: readonly string[]): boolean {
  const [name = '', ...args] = words;
  // `sudo -n COMMAND`
  if (name === 'sudo') return wordsRead(args.slice(args.findIndex((word) => !word.startsWith('-'))));
  if (name === '' || DEAF.has(name)) return false;
  return !(READ_FILES.has(name) && args.some((word) => !word.startsWith('-')));
}
