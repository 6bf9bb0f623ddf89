/** `k3s server`: forms a cluster, joins one, or comes back to the one on its disk. */
import { once } from 'node:events';
import { putFile } from '../disk/root-files.js';
import type { CommandCall } from '../shell/guest-command.js';
import type { ClusterSettings, K3sCluster } from './cluster.js';
import type { K3sConfiguration } from './configuration.js';
import { K3sFatal, logLine } from './fatal.js';
import { findOrFormCluster, SERVER_DATA } from './membership.js';
import { nodeIdentity, presentNodePassword, runKubelet, type NodeIdentity } from './node.js';
import { formatToken } from './token.js';

const KUBECONFIG = '/etc/rancher/k3s/k3s.yaml';
const KUBECONFIG_MODE = '0600';
const API_PORT = 6_443;
const NAMES = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'localhost', '127.0.0.1', '::1'];

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
  const cluster = await findOrFormCluster(configuration, node, call.system);
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
    signal.throwIfAborted();
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
    putFile(disk, `${SERVER_DATA}/${name}`, token, { mode: 0o600 });
}
