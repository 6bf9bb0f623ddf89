/** Dependency graphs over named nodes: order, cycles and the critical path. */

export interface GraphNode {
  readonly id: string;
  readonly dependsOn: readonly string[];
}

/**
 * Nodes so that each comes after all that it depends on; among those that are free, the given order is kept.
 * @returns `cycle` with the nodes of one cycle, in order, when there is one. Unknown names are ignored.
 */
export function topologicalOrder<T extends GraphNode>(
  nodes: readonly T[],
): { readonly kind: 'order'; readonly order: T[] } | { readonly kind: 'cycle'; readonly cycle: string[] } {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const order: T[] = [];
  const done = new Set<string>();
  const path: string[] = [];

  const visit = (node: T): string[] | undefined => {
    if (done.has(node.id)) return undefined;
    if (path.includes(node.id)) return path.slice(path.indexOf(node.id));
    path.push(node.id);
    for (const id of node.dependsOn) {
      const dependency = byId.get(id);
      const cycle = dependency && visit(dependency);
      if (cycle) return cycle;
    }
    path.pop();
    done.add(node.id);
    order.push(node);
    return undefined;
  };

  for (const node of nodes) {
    const cycle = visit(node);
    if (cycle) return { kind: 'cycle', cycle };
  }
  return { kind: 'order', order };
}

/** Length of the longest chain: what the whole takes when everything that can run at once does. */
export function criticalPathSeconds(
  nodes: readonly (GraphNode & { readonly expectedSeconds: number })[],
): number {
  const sorted = topologicalOrder(nodes);
  if (sorted.kind === 'cycle') return Number.POSITIVE_INFINITY;
  const finish = new Map<string, number>();
  for (const node of sorted.order) {
    const start = Math.max(0, ...node.dependsOn.map((id) => finish.get(id) ?? 0));
    finish.set(node.id, start + node.expectedSeconds);
  }
  return Math.max(0, ...finish.values());
}
