/** The operator on duty: looks at the steps that wait, does what their remedies say, tries again, and gives up at last. */
import type { Client } from '@temporalio/client';
import type { ProxmoxClient } from '../../activities/proxmox/client.js';
import { CLUSTER_STEPS } from '../../domain/plan-steps.js';
import { waitsForDecision, type StepRecord } from '../../domain/step-record.js';
import type { ProxmoxSimulator } from '../../lab/proxmox/simulator.js';
import { operationStateQuery, resolveStepUpdate, type StepDecision } from '../../workflows/messages.js';
import type { Draw } from './draw.js';

const SKIPPABLE: ReadonlySet<string> = new Set([CLUSTER_STEPS.preflight, CLUSTER_STEPS.validate]);

export interface Surroundings {
  readonly temporal: Client;
  readonly simulator: ProxmoxSimulator;
  /** Of an administrator. */
  readonly proxmox: ProxmoxClient;
}

export class Person {
  private readonly surroundings: Surroundings;
  private readonly draw: Draw;
  /** How often each step was decided on. */
  private readonly decided = new Map<string, number>();

  constructor(surroundings: Surroundings, draw: Draw) {
    this.surroundings = surroundings;
    this.draw = draw;
  }

  /**
   * Looks at an operation once.
   * @param mayGiveUp nobody gives up on a removal.
   * @returns what the steps that wait say.
   */
  async attend(operation: string, mayGiveUp: boolean): Promise<string[]> {
    const handle = this.surroundings.temporal.workflow.getHandle(operation);
    // It may not have begun, or have ended, since it was heard of.
    const state = await handle.query(operationStateQuery).catch(() => undefined);
    const waiting = (state?.steps ?? []).filter(({ status }) => waitsForDecision(status));
    for (const step of waiting) await this.decideOn(operation, step, mayGiveUp);
    return waiting.map(({ id, reason }) => `${id}: ${reason ?? ''}`);
  }

  private async decideOn(operation: string, step: StepRecord, mayGiveUp: boolean): Promise<void> {
    const key = `${operation} ${step.id}`;
    const times = (this.decided.get(key) ?? 0) + 1;
    this.decided.set(key, times);
    const draw = this.draw.of(`${key} ${times}`);
    if (draw.chance('reads the remedy', 0.8)) await this.carryOut(step.reason ?? '');
    // What is only overdue may come by itself.
    if (step.status === 'overdue' && draw.chance('waits', 0.3)) return;
    const patience = this.draw.integer(`patience ${key}`, 0, 5);
    const isEnough = mayGiveUp && times > patience;
    const action = isEnough ? this.lastResort(step.id, draw) : 'RETRY';
    await this.tell(operation, step, action);
  }

  private lastResort(step: string, draw: Draw): StepDecision['action'] {
    return SKIPPABLE.has(step) && draw.chance('skips', 0.5) ? 'SKIP' : 'FAIL';
  }

  /** Types what the reason names, and nothing else. */
  private async carryOut(reason: string): Promise<void> {
    const { simulator, proxmox } = this.surroundings;
    for (const [, vmid] of reason.matchAll(/qm unlock (\d+)/g)) {
      simulator.change({ kind: 'unlock-vm', vmid: Number(vmid) });
    }
    for (const [, vmid] of reason.matchAll(/qm destroy (\d+)/g)) {
      const vm = simulator.inspect().vms.find((one) => one.vmid === Number(vmid));
      // That it does not get through now is seen with the next look.
      if (vm !== undefined) await proxmox.destroyVm({ host: vm.node, vmid: vm.vmid }).catch(() => undefined);
    }
  }

  private async tell(operation: string, step: StepRecord, action: StepDecision['action']): Promise<void> {
    const ownsIt = step.machine === null || operation.includes('/decommission-');
    const workflow = ownsIt ? operation : `${operation}/${step.machine}`;
    const id = ownsIt ? step.id : step.id.slice(step.id.indexOf('/') + 1);
    const handle = this.surroundings.temporal.workflow.getHandle(workflow);
    // It may have moved on since it was looked at.
    await handle.executeUpdate(resolveStepUpdate, { args: [{ step: id, action }] }).catch(() => undefined);
  }
}
