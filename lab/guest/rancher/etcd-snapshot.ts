/** `k3s etcd-snapshot` and `rke2 etcd-snapshot` (https://docs.k3s.io/cli/etcd-snapshot): asked of the server that runs here. */
import { posix } from 'node:path';
import { isThere, listNames, putFile, removeAll } from '../disk/root-files.js';
import { failWith, UsageError, type CommandCall, type Outcome } from '../shell/guest-command.js';
import { flag, parseOptions, valued } from '../shell/options.js';
import type { RancherCluster } from './cluster.js';
import type { RancherDistribution } from './distribution.js';
import { logLine, RancherFatal } from './fatal.js';
import { serverHere } from './server-here.js';

const OPTIONS = [
  ...[valued('name'), valued('dir', 'etcd-snapshot-dir'), valued('data-dir', 'd'), valued('config', 'c')],
  ...[flag('debug'), valued('o', 'output')],
];
const DEFAULT_NAME = 'on-demand';

export async function etcdSnapshot(
  distribution: RancherDistribution,
  args: readonly string[],
  call: CommandCall,
): Promise<Outcome> {
  try {
    const [verb = '', ...rest] = args;
    const options = parseOptions(rest, { declared: OPTIONS });
    const folder = options.value('dir') ?? `${distribution.dataFolder}/server/db/snapshots`;
    if (call.account.uid !== 0) throw new RancherFatal(`open ${folder}: permission denied`);
    const cluster = await etcdHere(distribution, call);
    switch (verb) {
      case 'save':
        return save(cluster, { folder, name: options.value('name') ?? DEFAULT_NAME }, call);
      case 'delete':
        return remove(folder, options.operands, call);
      case 'ls':
      case 'list':
        return list(folder, call);
      default:
        return failWith(1, `No help topic for '${verb}'`);
    }
  } catch (error) {
    if (error instanceof UsageError) return failWith(1, `Incorrect Usage: ${error.message}`);
    if (error instanceof RancherFatal) return failWith(1, logLine('fatal', error.message));
    throw error;
  }
}

async function etcdHere(distribution: RancherDistribution, call: CommandCall): Promise<RancherCluster> {
  const cluster = await serverHere(distribution, call, '/db/snapshot');
  if (cluster.record.datastore !== 'etcd') {
    throw new RancherFatal('see server log for details: etcd datastore is disabled');
  }
  if (!cluster.hasQuorum()) throw new RancherFatal('see server log for details: etcdserver: no leader');
  return cluster;
}

function save(
  cluster: RancherCluster,
  { folder, name }: { readonly folder: string; readonly name: string },
  { system }: CommandCall,
): Outcome {
  const seconds = Math.floor(Date.now() / 1_000);
  const file = `${name}-${system.machine.name}-${seconds}`;
  putFile(system.disk, posix.join(folder, file), cluster.snapshot(), { mode: 0o600 });
  return { code: 0, stderr: `${logLine('info', `Snapshot ${file} saved.`)}\n` };
}

function remove(folder: string, names: readonly string[], { system: { disk } }: CommandCall): Outcome {
  if (names.length === 0) throw new RancherFatal('no snapshots given for removal');
  const lines = names.map((name) => {
    const path = posix.join(folder, name);
    if (!isThere(disk, path)) throw new RancherFatal(`snapshot ${name} not found`);
    removeAll(disk, path);
    return logLine('info', `Snapshot ${name} deleted.`);
  });
  return { code: 0, stderr: `${lines.join('\n')}\n` };
}

function list(folder: string, { system: { disk } }: CommandCall): Outcome {
  const rows = listNames(disk, folder).map((name) => `${name} file://${posix.join(folder, name)}`);
  return { code: 0, stdout: `${['Name Location', ...rows].join('\n')}\n` };
}
