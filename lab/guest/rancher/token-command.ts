/** `k3s token rotate` and `rke2 token rotate` (https://docs.k3s.io/cli/token): asked of the server that runs here. */
import { putFile } from '../disk/root-files.js';
import { failWith, UsageError, type CommandCall, type Outcome } from '../shell/guest-command.js';
import { parseOptions, valued } from '../shell/options.js';
import type { RancherDistribution } from './distribution.js';
import { logLine, RancherFatal } from './fatal.js';
import { serverHere } from './server-here.js';
import { formatToken, parseToken } from './token.js';

const OPTIONS = [
  ...[valued('token', 't'), valued('new-token'), valued('server', 's')],
  ...[valued('data-dir', 'd'), valued('kubeconfig')],
];

export async function tokenCommand(
  distribution: RancherDistribution,
  args: readonly string[],
  call: CommandCall,
): Promise<Outcome> {
  try {
    const [verb = '', ...rest] = args;
    if (verb !== 'rotate') return failWith(1, `No help topic for '${verb}'`);
    const options = parseOptions(rest, { declared: OPTIONS });
    const { dataFolder, variables } = distribution;
    if (call.account.uid !== 0) throw new RancherFatal(`open ${dataFolder}/server/token: permission denied`);
    const token = options.value('token') ?? call.env[`${variables}_TOKEN`];
    const wanted = options.value('new-token');
    if (token === undefined || wanted === undefined)
      throw new RancherFatal('--token and --new-token are required');
    const cluster = await serverHere(distribution, call, '/v1-token');
    if (parseToken(token).password !== cluster.record.password) throw new RancherFatal('401 Unauthorized');
    cluster.changePassword(wanted);
    const text = `${formatToken(cluster.plane.caHash, wanted)}\n`;
    for (const name of ['token', 'node-token', 'agent-token'])
      putFile(call.system.disk, `${dataFolder}/server/${name}`, text, { mode: 0o600 });
    return { code: 0, stdout: 'Token rotated, restart all servers and agents with the new token\n' };
  } catch (error) {
    if (error instanceof UsageError) return failWith(1, `Incorrect Usage: ${error.message}`);
    if (error instanceof RancherFatal) return failWith(1, logLine('fatal', error.message));
    throw error;
  }
}
