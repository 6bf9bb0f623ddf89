/** `crictl`, which asks containerd as the kubelet does: https://github.com/kubernetes-sigs/cri-tools/blob/master/docs/crictl.md */
import { isThere } from '../disk/root-files.js';
import {
  failWith,
  succeed,
  UsageError,
  type CommandCall,
  type GuestCommand,
  type Outcome,
} from '../shell/guest-command.js';
import { flag, parseOptions, valued } from '../shell/options.js';
import { CRI_SOCKET } from './command.js';
import { pullImage } from './images.js';

const SHORT_ID = 13;
const GLOBAL = [valued('runtime-endpoint', 'r')];
const OF_PS = [flag('quiet', 'q'), valued('name'), flag('all', 'a')];
const OF_STOP = [valued('timeout', 't')];

export const crictl: GuestCommand = {
  name: 'crictl',
  run: (args, call) => {
    const options = parseOptions(args, { declared: GLOBAL, stopsAtOperand: true });
    const [verb = '', ...rest] = options.operands;
    const objection = connectionObjection(call, options.value('runtime-endpoint') ?? `unix://${CRI_SOCKET}`);
    if (objection !== undefined) return fatal(`validate service connection: ${objection}`);
    switch (verb) {
      case 'ps':
        return list(rest, call);
      case 'stop':
        return stop(rest, call);
      case 'pull':
        return pull(rest, call);
      default:
        throw new UsageError(`unknown command "${verb}"`);
    }
  },
};

function connectionObjection({ account, system }: CommandCall, endpoint: string): string | undefined {
  const dial = `dial unix ${CRI_SOCKET}: connect:`;
  if (endpoint !== `unix://${CRI_SOCKET}`) return `"${endpoint}" is not where containerd listens`;
  if (!isThere(system.disk, CRI_SOCKET)) return `${dial} no such file or directory`;
  return account.uid === 0 ? undefined : `${dial} permission denied`;
}

/** The name is a regular expression. */
function list(args: readonly string[], { system }: CommandCall): Outcome {
  const options = parseOptions(args, { declared: OF_PS });
  const pattern = new RegExp(options.value('name') ?? '');
  const found = system.containers.list().filter(({ name }) => pattern.test(name));
  if (options.has('quiet')) return succeed(found.map(({ id }) => `${id}\n`).join(''));
  const rows = found.map(({ id, name }) => `${id.slice(0, SHORT_ID)}   Running   ${name}\n`);
  return succeed(['CONTAINER       STATE     NAME\n', ...rows].join(''));
}

function stop(args: readonly string[], { system }: CommandCall): Outcome {
  const { operands } = parseOptions(args, { declared: OF_STOP });
  if (operands.length === 0) return fatal('ID cannot be empty');
  for (const id of operands) {
    if (!system.containers.stop(id))
      return fatal(`stopping the container "${id}": rpc error: code = NotFound desc = not found`);
  }
  return succeed(operands.map((id) => `${id}\n`).join(''));
}

function pull(args: readonly string[], { system }: CommandCall): Outcome {
  const { operands } = parseOptions(args, { declared: [] });
  const [image] = operands;
  if (image === undefined) return fatal('image name cannot be empty');
  const objection = pullImage(system, image);
  return objection === undefined
    ? succeed(`Image is up to date for ${image}\n`)
    : fatal(`pulling image: rpc error: code = Unknown desc = ${objection}`);
}

function fatal(message: string): Outcome {
  return failWith(1, `level=fatal msg="${message.replaceAll('"', '\\"')}"`);
}
