/** What a definition gets where it says nothing: used to resolve it, and shown in its JSON Schema. */
import type { ClusterType, HealthCheck } from '../../domain/cluster-definition.js';

export const DEFAULTS = {
  bootMethod: 'TEMPLATE',
  onFailure: 'ROLLBACK',
  isolation: 'NONE',
  publicAccess: true,
  cores: 2,
  memoryMiB: 4096,
  diskGiB: 20,
  // The oldest CPU level that current distributions run on, and one that every host of a mixed cluster can migrate.
  cpuType: 'x86-64-v2-AES',
  user: 'clusterwright',
  required: true,
  waitForCluster: true,
  timeoutMinutes: 45,
  flannelBackend: 'vxlan',
  firewallDirection: 'IN',
  firewallProtocol: 'ANY',
  serviceCores: 2,
  serviceMemoryMiB: 2048,
  serviceDiskGiB: 20,
  loadBalancerKind: 'HAPROXY',
  dnsKind: 'DNSMASQ',
  dnsPort: 53,
  keyAlgorithm: 'hmac-sha256',
  ttlSeconds: 300,
  staticAssignments: true,
  storageKind: 'PROXMOX_CSI',
  csiToken: 'proxmox-csi',
  monitoringNamespace: 'monitoring',
  nodeExporterPort: 9100,
  kubeStateMetricsPort: 30_910,
} as const;

/** What OKD's own documentation asks of the machines of its control plane, and a disk with room for updates. */
export const OKD_SIZE = { cores: 4, memoryMiB: 16_384, diskGiB: 120 } as const;

export function defaultHealthChecks(type: ClusterType): HealthCheck[] {
  const checks: HealthCheck[] = ['api-availability', 'node-readiness'];
  return type === 'OKD' ? [...checks, 'cluster-operators'] : checks;
}

/** The networks inside the cluster: those of K3s itself, and kubeadm's customary ones for the others. */
export function defaultClusterCidrs(type: ClusterType): { podCidr: string; serviceCidr: string } {
  return type === 'K3S'
    ? { podCidr: '10.42.0.0/16', serviceCidr: '10.43.0.0/16' }
    : { podCidr: '10.244.0.0/16', serviceCidr: '10.96.0.0/12' };
}

/** The installation of OKD has no switch for it: it is asked of the running cluster. */
export function defaultEncryption(type: ClusterType): boolean {
  return type !== 'OKD';
}
