/** What the phases of `kubeadm init` behind the control plane leave in the cluster. */
import { stringify } from 'yaml';
import { configMap, plainKubeconfig, type Administrator } from './admin.js';
import { putToken } from './bootstrap-tokens.js';
import type { ClusterConfiguration, InitConfiguration, NodeRegistration } from './documents.js';

const CONTROL_PLANE = 'node-role.kubernetes.io/control-plane';
const DEFAULT_TAINTS = [{ key: CONTROL_PLANE, effect: 'NoSchedule' }];

export async function uploadConfiguration(
  admin: Administrator,
  cluster: ClusterConfiguration,
  kubelet: Readonly<Record<string, unknown>>,
): Promise<void> {
  await admin.put(
    'configmaps',
    configMap('kube-system', 'kubeadm-config', { ClusterConfiguration: stringify(cluster) }),
  );
  await admin.put('configmaps', configMap('kube-system', 'kubelet-config', { kubelet: stringify(kubelet) }));
}

/** Taints that are left out are kubeadm's own; an empty list means none. */
export async function markControlPlane(
  admin: Administrator,
  node: string,
  registration: NodeRegistration,
): Promise<void> {
  await admin.patch(`/api/v1/nodes/${node}`, { metadata: { labels: { [CONTROL_PLANE]: '' } } });
  const taints = controlPlaneTaints(registration) ?? [];
  if (taints.length > 0) await admin.patch(`/api/v1/nodes/${node}`, { spec: { taints } });
}

export function controlPlaneTaints({ taints }: NodeRegistration): NodeRegistration['taints'] {
  return taints ?? DEFAULT_TAINTS;
}

/** Tokens, and what a machine without credentials may read of the cluster. */
export async function openForJoins(
  admin: Administrator,
  { bootstrapTokens = [] }: InitConfiguration,
  server: string,
  authority: string,
): Promise<void> {
  for (const token of bootstrapTokens) await putToken(admin, token);
  const kubeconfig = plainKubeconfig(server, authority);
  await admin.put('configmaps', configMap('kube-public', 'cluster-info', { kubeconfig }));
}
