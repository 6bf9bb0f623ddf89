/** Which hosts of the cluster can be reached. */

/** One that is offline cannot be connected to; one that hangs takes connections and never answers. */
export type NodeState = 'online' | 'offline' | 'hanging';

export class NodeStates {
  /** Whether the cluster has quorum; `null` counts the hosts that are online. */
  quorum: boolean | null = null;
  private readonly states = new Map<string, NodeState>();
  private readonly listeners = new Set<(node: string, state: NodeState) => void>();

  of(node: string): NodeState {
    return this.states.get(node) ?? 'online';
  }

  set(node: string, state: NodeState): void {
    this.states.set(node, state);
    for (const listener of this.listeners) listener(node, state);
  }

  /** Told of each change, at once. */
  onChange(listener: (node: string, state: NodeState) => void): void {
    this.listeners.add(listener);
  }
}
