/** The one place where identities are built. Workflow ids are for ever: never change a format here. */

/** Random at creation: tells two clusters of the same name, one after the other, apart. */
export type ClusterUid = string;

export const workflowIds = {
  cluster: (cluster: string): string => `cluster/${cluster}`,
  operation: (cluster: string, operation: string): string => `cluster/${cluster}/${operation}`,
  node: (operationWorkflowId: string, node: string): string => `${operationWorkflowId}/${node}`,
  validation: (cluster: string, number: number): string => `cluster/${cluster}/validate-${number}`,
  images: (operationWorkflowId: string): string => `${operationWorkflowId}/images`,
  plan: (requestId: string): string => `plan/${requestId}`,
  drainHost: (host: string, number: number): string => `host/${host}/drain-${number}`,
  planDrain: (host: string, requestId: string): string => `host/${host}/plan-${requestId}`,
  observeHosts: (requestId: string): string => `hosts/${requestId}`,
  preflight: (requestId: string): string => `preflight/${requestId}`,
  /** Its Schedule adds the time to it. */
  collectImages: 'collect-images',
  /** Its Schedule adds the time to it. */
  sweep: 'sweep',
  sweepNow: 'sweep/now',
  removeBackup: (backup: string): string => `backup/${backup}/removal`,
  listVmBackups: (cluster: string, requestId: string): string => `backup/vms/${cluster}/${requestId}`,
  /** One of a cluster at a time. */
  drillBackup: (cluster: string): string => `backup/drill/${cluster}`,
  /** Its Schedule adds the time to it. */
  scheduledDrill: (cluster: string): string => `backup/scheduled-drill/${cluster}`,
  /** Its Schedule adds the time to it. */
  scheduledBackup: (cluster: string): string => `backup/scheduled/${cluster}`,
  /** Its Schedule adds the time to it. */
  checkHealth: (cluster: string): string => `health/${cluster}`,
  /** Asked for by a person. */
  checkHealthNow: (cluster: string, request: string): string => `health/${cluster}/now/${request}`,
  watchCertificates: (cluster: string): string => `certificates/watch/${cluster}`,
  /** @param request tells different wishes apart: the same one is under way once. */
  removeOrphans: (request: string): string => `sweep/removals/${request}`,
};

/** Schedules share a namespace with those of others. */
export const scheduleIds = {
  collectImages: 'clusterwright/collect-images',
  sweep: 'clusterwright/sweep',
  backup: (cluster: string): string => `clusterwright/backup/${cluster}`,
  backupDrill: (cluster: string): string => `clusterwright/backup-drill/${cluster}`,
  health: (cluster: string): string => `clusterwright/health/${cluster}`,
  certificates: (cluster: string): string => `clusterwright/certificates/${cluster}`,
};

/** All that work for one cluster: they end with it. */
export function schedulesOf(cluster: string): string[] {
  return [
    scheduleIds.backup(cluster),
    scheduleIds.backupDrill(cluster),
    scheduleIds.health(cluster),
    scheduleIds.certificates(cluster),
  ];
}

/** Host name of the n-th machine of a group, counted from 1: also its VM name and Kubernetes node name. */
export function nodeName(cluster: string, group: string, ordinal: number): string {
  return `${cluster}-${group}-${ordinal}`;
}

/** The group that such a name was made of; `undefined`: it was not made so. */
export function groupOf(cluster: string, name: string): string | undefined {
  const prefix = `${cluster}-`;
  return name.startsWith(prefix) ? /^(.+)-\d+$/.exec(name.slice(prefix.length))?.[1] : undefined;
}
