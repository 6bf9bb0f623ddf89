/** What stands behind `/usr/local/bin/k3s`: its version is the first argument, the user's arguments follow. */
import {
  failWith,
  succeed,
  type CommandCall,
  type GuestCommand,
  type Outcome,
} from '../shell/guest-command.js';
import { runAgent } from './agent.js';
import { readConfiguration } from './configuration.js';
import { K3sFatal, logLine } from './fatal.js';
import { kubectl } from './kubectl.js';
import { runServer } from './server.js';

const GO_VERSION = 'go1.24.6';

export const simulatedK3s: GuestCommand = {
  name: 'simulated-k3s',
  run: (args, call) => {
    const [version = '', verb = '', ...rest] = args;
    switch (verb) {
      case '--version':
      case '-v':
        return succeed(`k3s version ${version} (${commitOf(version)})\ngo version ${GO_VERSION}\n`);
      case 'server':
      case 'agent':
        return runRole(verb, version, rest, call);
      case 'kubectl':
        return kubectl(rest, call);
      default:
        return failWith(1, `No help topic for '${verb}'`);
    }
  },
};

async function runRole(
  role: 'server' | 'agent',
  version: string,
  args: readonly string[],
  call: CommandCall,
): Promise<Outcome> {
  const { system, env, account, signal, service } = call;
  try {
    if (account.uid !== 0) {
      throw new K3sFatal('Failed to set log files: mkdir /var/lib/rancher/k3s: permission denied');
    }
    const configuration = readConfiguration({ role, args, env, disk: system.disk });
    await (role === 'server' ? runServer : runAgent)(configuration, version, call);
    return { code: 0 };
  } catch (error) {
    if (signal.aborted) return { code: 0 };
    const message =
      error instanceof K3sFatal ? error.message : `starting kubernetes: ${(error as Error).message}`;
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
