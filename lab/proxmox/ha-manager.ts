/** High availability at work: a little later than it was asked, it makes VMs be as their resources say. */
import { memoryInUse, memoryOfHost } from './broadcast.js';
import type { Cluster } from './cluster.js';
import { without } from './datacenter.js';
import type { HaResource, HaRule } from './ha-config.js';
import { effectiveRules } from './ha-feasibility.js';
import { vmidOf } from './ha-parameters.js';
import { isQuorate } from './node-gate.js';
import type { VmRecord } from './records.js';
import type { Job } from './tasks.js';
import { memoryOf } from './vm-config.js';
import { migrateVm, usesLocalDisks } from './vm-migrate.js';
import { shutdownVm, startVm, stopVm } from './vm-power.js';

export type HaCommand =
  | { readonly kind: 'stop'; readonly sid: string }
  | { readonly kind: 'migrate'; readonly sid: string; readonly node: string };

/** What the manager last made of a resource; one that it has not looked at yet is `queued`. */
export type HaServiceState =
  'queued' | 'started' | 'request_stop' | 'stopped' | 'recovery' | 'error' | 'ignored';

const MIB = 2 ** 20;
const USER = 'root@pam';

export class HaManager {
  private readonly services = new Map<string, HaServiceState>();
  /** Starts in a row that failed. */
  private readonly failures = new Map<string, number>();
  private readonly abort = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private commands: HaCommand[] = [];
  private cluster: Cluster | undefined;
  private round: Promise<void> | undefined;
  private isDue = false;

  /** @param intervalMs how often it looks by itself. */
  constructor(intervalMs: number) {
    this.timer = setInterval(() => this.nudge(), intervalMs);
    this.timer.unref();
  }

  attach(cluster: Cluster): void {
    this.cluster = cluster;
  }

  /** Known resources with their states: one that was deleted stays until the manager has noticed. */
  states(): ReadonlyMap<string, HaServiceState> {
    return this.services;
  }

  queue(command: HaCommand): void {
    this.commands.push(command);
    this.nudge();
  }

  /** Something may be to be done: a round begins soon, or another one after the one that goes on. */
  nudge(): void {
    const { cluster } = this;
    if (cluster === undefined || this.abort.signal.aborted) return;
    if (this.round !== undefined) {
      this.isDue = true;
      return;
    }
    const isIdle =
      Object.keys(cluster.datacenter.record.haResources).length === 0 && this.services.size === 0;
    if (isIdle) return;
    this.round = this.work(cluster)
      .catch((error: unknown) => {
        if (!this.abort.signal.aborted) throw error;
      })
      .finally(() => {
        this.round = undefined;
        if (!this.isDue) return;
        this.isDue = false;
        this.nudge();
      });
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.abort.abort(new Error('the simulator goes down'));
    await this.round;
  }

  private async work(cluster: Cluster): Promise<void> {
    await cluster.latency.wait('proxmox.ha', 'crm', this.abort.signal);
    if (!isQuorate(cluster)) return;
    const { haResources } = cluster.datacenter.record;
    for (const sid of this.services.keys()) if (haResources[sid] === undefined) this.forget(sid);
    const commands = this.commands;
    this.commands = [];
    for (const command of commands) if (command.kind === 'stop') requestStop(cluster, command.sid);
    await Promise.all(
      Object.keys(haResources).map(async (sid) => {
        const target = commands.findLast((command) => command.kind === 'migrate' && command.sid === sid);
        const state = await this.manage(cluster, sid, target?.kind === 'migrate' ? target.node : null);
        if (cluster.datacenter.record.haResources[sid] !== undefined) this.services.set(sid, state);
      }),
    );
  }

  private forget(sid: string): void {
    this.services.delete(sid);
    this.failures.delete(sid);
  }

  private async manage(cluster: Cluster, sid: string, target: string | null): Promise<HaServiceState> {
    const resource = cluster.datacenter.record.haResources[sid];
    const vmid = vmidOf(sid) ?? 0;
    let vm = cluster.world.vms.get(vmid);
    if (resource === undefined || vm === undefined) return 'error';
    if (resource.state === 'ignored') return 'ignored';
    if (resource.state === 'stopped' || resource.state === 'disabled') {
      this.failures.delete(sid);
      if (vm.startedAt !== null && cluster.nodeStates.of(vm.node) === 'online')
        await this.shutDown(cluster, vm);
      return cluster.world.vms.get(vmid)?.startedAt === null ? 'stopped' : 'request_stop';
    }
    if (this.services.get(sid) === 'error') return 'error';
    if (cluster.nodeStates.of(vm.node) === 'offline') {
      const recovered = recover(cluster, sid, vm);
      if (recovered === undefined) return 'recovery';
      vm = recovered;
    } else if (target !== null && target !== vm.node) {
      await this.run(cluster, vm, 'qmigrate', (job) =>
        migrateVm(cluster, vmid, target, job, { online: true }),
      );
      vm = cluster.world.vms.get(vmid) ?? vm;
    }
    return this.keepRunning(cluster, sid, vm, resource);
  }

  private async keepRunning(
    cluster: Cluster,
    sid: string,
    vm: VmRecord,
    resource: HaResource,
  ): Promise<HaServiceState> {
    if (vm.startedAt !== null) return 'started';
    const status = await this.run(cluster, vm, 'qmstart', (job) => startVm(cluster, vm.node, vm.vmid, job));
    if (status === 'OK') {
      this.failures.delete(sid);
      return 'started';
    }
    const failures = (this.failures.get(sid) ?? 0) + 1;
    this.failures.set(sid, failures);
    return failures > resource.maxRestart + resource.maxRelocate ? 'error' : 'queued';
  }

  private shutDown(cluster: Cluster, { node, vmid }: VmRecord): Promise<string | null> {
    const vm = { node, vmid };
    return this.run(cluster, vm, 'qmshutdown', async (job) => {
      const options = { timeoutS: null, forceStop: true };
      await shutdownVm(cluster, node, vmid, options, job);
      await stopVm(cluster, node, vmid, null, job);
    });
  }

  /** As a task of the local resource manager. @returns its exit status. */
  private async run(
    cluster: Cluster,
    { node, vmid }: Pick<VmRecord, 'node' | 'vmid'>,
    type: string,
    work: (job: Job) => Promise<void>,
  ): Promise<string | null> {
    this.abort.signal.throwIfAborted();
    const upid = cluster.tasks.start({ node, type, id: String(vmid), user: USER }, work);
    return (await cluster.tasks.settled(upid))?.exitstatus ?? null;
  }
}

function requestStop({ datacenter }: Cluster, sid: string): void {
  const { haResources } = datacenter.record;
  const resource = haResources[sid];
  if (resource === undefined) return;
  datacenter.change({
    haResources: { ...without(haResources, sid), [sid]: { ...resource, state: 'stopped' } },
  });
}

/** The host was fenced: whatever ran on it lost its power, and goes on elsewhere when its disks can be reached there. */
function recover(cluster: Cluster, sid: string, vm: VmRecord): VmRecord | undefined {
  cluster.machines.powerOff(vm.vmid);
  const off = { ...vm, startedAt: null };
  cluster.world.putVm(off);
  const target = usesLocalDisks(cluster, vm) ? undefined : hostFor(cluster, sid, off);
  if (target === undefined) return undefined;
  const recovered = { ...off, node: target };
  cluster.world.putVm(recovered);
  return recovered;
}

/** The first host that all rules that can be kept allow. */
function hostFor(cluster: Cluster, sid: string, vm: VmRecord): string | undefined {
  const { datacenter, inventory, world, nodeStates } = cluster;
  const rules = effectiveRules({ rules: datacenter.record.haRules, hosts: inventory.hosts.length });
  const mine = rules.filter((rule) => rule.resources.includes(sid));
  return inventory.hosts
    .map(({ name }) => name)
    .filter((name) => nodeStates.of(name) === 'online')
    .filter((name) => mine.every((rule) => allows(cluster, rule, sid, name)))
    .find((name) => memoryInUse(world, name) + memoryOf(vm.config) * MIB <= memoryOfHost(inventory, name));
}

function allows({ world }: Cluster, rule: HaRule, sid: string, node: string): boolean {
  if (rule.type === 'node-affinity') return !rule.strict || rule.nodes[node] !== undefined;
  const others = rule.resources.filter((other) => other !== sid);
  const hosts = others.flatMap((other) => world.vms.get(vmidOf(other) ?? 0)?.node ?? []);
  if (rule.affinity === 'negative') return !hosts.includes(node);
  return hosts.length === 0 || hosts.includes(node);
}
