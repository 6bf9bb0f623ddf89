/** How our objects in a cluster are told from those of others. */

/** Who applies them. Fields that another manager holds are never taken over. */
export const FIELD_MANAGER = 'clusterwright';

/** @param component what it is a part of, such as `node` of a driver. */
export function ourLabels(name: string, component: string): Record<string, string> {
  return { ...selectorLabels(name, component), 'app.kubernetes.io/managed-by': FIELD_MANAGER };
}

/** Those by which a workload finds its pods: they can never be changed. */
export function selectorLabels(name: string, component: string): Record<string, string> {
  return { 'app.kubernetes.io/name': name, 'app.kubernetes.io/component': component };
}
