/** Which cluster a server belongs to: the one on its disk, the one that it is told to join, or a new one. */
import { randomBytes } from 'node:crypto';
import { putFile, readText } from '../disk/root-files.js';
import type { GuestSystem } from '../system.js';
import type { ClusterSettings, K3sCluster } from './cluster.js';
import type { K3sConfiguration } from './configuration.js';
import { K3sFatal } from './fatal.js';
import { configuredToken, findCluster, JoinRefused } from './join.js';
import type { NodeIdentity } from './node.js';
import { parseToken } from './token.js';
import { minorOf } from './version.js';

export const SERVER_DATA = '/var/lib/rancher/k3s/server';
/** Stands for the datastore: names the cluster whose data the disk holds. */
const DATASTORE = `${SERVER_DATA}/db/cluster-id`;
const MOST_SERVER_SKEW = 1;
const PREPARING = 'starting kubernetes: preparing server:';

interface Starting {
  readonly configuration: K3sConfiguration;
  readonly node: NodeIdentity;
  readonly diskId: string;
  readonly token: string | undefined;
}

/** The server is a member of the cluster afterwards: a voter of its own, a learner of another's. @throws K3sFatal */
export async function findOrFormCluster(
  configuration: K3sConfiguration,
  node: NodeIdentity,
  system: GuestSystem,
): Promise<K3sCluster> {
  const { diskId } = system.machine;
  const starting: Starting = { configuration, node, diskId, token: configuredToken(configuration, system) };
  const id = readText(system.disk, DATASTORE)?.trim();
  const known = id === undefined ? undefined : await system.clusters.find(id);
  if (known !== undefined) return comeBack(known, starting);

  const url = configuration.text('server');
  const cluster = url === undefined ? await form(starting, system) : join(starting, url, system);
  cluster.addMember(node.name, diskId, url === undefined);
  // Written at once: from here on the datastore of this disk is a member.
  putFile(system.disk, DATASTORE, `${cluster.record.id}\n`, { mode: 0o600 });
  return cluster;
}

function form({ configuration, node, token }: Starting, system: GuestSystem): Promise<K3sCluster> {
  return system.clusters.create({
    version: node.version,
    password: token === undefined ? randomBytes(16).toString('hex') : parseToken(token).password,
    agentPassword: configuration.text('agent-token') ?? null,
    datastore: configuration.isOn('cluster-init') ? 'etcd' : 'sqlite',
    settings: clusterSettings(configuration),
  });
}

function join({ configuration, node, token }: Starting, url: string, system: GuestSystem): K3sCluster {
  if (token === undefined) throw new K3sFatal('--token is required');
  try {
    const cluster = findCluster(system, url, token, 'server');
    checkJoin(cluster, configuration, node.version, url);
    return cluster;
  } catch (error) {
    if (!(error instanceof JoinRefused)) throw error;
    throw new K3sFatal(`${PREPARING} failed to validate server configuration: ${error.message}`);
  }
}

function comeBack(cluster: K3sCluster, { configuration, node, diskId, token }: Starting): K3sCluster {
  const { record } = cluster;
  if (!cluster.isMember(node.name, diskId)) {
    throw new K3sFatal(
      `${PREPARING} start managed database: this server has been removed from the cluster; ` +
        `delete ${SERVER_DATA}/db to rejoin`,
    );
  }
  if (token !== undefined && parseToken(token).password !== record.password) {
    throw new K3sFatal(`${PREPARING} bootstrap data already found and encrypted with different token`);
  }
  record.version = node.version;
  // K3s moves the data of SQLite over to etcd when it is told to.
  if (configuration.isOn('cluster-init')) record.datastore = 'etcd';
  return cluster;
}

function checkJoin(cluster: K3sCluster, configuration: K3sConfiguration, version: string, url: string): void {
  const { record } = cluster;
  if (record.datastore !== 'etcd') {
    throw new JoinRefused(`server ${url} does not use embedded etcd; other servers cannot join it`);
  }
  if (Math.abs(minorOf(record.version) - minorOf(version)) > MOST_SERVER_SKEW) {
    throw new JoinRefused(`${version} cannot join a cluster of ${record.version}`);
  }
  const own: Readonly<Record<string, unknown>> = { ...clusterSettings(configuration) };
  const differing = Object.entries(record.settings)
    .filter(([key, value]) => JSON.stringify(own[key]) !== JSON.stringify(value))
    .map(([key]) => key);
  if (differing.length === 0) return;
  throw new JoinRefused(`critical configuration value mismatch between servers: ${differing.join(', ')}`);
}

function clusterSettings(configuration: K3sConfiguration): ClusterSettings {
  const serviceCidr = configuration.list('service-cidr')[0] ?? '10.43.0.0/16';
  return {
    'cluster-cidr': configuration.list('cluster-cidr')[0] ?? '10.42.0.0/16',
    'service-cidr': serviceCidr,
    'cluster-dns': configuration.list('cluster-dns')[0] ?? '',
    'cluster-domain': configuration.text('cluster-domain') ?? 'cluster.local',
    'flannel-backend': configuration.text('flannel-backend') ?? 'vxlan',
    'secrets-encryption': configuration.isOn('secrets-encryption'),
    'embedded-registry': configuration.isOn('embedded-registry'),
    disable: [...configuration.list('disable')].sort(),
  };
}
