/** kube-vip as a pod that the kubelet runs by itself (https://kube-vip.io/docs/installation/static/). */
import type { GuestFile } from '../../domain/guest-step.js';
import { kubeVipStaticPod } from '../../domain/load-balancer/kube-vip.js';
import { kubeVipOf } from '../kube-vip.js';
import type { PlatformCluster } from '../platform.js';
import { ADMIN_KUBECONFIG, KUBE_VIP_MANIFEST, SUPER_ADMIN_KUBECONFIG } from './paths.js';
import { releaseOf } from './release.js';

/** From this minor release on the administrator has no rights before kubeadm has given it some, by the address. */
const SUPER_ADMIN_SINCE = 29;

/** @param isFirst of the machine that forms the cluster, which needs the address while it does. */
export function kubeVipFiles(cluster: PlatformCluster, isFirst: boolean): GuestFile[] {
  const kubeVip = kubeVipOf(cluster);
  if (kubeVip === null) return [];
  const needsMore = isFirst && releaseOf(cluster.definition.version).minor >= SUPER_ADMIN_SINCE;
  const content = kubeVipStaticPod(kubeVip, needsMore ? SUPER_ADMIN_KUBECONFIG : ADMIN_KUBECONFIG);
  return [{ path: KUBE_VIP_MANIFEST, mode: '0600', content }];
}
