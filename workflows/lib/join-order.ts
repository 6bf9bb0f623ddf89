/** Who may join when. */
import { condition } from '@temporalio/workflow';
import type { MachineRole } from '../../domain/cluster-definition.js';
import type { JoinOrder as Kind } from '../../domain/plan-steps.js';

export class JoinOrder {
  private readonly done = new Set<string>();
  private readonly controlPlane: readonly string[];
  private readonly kind: Kind;

  constructor(machines: readonly { readonly name: string; readonly role: MachineRole }[], kind: Kind) {
    this.controlPlane = machines.filter(({ role }) => role === 'CONTROL_PLANE').map(({ name }) => name);
    this.kind = kind;
  }

  /** The machine that forms the cluster. */
  get first(): string | undefined {
    return this.controlPlane[0];
  }

  /** The first node is Ready: its API takes what is asked of the cluster. */
  get isFormed(): boolean {
    return this.first !== undefined && this.done.has(this.first);
  }

  joined(machine: string): void {
    this.done.add(machine);
  }

  controlPlaneIsComplete(): boolean {
    return this.controlPlane.every((name) => this.done.has(name));
  }

  async turnOf(machine: string): Promise<void> {
    const before = this.before(this.controlPlane.indexOf(machine));
    await condition(() => before.every((name) => this.done.has(name)));
  }

  /** @param position in the control plane; -1: a worker's. */
  private before(position: number): readonly string[] {
    switch (this.kind) {
      case 'ONE_BY_ONE':
        return position === -1 ? this.controlPlane : this.controlPlane.slice(0, position);
      case 'FIRST_THEN_OTHERS':
        return position === -1 ? this.controlPlane : this.controlPlane.slice(0, Math.min(position, 1));
      case 'AT_ONCE':
        return [];
    }
  }
}
