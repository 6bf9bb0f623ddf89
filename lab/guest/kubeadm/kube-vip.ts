/** kube-vip among the kubelet's own pods, which keeps the address by which kubeadm reaches the API. */
import { parse } from 'yaml';
import { isThere, readText } from '../disk/root-files.js';
import { KubeVipFailure, kubeVipSettings, type KubeVipSettings } from '../kube-vip/settings.js';
import type { CommandCall } from '../shell/guest-command.js';
import type { KubeadmCluster } from './cluster.js';
import { ADMIN_CONF, ADMINISTRATORS, MANIFESTS, minorOf, SUPER_ADMIN_SINCE } from './host.js';

const FILE = `${MANIFESTS}/kube-vip.yaml`;
const LOOK_EVERY_MS = 1_000;
const AT_LEAST_MS = 200;

/** Waits for its manifest, and runs it until the kubelet is stopped. */
export async function runKubeVip(call: CommandCall, cluster: KubeadmCluster): Promise<void> {
  const { system, signal, service } = call;
  const { disk, network } = system;
  while (!isThere(disk, FILE)) await system.pause(LOOK_EVERY_MS, signal, AT_LEAST_MS);
  const log = (line: string): void => service?.log(`kube-vip: ${line}`);
  let settings: KubeVipSettings;
  try {
    const { spec } = parse(readText(disk, FILE) ?? '') as { spec: Parameters<typeof kubeVipSettings>[0] };
    settings = kubeVipSettings(
      spec,
      system.interfaces.list().map(({ name }) => name),
    );
  } catch (error) {
    if (!(error instanceof KubeVipFailure)) throw error;
    return log(error.message);
  }
  const { kubeconfigPath } = settings;
  const mayRenew = (): boolean =>
    cluster.etcd.hasQuorum() &&
    kubeconfigPath !== null &&
    isThere(disk, kubeconfigPath) &&
    (kubeconfigPath !== ADMIN_CONF || hasAdministrators(cluster));
  await cluster.election.run({
    ...{ network, interface: settings.interface, address: settings.address },
    ...{ mayRenew, log, signal },
    pause: (ms, until, atLeastMs) => system.pause(ms, until, atLeastMs),
  });
}

/** Before kubeadm has bound its group, the administrator has no rights. */
function hasAdministrators({ plane, record }: KubeadmCluster): boolean {
  return (
    minorOf(record.version) < SUPER_ADMIN_SINCE ||
    plane.objects.get('clusterrolebindings.rbac.authorization.k8s.io', ADMINISTRATORS) !== undefined
  );
}
