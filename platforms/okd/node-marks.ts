/** Labels and taints of a node of OKD, which are set through the API: its kubelets are configured by pools, not by us. */
import type { PlatformMachine } from '../platform.js';

export interface NodeMarks {
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: PlatformMachine['taints'];
}

/** A kubelet may not give itself a role: the API refuses it that label. */
export function okdNodeMarks({ role, labels, taints }: PlatformMachine): NodeMarks {
  return { labels: role === 'INFRA' ? { 'node-role.kubernetes.io/infra': '', ...labels } : labels, taints };
}
