/** What happens to a Proxmox cluster that no call of ours brings about: hosts that go, numbers that are taken. */
import type { ProxmoxSimulator } from '../../lab/proxmox/simulator.js';
import type { Draw } from './draw.js';

/** Hosts without an address of their own in the lab: calls about them go through another one. */
const HOSTS = ['hv5', 'hv6', 'hv7'] as const;
const KINDS = [
  'take-vmid',
  'take-vmid',
  'move-vm',
  'move-vm',
  'node-offline',
  'node-hanging',
  'quorum-lost',
] as const;

export interface MishapWorld {
  readonly simulator: ProxmoxSimulator;
  /** VMIDs that were reserved for machines which are not made yet. */
  readonly awaited: () => readonly number[];
  /** VMIDs of machines that were made. */
  readonly made: () => readonly number[];
}

export class Mishaps {
  /** VMs that somebody else made meanwhile. */
  readonly strangers: number[] = [];
  private readonly world: () => MishapWorld;
  private readonly timers = new Set<NodeJS.Timeout>();
  /** One at a time: the cluster would lose its quorum by itself. */
  private isDown = false;

  constructor(world: () => MishapWorld) {
    this.world = world;
  }

  /** @returns what happened, if anything could. */
  happen(draw: Draw): string | undefined {
    const kind = draw.pick('kind of mishap', KINDS);
    switch (kind) {
      case 'take-vmid':
        return this.takeVmid(draw) ? kind : undefined;
      case 'move-vm':
        return this.moveVm(draw) ? kind : undefined;
      case 'node-offline':
      case 'node-hanging':
      case 'quorum-lost':
        return this.goDown(kind, draw) ? kind : undefined;
    }
  }

  /** Hosts and quorum are back. */
  lift(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    const { simulator } = this.world();
    for (const node of HOSTS) simulator.change({ kind: 'node-online', node });
    simulator.change({ kind: 'quorum-regained' });
    this.isDown = false;
  }

  private takeVmid(draw: Draw): boolean {
    const { simulator, awaited } = this.world();
    const present = new Set(simulator.inspect().vms.map(({ vmid }) => vmid));
    const free = awaited().filter((vmid) => !present.has(vmid));
    if (free.length === 0) return false;
    const vmid = draw.pick('vmid', free);
    simulator.change({ kind: 'take-vmid', vmid, node: draw.pick('node', HOSTS) });
    this.strangers.push(vmid);
    return true;
  }

  /** High availability moves nothing that is locked or that a task works on. */
  private moveVm(draw: Draw): boolean {
    const { simulator, made } = this.world();
    const { vms, runningTasks } = simulator.inspect();
    const ours = new Set(made());
    const isBusy = (vmid: number): boolean =>
      runningTasks.some((upid) => upid.includes(`:${vmid}:`) || upid.includes(':qmclone:'));
    const movable = vms.filter(({ vmid, lock }) => ours.has(vmid) && lock === null && !isBusy(vmid));
    if (movable.length === 0) return false;
    const { vmid } = draw.pick('vm', movable);
    simulator.change({ kind: 'move-vm', vmid, node: draw.pick('node', HOSTS) });
    return true;
  }

  private goDown(kind: 'node-offline' | 'node-hanging' | 'quorum-lost', draw: Draw): boolean {
    if (this.isDown) return false;
    const { simulator } = this.world();
    this.isDown = true;
    if (kind === 'quorum-lost') simulator.change({ kind });
    else simulator.change({ kind, node: draw.pick('node', HOSTS) });
    const timer = setTimeout(() => this.lift(), draw.integer('for ms', 20, 400));
    this.timers.add(timer);
    return true;
  }
}
