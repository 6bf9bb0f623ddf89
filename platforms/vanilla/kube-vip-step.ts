/** A machine that has joined the control plane becomes one of those that can have the API's address. */
import type { GuestStep } from '../../domain/guest-step.js';
import { kubeVipOf } from '../kube-vip.js';
import type { PlatformCluster } from '../platform.js';
import { apiAddress } from './api-address.js';
import { kubeVipFiles } from './kube-vip-files.js';
import { KUBE_VIP_MANIFEST, PKI } from './paths.js';

/** After the join: kubeadm refuses to join where the kubelet has pods of its own already. */
export function kubeVipSteps(cluster: PlatformCluster): GuestStep[] {
  if (kubeVipOf(cluster) === null) return [];
  const isThere = [
    `test -s ${KUBE_VIP_MANIFEST}`,
    `curl -sf --max-time 10 --cacert ${PKI}/ca.crt -o /dev/null 'https://${apiAddress(cluster)}/livez'`,
  ].join('\n');
  return [
    {
      id: 'kube-vip',
      title: "Share the API's address with the other machines",
      files: kubeVipFiles(cluster, false),
      observe: isThere,
      act: null,
      verify: isThere,
      timeoutSeconds: 300,
    },
  ];
}
