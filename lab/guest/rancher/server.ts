/** `k3s server` and `rke2 server`: forms a cluster, joins one, or comes back to the one on its disk. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { putFile, removeAll } from '../disk/root-files.js';
import { openGateway } from '../etcd/gateway.js';
import { registryObjects } from '../etcd/registry-keys.js';
import type { CommandCall } from '../shell/guest-command.js';
import type { GuestSystem } from '../system.js';
import { ensureCertificates } from './certificates.js';
import type { ClusterSettings, RancherCluster } from './cluster.js';
import type { RancherConfiguration } from './configuration.js';
import type { RancherProgram } from './distribution.js';
import { deployManifests } from './auto-deploy.js';
import { RancherFatal, logLine } from './fatal.js';
import { whenImagesAreThere } from './images.js';
import { runKubeVip } from './kube-vip.js';
import { resetCluster } from './cluster-reset.js';
import { findOrFormCluster } from './membership.js';
import { nodeIdentity, presentNodePassword, runKubelet, type NodeIdentity } from './node.js';
import { supervisor } from './supervisor.js';
import { formatToken } from './token.js';

const KUBECONFIG_MODE = '0600';
const ETCD_HTTP_PORT = 2_382;
const NAMES = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'localhost', '127.0.0.1', '::1'];

/** Runs until the signal is aborted. @throws RancherFatal */
export async function runServer(program: RancherProgram, call: CommandCall): Promise<void> {
  const { distribution, configuration, version } = program;
  const { system, signal, service } = call;
  const log = (message: string): void => service?.log(logLine('info', message));
  if (configuration.isOn('cluster-reset')) return resetCluster(program, call);
  const node = nodeIdentity(configuration, system, version);
  log(`Starting ${distribution.program} ${version}`);
  // A start without the flag ends what a reset began.
  removeAll(system.disk, `${distribution.dataFolder}/server/db/reset-flag`);
  await whenImagesAreThere(distribution, call);
  const cluster = await findOrFormCluster(program, node, system);
  const { record, plane } = cluster;
  const isLearner = record.members[node.name]?.isVoter === false;
  await system.latency.wait(distribution.startsIn.server, system.machine.name, signal);

  const closers: (() => void)[] = [];
  try {
    cluster.etcd.up(node.name);
    closers.push(() => cluster.etcd.down(node.name));
    if (record.datastore === 'etcd') closers.push(await openEtcd(program, { cluster, node, system }));
    if (record.datastore === 'etcd' && !cluster.hasQuorum()) {
      log('Waiting for etcd server to become available');
      await cluster.etcd.whenQuorum(signal);
    }
    await system.clusters.refresh(cluster);
    if (!presentNodePassword(system, cluster, node)) {
      throw new RancherFatal(
        `Node password rejected, duplicate hostname or contents of '/etc/rancher/node/password' may not match`,
      );
    }
    const register = (etcd: 'learner' | 'voter'): void => {
      const usesEtcd = record.datastore === 'etcd';
      const roles = ['control-plane', ...(usesEtcd ? ['etcd'] : [])];
      runKubelet(system, cluster, { node, roles, ...(usesEtcd ? { etcd } : {}) }, signal);
    };
    closers.push(() => cluster.silence.begin(node.name));
    if (isLearner) {
      register('learner');
      log('Adding member as learner; waiting for promotion');
      await system.latency.wait('guest.etcd-promote', system.machine.name, signal);
      cluster.etcd.promote(node.name);
      plane.setEtcdVoter(node.name, true);
    }
    await writeCredentials(program, { cluster, node, system }, call);
    signal.throwIfAborted();
    closers.push(...openPorts(program, { cluster, node, system }));
    if (!isLearner) register('voter');
    log(`${distribution.program} is up and running`);
    service?.ready();
    if (!signal.aborted) await runPods(program, { cluster, node, system }, call);
  } finally {
    for (const close of closers.toReversed()) close();
  }
}

/** What is deployed by the server itself, and what of it reaches beyond its pods; until the server is stopped. */
async function runPods(
  program: RancherProgram,
  { cluster, node }: Serving,
  call: CommandCall,
): Promise<void> {
  const { signal } = call;
  const kubeconfig = await cluster.plane.adminKubeconfig(`https://127.0.0.1:${apiPortOf(program)}`);
  try {
    await deployManifests(`${program.distribution.dataFolder}/server/manifests`, kubeconfig, call);
    await runKubeVip(call, cluster, node.name);
    await Promise.race([once(signal, 'abort'), whenRemoved(cluster, node)]);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** @throws RancherFatal when the member is removed; it does not return otherwise. */
function whenRemoved({ etcd }: RancherCluster, { name }: NodeIdentity): Promise<never> {
  return new Promise((_resolve, reject) => {
    etcd.api.onRemoved(name, () =>
      reject(new RancherFatal('etcd: the member has been permanently removed from the cluster')),
    );
  });
}

/** gRPC and HTTP have each a port of their own. */
async function openEtcd(
  { distribution }: RancherProgram,
  { cluster, node, system }: Serving,
): Promise<() => void> {
  const folder = `${distribution.dataFolder}/server/tls/etcd`;
  return openGateway(system, {
    etcd: cluster.etcd.api,
    snapshot: () => cluster.snapshot(),
    keys: () => [...registryObjects(cluster.plane.snapshot().content).keys()],
    node: node.name,
    authority: await cluster.etcdAuthority(),
    files: {
      authority: `${folder}/server-ca.crt`,
      certificate: `${folder}/client.crt`,
      key: `${folder}/client.key`,
    },
    httpPort: ETCD_HTTP_PORT,
  });
}

interface Serving {
  readonly cluster: RancherCluster;
  readonly node: NodeIdentity;
  readonly system: GuestSystem;
}

/** The supervisor and the API, each at its port, or both at one. @returns functions that close them. */
function openPorts(program: RancherProgram, { cluster, node, system }: Serving): (() => void)[] {
  const { distribution, configuration } = program;
  const names = alternativeNames(configuration, node, cluster.record.settings);
  const apiPort = apiPortOf(program);
  const isShared = distribution.supervisorPort === distribution.apiPort;
  const open = (port: number, isSupervisor: boolean): (() => void)[] => {
    const handler = cluster.plane.serve(names, isSupervisor ? supervisor(cluster) : undefined);
    const addresses = system.interfaces.addresses();
    return [
      system.listen(port, handler),
      system.clusters.servers.announce(addresses, port, { cluster, isSupervisor, names }),
    ];
  };
  return isShared
    ? open(apiPort, true)
    : [...open(apiPort, false), ...open(distribution.supervisorPort, true)];
}

function apiPortOf({ distribution, configuration }: RancherProgram): number {
  return Number(configuration.text('https-listen-port') ?? distribution.apiPort);
}

function alternativeNames(
  configuration: RancherConfiguration,
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
  program: RancherProgram,
  { cluster, node }: Serving,
  { system }: CommandCall,
): Promise<void> {
  const { disk } = system;
  const { distribution, configuration } = program;
  const mode = Number.parseInt(configuration.text('write-kubeconfig-mode') ?? KUBECONFIG_MODE, 8);
  if (Number.isNaN(mode)) throw new RancherFatal('invalid --write-kubeconfig-mode');
  const names = alternativeNames(configuration, node, cluster.record.settings);
  const admin = await ensureCertificates(distribution, cluster.plane, { disk, role: 'server', names });
  const url = `https://127.0.0.1:${apiPortOf(program)}`;
  const kubeconfig = await cluster.plane.adminKubeconfig(url, admin);
  const path = `${distribution.configFolder}/${distribution.program}.yaml`;
  putFile(disk, configuration.text('write-kubeconfig') ?? path, kubeconfig, { mode });
  const token = `${formatToken(cluster.plane.caHash, cluster.record.password)}\n`;
  if (cluster.record.settings['secrets-encryption'])
    putFile(disk, `${distribution.dataFolder}/server/cred/encryption-config.json`, encryptionOf(cluster), {
      mode: 0o600,
    });
  for (const name of ['token', 'node-token', 'agent-token'])
    putFile(disk, `${distribution.dataFolder}/server/${name}`, token, { mode: 0o600 });
}

/** One key for all servers, as they find it in the datastore. */
function encryptionOf({ record: { id } }: RancherCluster): string {
  const secret = createHash('sha256').update(`encryption of ${id}`).digest('base64');
  const providers = [{ aescbc: { keys: [{ name: 'aescbckey', secret }] } }, { identity: {} }];
  return JSON.stringify({
    kind: 'EncryptionConfiguration',
    apiVersion: 'apiserver.config.k8s.io/v1',
    resources: [{ resources: ['secrets'], providers }],
  });
}
