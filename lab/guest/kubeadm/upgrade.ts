/** `kubeadm upgrade`: https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-upgrade */
import { parse, stringify } from 'yaml';
import { putFile } from '../disk/root-files.js';
import type { CommandCall } from '../shell/guest-command.js';
import { installAddons } from './addons.js';
import { Administrator, configMap } from './admin.js';
import { clusterBehind } from './cluster-behind.js';
import type { KubeadmCluster } from './cluster.js';
import type { ClusterConfiguration } from './documents.js';
import { KubeadmFailure, phaseFailure } from './failure.js';
import { ADMIN_CONF, fileText, KUBELET_CONF, KUBELET_CONFIG, minorOf, versionOf } from './host.js';
import { DEFAULTS } from './init.js';
import { advertisedAddress, apiServerVersion, writeComponents } from './static-pods.js';
import { upgradeObjection } from './upgrade-policy.js';

const CONFIG_MAPS = '/api/v1/namespaces/kube-system/configmaps';
const NODES = '/api/v1/nodes';
const SERVERS = `${NODES}?labelSelector=node-role.kubernetes.io%2Fcontrol-plane`;

interface Node {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly nodeInfo?: { readonly kubeletVersion?: string };
  };
}

/** Brings the cluster to the version, and the control plane of this machine. @throws KubeadmFailure */
export async function upgradeApply(call: CommandCall, version: string, isConfirmed: boolean): Promise<void> {
  const admin = Administrator.of(call, ADMIN_CONF);
  const configuration = await configurationOf(call, admin);
  await requireReady(admin);
  const objection = upgradeObjection({
    version,
    cluster: configuration.kubernetesVersion ?? '',
    kubeadm: versionOf(call.system.disk, 'kubeadm'),
    kubelets: (await nodesAt(admin, NODES)).map(({ status }) => status?.nodeInfo?.kubeletVersion ?? ''),
  });
  if (objection !== null)
    throw new KubeadmFailure(
      `[upgrade/version] FATAL: the --version argument is invalid due to these fatal errors:\n\n\t- ${objection}\n\nPlease fix the misalignments highlighted above and try upgrading again`,
    );
  if (!isConfirmed)
    throw new KubeadmFailure("won't proceed; the user didn't answer (Y|y) in order to continue");
  const upgraded = { ...configuration, kubernetesVersion: version };
  const cluster = await replaceComponents(call, upgraded, 'apply');
  const data = { ClusterConfiguration: stringify(upgraded) };
  await admin.put('configmaps', configMap('kube-system', 'kubeadm-config', data));
  await call.system.kubeadmClusters.upgraded(cluster, version);
  await writeKubeletSettings(call, admin);
  const { networking = {}, imageRepository = DEFAULTS.imageRepository } = upgraded;
  await installAddons(admin, {
    ...{ version, imageRepository },
    serviceCidr: networking.serviceSubnet ?? DEFAULTS.serviceSubnet,
    dnsDomain: networking.dnsDomain ?? DEFAULTS.dnsDomain,
  });
}

/** Every other machine follows what the cluster's configuration says, whatever kubeadm is there. @throws KubeadmFailure */
export async function upgradeNode(call: CommandCall): Promise<void> {
  fileText(call.system.disk, KUBELET_CONF);
  if (apiServerVersion(call.system.disk) === undefined) {
    const { cluster, server } = behind(call);
    const kubeconfig = await cluster.plane.adminKubeconfig(server);
    return writeKubeletSettings(call, new Administrator(call, kubeconfig));
  }
  const admin = Administrator.of(call, ADMIN_CONF);
  await replaceComponents(call, await configurationOf(call, admin), 'node');
  return writeKubeletSettings(call, admin);
}

async function configurationOf(call: CommandCall, admin: Administrator): Promise<ClusterConfiguration> {
  const found = await admin.find(`${CONFIG_MAPS}/kubeadm-config`);
  if (found === undefined)
    throw new KubeadmFailure('[upgrade/config] FATAL: configmaps "kubeadm-config" not found');
  const configuration = parse(found.data?.['ClusterConfiguration'] ?? '{}') as ClusterConfiguration;
  const oldest = minorOf(versionOf(call.system.disk, 'kubeadm')) - 1;
  const version = configuration.kubernetesVersion ?? '';
  if (minorOf(version) < oldest)
    throw new KubeadmFailure(
      `[upgrade/config] FATAL: this version of kubeadm only supports deploying clusters with the control plane version >= 1.${oldest}.0. Current version: ${version}`,
    );
  return configuration;
}

async function requireReady(admin: Administrator): Promise<void> {
  const away = (await nodesAt(admin, SERVERS)).filter(
    ({ status }) =>
      status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') !== true,
  );
  if (away.length === 0) return;
  const names = away.map(({ metadata }) => metadata.name).join(' ');
  throw phaseFailure(
    'preflight',
    `[preflight] Some fatal errors occurred:\n\t[ERROR ControlPlaneNodesReady]: there are NotReady control-planes in the cluster: [${names}]`,
  );
}

/** The kubelet starts them again as soon as their manifests change. */
async function replaceComponents(
  call: CommandCall,
  configuration: ClusterConfiguration,
  verb: 'apply' | 'node',
): Promise<KubeadmCluster> {
  const { disk, latency, machine } = call.system;
  const { cluster } = behind(call);
  if (apiServerVersion(disk) === undefined)
    throw new KubeadmFailure(
      `[upgrade/${verb}] FATAL: open /etc/kubernetes/manifests/kube-apiserver.yaml: no such file or directory`,
    );
  if ((await call.script('systemctl is-active --quiet kubelet')).code !== 0)
    throw new KubeadmFailure(
      `[upgrade/${verb}] FATAL: couldn't upgrade control plane. kubeadm has tried to recover everything into the earlier state. Errors faced: timed out waiting for the condition`,
    );
  const version = configuration.kubernetesVersion ?? cluster.record.version;
  await latency.wait('guest.static-pods', machine.name, call.signal);
  writeComponents(disk, configuration, { address: advertisedAddress(disk), version });
  return cluster;
}

function behind(call: CommandCall): NonNullable<ReturnType<typeof clusterBehind>> {
  const found = clusterBehind(call.system);
  if (found !== undefined) return found;
  throw new KubeadmFailure('[upgrade] FATAL: the API server of kubelet.conf does not answer');
}

async function writeKubeletSettings(call: CommandCall, admin: Administrator): Promise<void> {
  const found = await admin.find(`${CONFIG_MAPS}/kubelet-config`);
  const settings = parse(found?.data?.['kubelet'] ?? '{}') as Readonly<Record<string, unknown>>;
  putFile(call.system.disk, KUBELET_CONFIG, stringify({ cgroupDriver: 'systemd', ...settings }));
}

function nodesAt(admin: Administrator, path: string): Promise<readonly Node[]> {
  return admin.list(path);
}
