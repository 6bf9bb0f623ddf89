/** Who may join when: control planes one after the other, each once the one before is Ready; then all others. */
import { condition } from '@temporalio/workflow';
import type { NodeRole } from '../../domain/cluster-definition.js';

export class JoinOrder {
  private readonly done = new Set<string>();
  private readonly controlPlane: readonly string[];

  constructor(machines: readonly { readonly name: string; readonly role: NodeRole }[]) {
    this.controlPlane = machines.filter(({ role }) => role === 'CONTROL_PLANE').map(({ name }) => name);
  }

  /** The machine that forms the cluster. */
  get first(): string | undefined {
    return this.controlPlane[0];
  }

  joined(machine: string): void {
    this.done.add(machine);
  }

  controlPlaneIsComplete(): boolean {
    return this.controlPlane.every((name) => this.done.has(name));
  }

  async turnOf(machine: string): Promise<void> {
    const position = this.controlPlane.indexOf(machine);
    const before = position === -1 ? this.controlPlane : this.controlPlane.slice(0, position);
    await condition(() => before.every((name) => this.done.has(name)));
  }
}
