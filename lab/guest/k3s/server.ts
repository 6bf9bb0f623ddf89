/** `k3s server`: forms a cluster, joins one, or comes back to the one on its disk. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { putFile, readText } from '../disk/root-files.js';
import type { CommandCall } from '../shell/guest-command.js';
import type { ClusterSettings, K3sCluster } from './cluster.js';
import type { K3sConfiguration } from './configuration.js';
import { K3sFatal, logLine } from './fatal.js';
import { configuredToken, findCluster, JoinRefused } from './join.js';
import { nodeIdentity, presentNodePassword, runKubelet, type NodeIdentity } from './node.js';
import { formatToken, parseToken } from './token.js';
import { minorOf } from './version.js';

const DATA = '/var/lib/rancher/k3s/server';
/** Stands for the datastore: names the cluster whose data the disk holds. */
const DATASTORE = `${DATA}/db/cluster-id`;
const KUBECONFIG = '/etc/rancher/k3s/k3s.yaml';
const KUBECONFIG_MODE = '0600';
const API_PORT = 6_443;
const NAMES = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'localhost', '127.0.0.1', '::1'];
const MOST_SERVER_SKEW = 1;

/** Runs until the signal is aborted. @throws K3sFatal */
export async function runServer(
  configuration: K3sConfiguration,
  version: string,
  call: CommandCall,
): Promise<void> {
  const { system, signal, service } = call;
  const log = (message: string): void => service?.log(logLine('info', message));
  if (configuration.text('datastore-endpoint') !== undefined) {
    throw new K3sFatal(
      'starting kubernetes: preparing server: building kine: dial tcp: connect: connection refused',
    );
  }
  const node = nodeIdentity(configuration, system, version);
  log(`Starting k3s ${version}`);
  const cluster = await findOrForm(configuration, node, call);
  const { record, plane } = cluster;
  const isLearner = record.members[node.name]?.isVoter === false;
  await system.latency.wait('guest.k3s-server-start', system.machine.name, signal);

  const closers: (() => void)[] = [];
  try {
    cluster.memberUp(node.name);
    closers.push(() => cluster.memberDown(node.name));
    if (record.datastore === 'etcd' && !cluster.hasQuorum()) {
      log('Waiting for etcd server to become available');
      await cluster.whenQuorum(signal);
    }
    await system.clusters.refresh(cluster);
    if (!presentNodePassword(system, cluster, node)) {
      throw new K3sFatal(
        `Node password rejected, duplicate hostname or contents of '/etc/rancher/node/password' may not match`,
      );
    }
    const register = (etcd: 'learner' | 'voter'): void => {
      const usesEtcd = record.datastore === 'etcd';
      const roles = ['control-plane', ...(usesEtcd ? ['etcd'] : [])];
      runKubelet(system, cluster, { node, roles, ...(usesEtcd ? { etcd } : {}) }, signal);
    };
    closers.push(() => cluster.silent(node.name));
    if (isLearner) {
      register('learner');
      log('Adding member as learner; waiting for promotion');
      await system.latency.wait('guest.etcd-promote', system.machine.name, signal);
      cluster.promote(node.name);
      plane.setEtcdVoter(node.name, true);
    }
    await writeCredentials(configuration, cluster, call);
    const port = Number(configuration.text('https-listen-port') ?? API_PORT);
    closers.push(system.listen(port, plane.serve(alternativeNames(configuration, node, record.settings))));
    closers.push(system.clusters.announce([...system.interfaces.addresses()], port, cluster));
    if (!isLearner) register('voter');
    log('k3s is up and running');
    service?.ready();
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    for (const close of closers.toReversed()) close();
  }
}

async function findOrForm(
  configuration: K3sConfiguration,
  node: NodeIdentity,
  call: CommandCall,
): Promise<K3sCluster> {
  const { system } = call;
  const { diskId } = system.machine;
  const token = configuredToken(configuration, system);
  const id = readText(system.disk, DATASTORE)?.trim();
  const known = id === undefined ? undefined : await system.clusters.find(id);
  if (known !== undefined) return comeBack(known, { configuration, node, diskId, token });

  const url = configuration.text('server');
  const cluster =
    url === undefined ? await form(configuration, node, token) : join(configuration, node, { url, token });
  if (url === undefined) cluster.addMember(node.name, diskId, true);
  else cluster.addMember(node.name, diskId, false);
  // Written at once: from here on the datastore of this disk is a member.
  putFile(system.disk, DATASTORE, `${cluster.record.id}\n`, { mode: 0o600 });
  return cluster;

  function form(
    settings: K3sConfiguration,
    { version }: NodeIdentity,
    given: string | undefined,
  ): Promise<K3sCluster> {
    return system.clusters.create({
      version,
      password: given === undefined ? randomBytes(16).toString('hex') : parseToken(given).password,
      agentPassword: settings.text('agent-token') ?? null,
      datastore: settings.isOn('cluster-init') ? 'etcd' : 'sqlite',
      settings: clusterSettings(settings),
    });
  }

  function join(
    settings: K3sConfiguration,
    { version }: NodeIdentity,
    to: { url: string; token: string | undefined },
  ): K3sCluster {
    if (to.token === undefined) throw new K3sFatal('--token is required');
    try {
      const found = findCluster(system, to.url, to.token, 'server');
      checkJoin(found, settings, version, to.url);
      return found;
    } catch (error) {
      if (!(error instanceof JoinRefused)) throw error;
      throw new K3sFatal(
        `starting kubernetes: preparing server: failed to validate server configuration: ${error.message}`,
      );
    }
  }
}

interface ComingBack {
  readonly configuration: K3sConfiguration;
  readonly node: NodeIdentity;
  readonly diskId: string;
  readonly token: string | undefined;
}

function comeBack(cluster: K3sCluster, { configuration, node, diskId, token }: ComingBack): K3sCluster {
  const { record } = cluster;
  if (!cluster.isMember(node.name, diskId)) {
    throw new K3sFatal(
      'starting kubernetes: preparing server: start managed database: this server has been removed from the cluster; ' +
        `delete ${DATA}/db to rejoin`,
    );
  }
  if (token !== undefined && parseToken(token).password !== record.password) {
    throw new K3sFatal(
      'starting kubernetes: preparing server: bootstrap data already found and encrypted with different token',
    );
  }
  record.version = node.version;
  // K3s moves the data of SQLite over to etcd when it is told to.
  if (configuration.isOn('cluster-init')) record.datastore = 'etcd';
  return cluster;
}

function checkJoin(cluster: K3sCluster, configuration: K3sConfiguration, version: string, url: string): void {
  const { record } = cluster;
  const prefix = 'starting kubernetes: preparing server: failed to validate server configuration:';
  if (record.datastore !== 'etcd') {
    throw new K3sFatal(`${prefix} server ${url} does not use embedded etcd; other servers cannot join it`);
  }
  if (Math.abs(minorOf(record.version) - minorOf(version)) > MOST_SERVER_SKEW) {
    throw new K3sFatal(`${prefix} ${version} cannot join a cluster of ${record.version}`);
  }
  const own: Readonly<Record<string, unknown>> = { ...clusterSettings(configuration) };
  const differing = Object.entries(record.settings)
    .filter(([key, value]) => JSON.stringify(own[key]) !== JSON.stringify(value))
    .map(([key]) => key);
  if (differing.length === 0) return;
  throw new K3sFatal(
    `${prefix} critical configuration value mismatch between servers: ${differing.join(', ')}`,
  );
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

function alternativeNames(
  configuration: K3sConfiguration,
  node: NodeIdentity,
  settings: ClusterSettings,
): string[] {
  const firstService = settings['service-cidr'].replace(/\.\d+\/\d+$/, '.1');
  const own = [
    node.name,
    node.address,
    configuration.text('advertise-address') ?? node.address,
    firstService,
  ];
  const qualified = `kubernetes.default.svc.${settings['cluster-domain']}`;
  return [...new Set([...NAMES, qualified, ...own, ...configuration.list('tls-san')])];
}

async function writeCredentials(
  configuration: K3sConfiguration,
  cluster: K3sCluster,
  { system }: CommandCall,
): Promise<void> {
  const { disk } = system;
  const port = configuration.text('https-listen-port') ?? String(API_PORT);
  const mode = Number.parseInt(configuration.text('write-kubeconfig-mode') ?? KUBECONFIG_MODE, 8);
  if (Number.isNaN(mode)) throw new K3sFatal('invalid --write-kubeconfig-mode');
  const kubeconfig = await cluster.plane.adminKubeconfig(`https://127.0.0.1:${port}`);
  putFile(disk, configuration.text('write-kubeconfig') ?? KUBECONFIG, kubeconfig, { mode });
  const token = `${formatToken(cluster.plane.caHash, cluster.record.password)}\n`;
  for (const name of ['token', 'node-token', 'agent-token'])
    putFile(disk, `${DATA}/${name}`, token, { mode: 0o600 });
}
