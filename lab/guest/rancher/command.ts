/** What stands behind `/usr/local/bin/k3s` and `rke2`: the version is the first argument, the user's arguments follow. */
import { kubectl } from '../kubectl/command.js';
import {
  failWith,
  succeed,
  type CommandCall,
  type GuestCommand,
  type Outcome,
} from '../shell/guest-command.js';
import { runAgent } from './agent.js';
import { certificateCommand } from './certificate-command.js';
import { readConfiguration } from './configuration.js';
import type { RancherDistribution } from './distribution.js';
import { etcdSnapshot } from './etcd-snapshot.js';
import { RancherFatal, logLine } from './fatal.js';
import { runServer } from './server.js';
import { tokenCommand } from './token-command.js';

const GO_VERSION = 'go1.24.6';

export function rancherCommand(distribution: RancherDistribution): GuestCommand {
  const { program } = distribution;
  return {
    name: `simulated-${program}`,
    run: (args, call) => {
      const [version = '', verb = '', ...rest] = args;
      switch (verb) {
        case '--version':
        case '-v':
          return succeed(`${program} version ${version} (${commitOf(version)})\ngo version ${GO_VERSION}\n`);
        case 'server':
        case 'agent':
          return runRole({ distribution, role: verb, version, args: rest }, call);
        case 'etcd-snapshot':
          return etcdSnapshot(distribution, rest, call);
        case 'certificate':
          return certificateCommand(distribution, rest, call);
        case 'token':
          return tokenCommand(distribution, rest, call);
        case 'kubectl':
          return kubectl.run(rest, withKubeconfig(call, `${distribution.configFolder}/${program}.yaml`));
        default:
          return failWith(1, `No help topic for '${verb}'`);
      }
    },
  };
}

/** The kubectl inside is a stock one that is told of the cluster's file, unless the user names another. */
function withKubeconfig(call: CommandCall, path: string): CommandCall {
  return { ...call, env: { KUBECONFIG: path, ...call.env } };
}

interface Role {
  readonly distribution: RancherDistribution;
  readonly role: 'server' | 'agent';
  readonly version: string;
  readonly args: readonly string[];
}

async function runRole({ distribution, role, version, args }: Role, call: CommandCall): Promise<Outcome> {
  const { system, env, account, signal, service } = call;
  try {
    if (account.uid !== 0) {
      const { dataFolder } = distribution;
      throw new RancherFatal(`Failed to set log files: mkdir ${dataFolder}: permission denied`);
    }
    const configuration = readConfiguration({ distribution, role, args, env, disk: system.disk });
    const program = { distribution, configuration, version };
    await (role === 'server' ? runServer : runAgent)(program, call);
    return { code: 0 };
  } catch (error) {
    if (signal.aborted) return { code: 0 };
    const message =
      error instanceof RancherFatal ? error.message : `starting kubernetes: ${(error as Error).message}`;
    if (message.startsWith('flag provided')) service?.log(`Incorrect Usage: ${message}`);
    const line = logLine('fatal', message);
    service?.log(line);
    // What runs as a service has said it to the journal.
    return failWith(1, service === undefined ? line : '');
  }
}

/** Eight digits that look like a commit and are the same for the same version. */
function commitOf(version: string): string {
  return Buffer.from(version).toString('hex').slice(-8);
}
