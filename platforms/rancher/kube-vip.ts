/** kube-vip in K3s and RKE2: a DaemonSet that the first server applies by itself (https://kube-vip.io/docs/usage/k3s/). */
import type { GuestFile, GuestStep } from '../../domain/guest-step.js';
import { kubeVipDaemonSet } from '../../domain/load-balancer/kube-vip.js';
import { addressStep, kubeVipOf } from '../kube-vip.js';
import type { PlatformCluster, PlatformMachine } from '../platform.js';

const FILE = 'kube-vip.yaml';

/** @param folder of the manifests that the distribution applies. On one server alone: two would undo each other's. */
export function kubeVipManifests(
  machine: PlatformMachine,
  cluster: PlatformCluster,
  folder: string,
): GuestFile[] {
  const kubeVip = formsCluster(machine, cluster) ? kubeVipOf(cluster) : null;
  return kubeVip === null
    ? []
    : [{ path: `${folder}/${FILE}`, mode: '0600', content: kubeVipDaemonSet(kubeVip) }];
}

/** @param port at which machines join. */
export function kubeVipAddressSteps(
  machine: PlatformMachine,
  cluster: PlatformCluster,
  port: number,
): GuestStep[] {
  const kubeVip = formsCluster(machine, cluster) ? kubeVipOf(cluster) : null;
  if (kubeVip === null) return [];
  const { address } = kubeVip;
  const host = address.includes(':') ? `[${address}]` : address;
  // Whoever answers there, machines that join look at its certificate.
  return [addressStep(kubeVip, `https://${host}:${port}/ping`, '--insecure')];
}

function formsCluster({ name }: PlatformMachine, { controlPlane }: PlatformCluster): boolean {
  return controlPlane[0]?.name === name;
}
