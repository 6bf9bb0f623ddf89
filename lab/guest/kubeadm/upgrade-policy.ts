/** Which versions kubeadm brings a cluster to (https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/create-cluster-kubeadm/#version-skew-policy). */
import { minorOf } from './host.js';

/** Minor versions that a kubelet may be older than the API server. */
const KUBELET_SKEW = 3;

export interface WantedUpgrade {
  /** That is asked for: `v1.33.1`. */
  readonly version: string;
  /** That the cluster has. */
  readonly cluster: string;
  /** Of the program itself. */
  readonly kubeadm: string;
  readonly kubelets: readonly string[];
}

/** In kubeadm's words; `null` when it goes on. */
export function upgradeObjection({ version, cluster, kubeadm, kubelets }: WantedUpgrade): string | null {
  if (!/^v1\.\d+\.\d+$/.test(version)) return `couldn't parse version "${version}"`;
  const said = `Specified version to upgrade to "${version}"`;
  if (minorOf(version) > minorOf(kubeadm))
    return `${said} is at least one minor release higher than the kubeadm minor release (${minorOf(version)} > ${minorOf(kubeadm)}). Such an upgrade is not supported`;
  if (isNewer(version, kubeadm))
    return `${said} is higher than the kubeadm version "${kubeadm}". Upgrade kubeadm first using the tool you used to install kubeadm`;
  if (minorOf(version) > minorOf(cluster) + 1)
    return `${said} is too high; kubeadm can upgrade only 1 minor version at a time`;
  if (minorOf(version) < minorOf(cluster))
    return `${said} is too low; kubeadm can downgrade only 0 minor version at a time`;
  const old = kubelets.filter((kubelet) => minorOf(version) - minorOf(kubelet) > KUBELET_SKEW);
  return old.length === 0
    ? null
    : `There are kubelets in this cluster that are too old that have these versions [${old.join(' ')}]`;
}

/** Within a minor release or beyond. */
function isNewer(a: string, b: string): boolean {
  const numbers = (text: string): number[] => text.slice(1).split('.').map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  const at = left.findIndex((number, index) => number !== right[index]);
  return at >= 0 && (left[at] ?? 0) > (right[at] ?? 0);
}
