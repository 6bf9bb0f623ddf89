/** Which cluster a server belongs to: the one on its disk, the one that it is told to join, or a new one. */
import { randomBytes } from 'node:crypto';
import { makeDirectory, putFile, readText } from '../disk/root-files.js';
import type { GuestSystem } from '../system.js';
import { clusterSettings } from './cluster-settings.js';
import type { RancherCluster } from './cluster.js';
import { checkDatastore } from './datastore.js';
import type { RancherProgram } from './distribution.js';
import { RancherFatal } from './fatal.js';
import { configuredToken, findCluster, JoinRefused } from './join.js';
import type { NodeIdentity } from './node.js';
import { parseToken } from './token.js';
import { minorOf } from './version.js';

const MOST_SERVER_SKEW = 1;
const PREPARING = 'starting kubernetes: preparing server:';

interface Starting {
  readonly program: RancherProgram;
  readonly node: NodeIdentity;
  readonly diskId: string;
  readonly token: string | undefined;
}

/** The server is a member of the cluster afterwards: a voter of its own, a learner of another's. @throws RancherFatal */
export async function findOrFormCluster(
  program: RancherProgram,
  node: NodeIdentity,
  system: GuestSystem,
): Promise<RancherCluster> {
  const { configuration, distribution } = program;
  const { diskId } = system.machine;
  const starting: Starting = { program, node, diskId, token: configuredToken(configuration, system) };
  const endpoint = configuration.text('datastore-endpoint');
  if (endpoint !== undefined) return share(starting, endpoint, system);

  // Stands for the datastore: names the cluster whose data the disk holds.
  const datastore = `${distribution.dataFolder}/server/db/cluster-id`;
  const id = readText(system.disk, datastore)?.trim();
  const known = id === undefined ? undefined : await system.clusters.find(id);
  if (known !== undefined) return comeBack(known, starting, system);

  const url = configuration.text('server');
  const cluster = url === undefined ? await form(starting, system) : join(starting, url, system);
  cluster.addMember(node.name, diskId, url === undefined);
  // Written at once: from here on the datastore of this disk is a member.
  putFile(system.disk, datastore, `${cluster.record.id}\n`, { mode: 0o600 });
  makeEtcdFolder(cluster, starting, system);
  return cluster;
}

function makeEtcdFolder({ record }: RancherCluster, { program }: Starting, system: GuestSystem): void {
  if (record.datastore !== 'etcd') return;
  makeDirectory(system.disk, `${program.distribution.dataFolder}/server/db/etcd/member`);
}

/** The first server finds the datastore empty; all others find what it has put there. */
async function share(starting: Starting, endpoint: string, system: GuestSystem): Promise<RancherCluster> {
  const { program, node, token } = starting;
  if (token === undefined) throw new RancherFatal('--token is required');
  checkDatastore(endpoint, system);
  const id = system.clusters.sharing(endpoint);
  const cluster = id === undefined ? undefined : await system.clusters.find(id);
  if (cluster === undefined) return form(starting, system, endpoint);
  checkToken(cluster, token);
  refusing(() => checkLikeness(cluster, program));
  cluster.record.version = node.version;
  return cluster;
}

function form(
  { program, node, token }: Starting,
  system: GuestSystem,
  datastoreEndpoint: string | null = null,
): Promise<RancherCluster> {
  const { distribution, configuration } = program;
  const settings = clusterSettings(program);
  const isEtcd = distribution.alwaysEtcd || configuration.isOn('cluster-init');
  return system.clusters.create({
    distribution: distribution.program,
    version: node.version,
    password: token === undefined ? randomBytes(16).toString('hex') : parseToken(token).password,
    agentPassword: configuration.text('agent-token') ?? null,
    datastore: datastoreEndpoint !== null ? 'external' : isEtcd ? 'etcd' : 'sqlite',
    datastoreEndpoint,
    settings,
    components: Object.entries(distribution.components)
      .filter(([, name]) => !settings.disable.includes(name))
      .map(([component]) => component),
  });
}

function join({ program, token }: Starting, url: string, system: GuestSystem): RancherCluster {
  if (token === undefined) throw new RancherFatal('--token is required');
  return refusing(() => {
    const { distribution } = program;
    const cluster = findCluster(system, { distribution, url, token, role: 'server' });
    if (cluster.record.datastore !== 'etcd') {
      throw new JoinRefused(`server ${url} does not use embedded etcd; other servers cannot join it`);
    }
    checkLikeness(cluster, program);
    return cluster;
  });
}

/** A server that is refused ends; systemd starts it again. */
function refusing<T>(attempt: () => T): T {
  try {
    return attempt();
  } catch (error) {
    if (!(error instanceof JoinRefused)) throw error;
    throw new RancherFatal(`${PREPARING} failed to validate server configuration: ${error.message}`);
  }
}

function comeBack(cluster: RancherCluster, starting: Starting, system: GuestSystem): RancherCluster {
  const { program, node, diskId, token } = starting;
  const { record } = cluster;
  if (!cluster.isMember(node.name, diskId)) {
    throw new RancherFatal(
      `${PREPARING} start managed database: this server has been removed from the cluster; ` +
        `delete ${program.distribution.dataFolder}/server/db to rejoin`,
    );
  }
  if (token !== undefined) checkToken(cluster, token);
  record.version = node.version;
  // K3s moves the data of SQLite over to etcd when it is told to.
  if (program.configuration.isOn('cluster-init')) record.datastore = 'etcd';
  makeEtcdFolder(cluster, starting, system);
  return cluster;
}

function checkToken({ record }: RancherCluster, token: string): void {
  if (parseToken(token).password === record.password) return;
  throw new RancherFatal(`${PREPARING} bootstrap data already found and encrypted with different token`);
}

/** @throws JoinRefused for a server of another version, or with another idea of the cluster. */
function checkLikeness({ record }: RancherCluster, program: RancherProgram): void {
  const { version } = program;
  if (Math.abs(minorOf(record.version) - minorOf(version)) > MOST_SERVER_SKEW) {
    throw new JoinRefused(`${version} cannot join a cluster of ${record.version}`);
  }
  const own: Readonly<Record<string, unknown>> = { ...clusterSettings(program) };
  const differing = Object.entries(record.settings)
    .filter(([key, value]) => JSON.stringify(own[key]) !== JSON.stringify(value))
    .map(([key]) => key);
  if (differing.length === 0) return;
  throw new JoinRefused(`critical configuration value mismatch between servers: ${differing.join(', ')}`);
}
