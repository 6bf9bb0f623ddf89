/** The simulator with a workshop on it, made anew for each test, whose faults and restarts a test can bring about. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from '@jest/globals';
import type { FaultEffect, FaultStage } from '../../../lab/faults.js';
import { LabState } from '../../../lab/state.js';
import { HeldLatency } from '../../lab/proxmox/simulated-cluster.js';
import { simulatorTarget, type SimulatorTarget } from './simulator-target.js';
import { aWorkshop, perform, type ReservedMachine, type Workshop } from './workshop.js';

export const TEMPLATE = { host: 'hv5', vmid: 9001 };
export const LINKED = {
  kind: 'clone' as const,
  vmid: 9001,
  name: 'ubuntu-24.04-template',
  host: 'hv5',
  storage: 'local-zfs',
  fullClone: false,
};
export const SHARED = {
  kind: 'clone' as const,
  vmid: 9002,
  name: 'ubuntu-24.04-template',
  host: 'hv6',
  storage: 'ceph-vm',
  fullClone: true,
};

/** A VM in the file that the simulator keeps itself in. */
export interface KeptVm {
  readonly vmid: number;
  node: string;
  config: Record<string, string>;
}

export class FaultySimulator {
  readonly directory = mkdtempSync(join(tmpdir(), 'clusterwright-contract-'));
  latency!: HeldLatency;
  target!: SimulatorTarget;
  shop!: Workshop;

  async start(): Promise<void> {
    this.latency = new HeldLatency();
    this.target = await simulatorTarget({ latency: this.latency, state: new LabState(this.directory) });
    this.shop = await aWorkshop(this.target, this.shop?.ledger);
  }

  async stop(): Promise<void> {
    await this.shop.client.close();
    await this.target.close();
  }

  /** The whole Proxmox cluster loses its power and comes back, with one VM changed meanwhile. */
  async restart(vmid: number, change: (vm: KeptVm) => void = () => {}): Promise<void> {
    await this.stop();
    const file = join(this.directory, 'proxmox.json');
    const world = JSON.parse(readFileSync(file, 'utf8')) as { vms: KeptVm[] };
    world.vms.filter((vm) => vm.vmid === vmid).forEach(change);
    writeFileSync(file, JSON.stringify(world));
    await this.start();
  }

  /** @returns the id of the rule. */
  fault(stage: FaultStage, match: string, effect: FaultEffect, times = 1): string {
    return this.target.faults.add({ target: 'proxmox', stage, match, effect, times });
  }

  vmids(): number[] {
    return this.target.simulator.inspect().vms.map(({ vmid }) => vmid);
  }

  runningTasks(): readonly string[] {
    return this.target.simulator.inspect().runningTasks;
  }

  /** UPIDs of all clones that were ever asked for. */
  cloneTasks(): Promise<string[]> {
    return this.tasksOf('qmclone');
  }

  /** UPIDs of all tasks of that type that were ever asked for. */
  async tasksOf(wanted: string): Promise<string[]> {
    const lists = await Promise.all(
      ['hv5', 'hv6'].map((host) => this.shop.client.tasks(host, { source: 'all' })),
    );
    return lists.flat().flatMap(({ type, upid }) => (type === wanted ? [upid] : []));
  }

  async settled(upid: string): Promise<void> {
    await until(async () => (await this.shop.client.taskStatus(upid)).status === 'stopped');
  }

  /** A VM of somebody else. */
  async stranger(vmid: number): Promise<void> {
    const clone = { newid: vmid, name: 'stranger', description: '', full: true, storage: 'local-zfs' };
    await this.settled(await this.shop.client.cloneVm(TEMPLATE, clone));
  }

  async configured(reserved: ReservedMachine): Promise<void> {
    const { activities } = this.shop;
    await perform(() => activities.claimVm(reserved));
    await perform(() => activities.uploadSeed(reserved.seed));
    await perform(() => activities.configureVm(reserved));
  }

  async wholeLife(reserved: ReservedMachine): Promise<void> {
    const { activities } = this.shop;
    const { identity } = reserved;
    await this.configured(reserved);
    await perform(() => activities.startVm({ identity }));
    await perform(() => activities.detachSeed({ identity }));
    await perform(() => activities.removeVm({ identity }));
  }

  expectNothingLeft(): void {
    const { vms, volumes, isos, runningTasks } = this.target.simulator.inspect();
    expect({ vms, volumes, isos, runningTasks }).toEqual({
      vms: [],
      volumes: [],
      isos: [],
      runningTasks: [],
    });
  }
}

/** @returns the simulator of the test that runs. */
export function aFaultySimulator(): { readonly current: FaultySimulator } {
  const holder = { current: undefined as unknown as FaultySimulator };
  beforeEach(async () => {
    holder.current = new FaultySimulator();
    await holder.current.start();
  });
  afterEach(async () => {
    await holder.current.stop();
    rmSync(holder.current.directory, { recursive: true });
  });
  return holder;
}

export async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await new Promise(setImmediate);
}
