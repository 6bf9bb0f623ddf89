/** `kubeadm join`: a worker, or one more machine of the control plane. */
import { parse } from 'yaml';
import { putFile, removeAll } from '../disk/root-files.js';
import type { CommandCall } from '../shell/guest-command.js';
import { Administrator, plainKubeconfig } from './admin.js';
import { requireShared } from './authorities.js';
import { findToken, isExpired, splitToken } from './bootstrap-tokens.js';
import { publicKeyHash, type KubeadmCluster } from './cluster.js';
import { controlPlaneTaints, markControlPlane } from './cluster-objects.js';
import type { ClusterConfiguration, Documents, JoinConfiguration } from './documents.js';
import { KubeadmFailure, phaseFailure } from './failure.js';
import {
  ADMIN_CONF,
  BOOTSTRAP_CONF,
  ETCD_DATA,
  KUBELET_CONF,
  KUBELET_CONFIG,
  minorOf,
  nodeName,
  PKI,
  splitEndpoint,
  versionOf,
} from './host.js';
import { untilRegistered } from './init.js';
import { writeKubeletFlags } from './kubelet-flags.js';
import { preflight } from './preflight.js';
import { downloadCertificates } from './shared-certificates.js';
import { writeComponents, writeEtcd } from './static-pods.js';

const LOOK_EVERY_MS = 5_000;
/** Five minutes: the time that kubeadm gives to discovery. */
const LOOKS = 60;
const AT_LEAST_MS = 25;
const PROMOTION_LOOK_EVERY_MS = 500;
/** Two minutes: the time that kubeadm gives to calls of etcd. */
const PROMOTION_LOOKS = 240;

/** @throws KubeadmFailure */
export async function join(
  call: CommandCall,
  documents: Documents,
  skipped: readonly string[],
): Promise<void> {
  const { system } = call;
  const configuration = documents.join;
  if (configuration === undefined)
    throw new KubeadmFailure('no JoinConfiguration found in the configuration');
  const isControlPlane = configuration.controlPlane !== undefined;
  const isFresh = !skipped.includes('preflight');
  if (isFresh) preflight(system, isControlPlane ? 'join-control-plane' : 'join-worker');
  const cluster = await discover(call, configuration);
  const admin = new Administrator(
    call,
    await cluster.plane.adminKubeconfig(`https://${cluster.record.endpoint}`),
  );
  await checkToken(admin, configuration);
  checkVersion(call, cluster);
  const node = nodeName(system, configuration.nodeRegistration?.name);
  if (isControlPlane) await prepareControlPlane(call, configuration, cluster, admin);
  if (!skipped.includes('kubelet-start')) await startKubelet(call, configuration, cluster, node);
  if (isControlPlane) await joinEtcd(call, configuration, cluster, node);
  await call.script('systemctl restart kubelet');
  await untilRegistered(call, cluster, node);
  if (!isControlPlane) return;
  await Administrator.of(call, ADMIN_CONF).waitForApi();
  await promote(call, cluster, node);
  await markControlPlane(admin, node, configuration.nodeRegistration ?? {});
}

/** Waits for somebody to answer at the endpoint, and makes sure who it is. */
async function discover(call: CommandCall, { discovery }: JoinConfiguration): Promise<KubeadmCluster> {
  const { apiServerEndpoint = '', caCertHashes = [] } = discovery?.bootstrapToken ?? {};
  const { host, port } = splitEndpoint(apiServerEndpoint);
  const unidentified = (reason: string): KubeadmFailure =>
    phaseFailure('preflight', `couldn't validate the identity of the API Server: ${reason}`);
  if (caCertHashes.length === 0)
    throw new KubeadmFailure(
      '[discovery.bootstrapToken.caCertHashes: Invalid value: "": using token-based discovery without caCertHashes can be unsafe. Set unsafeSkipCAVerification as true in your kubeadm config file or pass --discovery-token-unsafe-skip-ca-verification flag to continue]',
    );
  for (let look = 0; look < LOOKS; look += 1) {
    const cluster = call.system.kubeadmClusters.apiServers.behind(call.system.trace(host, port));
    if (cluster !== undefined && cluster.etcd.hasQuorum()) {
      const hash = publicKeyHash(cluster.record.authority.certificate);
      if (caCertHashes.includes(hash)) return cluster;
      throw unidentified(
        `cluster CA found in cluster-info ConfigMap is invalid: none of the public keys "${hash}" are pinned`,
      );
    }
    await call.system.pause(LOOK_EVERY_MS, call.signal, AT_LEAST_MS);
  }
  const url = `https://${apiServerEndpoint}/api/v1/namespaces/kube-public/configmaps/cluster-info?timeout=10s`;
  throw unidentified(
    `failed to request the cluster-info ConfigMap: Get "${url}": dial tcp ${apiServerEndpoint}: connect: connection refused`,
  );
}

async function checkToken(admin: Administrator, { discovery }: JoinConfiguration): Promise<void> {
  const { id, secret } = splitToken(discovery?.bootstrapToken?.token ?? '');
  const known = await findToken(admin, id);
  const unidentified = "couldn't validate the identity of the API Server:";
  if (known === undefined || isExpired(known) || !known.usages.includes('signing')) {
    throw phaseFailure(
      'preflight',
      `${unidentified} could not find a JWS signature in the cluster-info ConfigMap for token ID "${id}"`,
    );
  }
  if (known.secret !== secret) {
    throw phaseFailure(
      'preflight',
      `${unidentified} failed to verify JWS signature of received cluster info object, can't trust this API Server`,
    );
  }
}

function checkVersion({ system }: CommandCall, { record }: KubeadmCluster): void {
  const own = versionOf(system.disk, 'kubelet');
  if (minorOf(own) <= minorOf(record.version)) return;
  throw phaseFailure(
    'preflight',
    `[preflight] Some fatal errors occurred:\n\t[ERROR KubeletVersion]: the kubelet version is higher than the control plane version. This is not a supported version skew and may lead to a malfunctional cluster. Kubelet version: "${own.slice(1)}" Control plane version: "${record.version.slice(1)}"`,
  );
}

async function prepareControlPlane(
  { system }: CommandCall,
  { controlPlane = {} }: JoinConfiguration,
  cluster: KubeadmCluster,
  admin: Administrator,
): Promise<void> {
  const { disk } = system;
  if (controlPlane.certificateKey === undefined) requireShared(disk);
  else await downloadCertificates(admin, disk, controlPlane.certificateKey);
  const found = await admin.find('/api/v1/namespaces/kube-system/configmaps/kubeadm-config');
  const settings = parse(found?.data?.['ClusterConfiguration'] ?? '{}') as ClusterConfiguration;
  const address = controlPlane.localAPIEndpoint?.advertiseAddress ?? system.interfaces.mainAddress() ?? '';
  if (!system.interfaces.addresses().includes(address))
    throw phaseFailure(
      'control-plane-prepare',
      `cannot use "${address}" as the bind address for the API Server`,
    );
  const version = settings.kubernetesVersion ?? cluster.record.version;
  writeComponents(disk, settings, { address, version });
  putFile(disk, ADMIN_CONF, await cluster.plane.adminKubeconfig(`https://${cluster.record.endpoint}`), {
    mode: 0o600,
  });
}

/** The API signs a certificate for whoever shows the token. */
async function startKubelet(
  call: CommandCall,
  configuration: JoinConfiguration,
  cluster: KubeadmCluster,
  node: string,
): Promise<void> {
  const { system, signal } = call;
  const { disk } = system;
  const isControlPlane = configuration.controlPlane !== undefined;
  if (cluster.plane.nodeNames().includes(node) && cluster.plane.isNodeReady(node)) {
    throw phaseFailure(
      'kubelet-start',
      `a Node with name "${node}" and status "Ready" already exists in the cluster. You must delete the existing Node or change the name of this new joining Node`,
    );
  }
  const { authority, endpoint } = cluster.record;
  const kubeconfig = plainKubeconfig(`https://${endpoint}`, authority.certificate);
  putFile(disk, BOOTSTRAP_CONF, kubeconfig, { mode: 0o600 });
  putFile(disk, `${PKI}/ca.crt`, authority.certificate);
  putFile(disk, KUBELET_CONFIG, 'cgroupDriver: systemd\n');
  const registration = configuration.nodeRegistration ?? {};
  writeKubeletFlags(
    system,
    registration,
    isControlPlane ? controlPlaneTaints(registration) : registration.taints,
  );
  await system.latency.wait('guest.kubelet-join', system.machine.name, signal);
  signal.throwIfAborted();
  putFile(disk, KUBELET_CONF, kubeconfig, { mode: 0o600 });
  removeAll(disk, BOOTSTRAP_CONF);
}

/** One machine after the other: each waits until there is no other learner. */
async function joinEtcd(
  { system, signal }: CommandCall,
  { controlPlane = {} }: JoinConfiguration,
  { etcd, record }: KubeadmCluster,
  node: string,
): Promise<void> {
  const { disk, machine } = system;
  for (let look = 0; ; look += 1) {
    const admission = etcd.admit(node, machine.diskId, false);
    if (admission === 'admitted') break;
    const reason =
      admission === 'name-taken' ? 'Peer URLs already exists' : 'too many learner members in cluster';
    if (look >= LOOKS)
      throw phaseFailure(
        'control-plane-join/etcd',
        `error creating local etcd static pod manifest file: etcdserver: ${reason}`,
      );
    await system.pause(LOOK_EVERY_MS, signal, AT_LEAST_MS);
  }
  writeEtcd(disk, node, controlPlane.localAPIEndpoint?.advertiseAddress ?? '');
  putFile(disk, ETCD_DATA, `${record.id}\n`, { mode: 0o600 });
}

/** A learner that does not run has nothing of the leader's data, and etcd promotes none that is behind. */
async function promote(
  { system, signal }: CommandCall,
  { etcd }: KubeadmCluster,
  node: string,
): Promise<void> {
  if (etcd.of(node)?.isVoter === true) return;
  for (let look = 0; !etcd.isRunning(node); look += 1) {
    if (look >= PROMOTION_LOOKS)
      throw phaseFailure(
        'control-plane-join/etcd',
        'etcdserver: can only promote a learner member which is in sync with leader',
      );
    await system.pause(PROMOTION_LOOK_EVERY_MS, signal, AT_LEAST_MS);
  }
  await system.latency.wait('guest.etcd-promote', system.machine.name, signal);
  signal.throwIfAborted();
  etcd.promote(node);
}
