/** `kubeadm init`, and those of its phases that are run alone. */
import { stringify } from 'yaml';
import { isThere, putFile, readText } from '../disk/root-files.js';
import type { CommandCall } from '../shell/guest-command.js';
import { installAddons } from './addons.js';
import { Administrator, LOOK_EVERY_MS, LOOKS, plainKubeconfig } from './admin.js';
import { ensureAuthorities } from './authorities.js';
import type { KubeadmCluster } from './cluster.js';
import {
  controlPlaneTaints,
  markControlPlane,
  openForJoins,
  uploadConfiguration,
} from './cluster-objects.js';
import type { ClusterConfiguration, Documents, InitConfiguration } from './documents.js';
import { KubeadmFailure, phaseFailure } from './failure.js';
import {
  ADMIN_CONF,
  ADMINISTRATORS,
  ETCD_DATA,
  fileText,
  KUBELET_CONF,
  KUBELET_CONFIG,
  minorOf,
  nodeName,
  PKI,
  splitEndpoint,
  SUPER_ADMIN_CONF,
  SUPER_ADMIN_SINCE,
  versionOf,
} from './host.js';
import { writeKubeletFlags } from './kubelet-flags.js';
import { preflight } from './preflight.js';
import { uploadCertificates } from './shared-certificates.js';
import { writeComponents, writeEtcd } from './static-pods.js';

export interface InitOptions {
  readonly skipped: readonly string[];
  readonly uploadsCertificates: boolean;
}

interface Settings {
  readonly init: InitConfiguration;
  readonly cluster: ClusterConfiguration;
  readonly kubelet: Readonly<Record<string, unknown>>;
  readonly node: string;
  readonly address: string;
  readonly endpoint: string;
  readonly version: string;
}

/** Of what a configuration leaves out. */
export const DEFAULTS = {
  serviceSubnet: '10.96.0.0/12',
  dnsDomain: 'cluster.local',
  imageRepository: 'registry.k8s.io',
};

/** @throws KubeadmFailure */
export async function init(call: CommandCall, documents: Documents, options: InitOptions): Promise<void> {
  const { system } = call;
  const settings = settingsOf(call, documents);
  if (!options.skipped.includes('preflight')) preflight(system, 'init');
  const cluster = await ensureCluster(call, settings);
  await writeMachineFiles(call, settings, cluster);
  await call.script('systemctl restart kubelet');
  const admin = Administrator.of(call, ADMIN_CONF);
  await admin.waitForApi();
  if (minorOf(settings.version) >= SUPER_ADMIN_SINCE) await bindAdministrators(admin);
  await untilRegistered(call, cluster, settings.node);
  await uploadConfiguration(
    admin,
    { ...settings.cluster, kubernetesVersion: settings.version },
    settings.kubelet,
  );
  if (options.uploadsCertificates)
    await uploadCertificates(admin, system.disk, certificateKey(settings.init));
  await markControlPlane(admin, settings.node, settings.init.nodeRegistration ?? {});
  await openForJoins(
    admin,
    settings.init,
    `https://${settings.endpoint}`,
    fileText(system.disk, `${PKI}/ca.crt`),
  );
  const { networking = {}, imageRepository = DEFAULTS.imageRepository } = settings.cluster;
  await installAddons(admin, {
    ...{ version: settings.version, imageRepository },
    serviceCidr: networking.serviceSubnet ?? DEFAULTS.serviceSubnet,
    dnsDomain: networking.dnsDomain ?? DEFAULTS.dnsDomain,
  });
}

/** Done with the kubeconfig that needs no binding. */
async function bindAdministrators(admin: Administrator): Promise<void> {
  const group = 'rbac.authorization.k8s.io';
  await admin.put('clusterrolebindings', {
    apiVersion: `${group}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: ADMINISTRATORS },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: group, kind: 'Group', name: ADMINISTRATORS }],
  });
}

/** `kubeadm init phase bootstrap-token` @throws KubeadmFailure */
export async function initBootstrapToken(
  call: CommandCall,
  documents: Documents,
  kubeconfig: string,
): Promise<void> {
  const { init: configuration, endpoint } = settingsOf(call, documents);
  const authority = fileText(call.system.disk, `${PKI}/ca.crt`);
  await openForJoins(Administrator.of(call, kubeconfig), configuration, `https://${endpoint}`, authority);
}

/** `kubeadm init phase upload-certs` @throws KubeadmFailure */
export async function initUploadCertificates(
  call: CommandCall,
  documents: Documents,
  kubeconfig: string,
): Promise<void> {
  const { init: configuration } = settingsOf(call, documents);
  await uploadCertificates(
    Administrator.of(call, kubeconfig),
    call.system.disk,
    certificateKey(configuration),
  );
}

function settingsOf(
  { system }: CommandCall,
  { init: given, cluster = {}, kubelet = {} }: Documents,
): Settings {
  const configuration = given ?? {};
  const address = configuration.localAPIEndpoint?.advertiseAddress ?? system.interfaces.mainAddress() ?? '';
  if (!system.interfaces.addresses().includes(address))
    throw new KubeadmFailure(
      `couldn't use "${address}" as "apiserver-advertise-address", must be ipv4 or ipv6 address`,
    );
  const own = versionOf(system.disk, 'kubeadm');
  const version = cluster.kubernetesVersion ?? own;
  if (minorOf(version) > minorOf(own))
    throw new KubeadmFailure(
      `the requested Kubernetes version ${version} is newer than this version of kubeadm, ${own}`,
    );
  if (minorOf(version) < minorOf(own) - 1)
    throw new KubeadmFailure(
      `this version of kubeadm only supports deploying clusters with the control plane version >= 1.${minorOf(own) - 1}.0. Current version: ${version}`,
    );
  return {
    ...{ init: configuration, cluster, kubelet, address, version },
    node: nodeName(system, configuration.nodeRegistration?.name),
    endpoint: cluster.controlPlaneEndpoint ?? `${address}:6443`,
  };
}

/** The cluster whose data the disk holds, or a new one under the authority that is there. */
async function ensureCluster(call: CommandCall, settings: Settings): Promise<KubeadmCluster> {
  const { disk, kubeadmClusters } = call.system;
  const authority = await ensureAuthorities(disk);
  const id = readText(disk, ETCD_DATA)?.trim();
  const known = id === undefined ? undefined : await kubeadmClusters.find(id);
  if (known !== undefined) return known;
  const { networking = {}, apiServer = {} } = settings.cluster;
  return kubeadmClusters.create({
    ...{ authority, version: settings.version, endpoint: settings.endpoint },
    podCidr: networking.podSubnet ?? '10.244.0.0/16',
    serviceCidr: networking.serviceSubnet ?? DEFAULTS.serviceSubnet,
    dnsDomain: networking.dnsDomain ?? DEFAULTS.dnsDomain,
    certSans: [...(apiServer.certSANs ?? []), splitEndpoint(settings.endpoint).host],
  });
}

async function writeMachineFiles(
  { system }: CommandCall,
  settings: Settings,
  cluster: KubeadmCluster,
): Promise<void> {
  const { disk, machine } = system;
  const { node, address, endpoint } = settings;
  const { certificate } = cluster.record.authority;
  const server = `https://${endpoint}`;
  const registration = settings.init.nodeRegistration ?? {};
  if (!isThere(disk, ADMIN_CONF))
    putFile(disk, ADMIN_CONF, await cluster.plane.adminKubeconfig(server), { mode: 0o600 });
  if (minorOf(settings.version) >= SUPER_ADMIN_SINCE && !isThere(disk, SUPER_ADMIN_CONF))
    putFile(disk, SUPER_ADMIN_CONF, await cluster.plane.adminKubeconfig(server), { mode: 0o600 });
  putFile(disk, KUBELET_CONF, plainKubeconfig(server, certificate), { mode: 0o600 });
  putFile(disk, KUBELET_CONFIG, stringify({ cgroupDriver: 'systemd', ...settings.kubelet }));
  writeKubeletFlags(system, registration, controlPlaneTaints(registration));
  writeComponents(disk, settings.cluster, { address, version: settings.version });
  cluster.etcd.admit(node, machine.diskId, true);
  writeEtcd(disk, node, address);
  putFile(disk, ETCD_DATA, `${cluster.record.id}\n`, { mode: 0o600 });
}

/** @throws KubeadmFailure */
export async function untilRegistered(
  call: CommandCall,
  { plane }: KubeadmCluster,
  node: string,
): Promise<void> {
  for (let look = 0; look < LOOKS; look += 1) {
    if (plane.nodeNames().includes(node)) return;
    await call.system.pause(LOOK_EVERY_MS, call.signal, 25);
  }
  throw phaseFailure('kubelet-start', `nodes "${node}" not found`);
}

function certificateKey({ certificateKey: key }: InitConfiguration): string {
  if (key === undefined || key === '') throw new KubeadmFailure('no certificate key is given');
  return key;
}
