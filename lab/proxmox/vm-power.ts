/** Start, stop, shutdown and reset: what the workers of the power calls do. */
import { die } from './api-error.js';
import { memoryInUse, memoryOfHost } from './broadcast.js';
import { hostNamed, loadVm, vmLock } from './cluster.js';
import type { Cluster } from './cluster.js';
import type { VmRecord } from './records.js';
import type { Job } from './tasks.js';
import { machineOf } from './vm-machine.js';
import { checkLock, drivesOf, isTemplate, memoryOf, nicsOf, vmName, withPending } from './vm-config.js';

const MIB = 2 ** 20;
const SHUTDOWN_TIMEOUT_S = 60;

export interface ShutdownOptions {
  readonly timeoutS: number | null;
  readonly forceStop: boolean;
}

/** @throws ApiError with the text that becomes the task's exit status. */
export async function startVm(cluster: Cluster, node: string, vmid: number, job: Job): Promise<void> {
  await underLock(cluster, node, vmid, job, async () => {
    const vm = loadVm(cluster, node, vmid);
    if (isTemplate(vm)) die("you can't start a vm if it's a template");
    checkLock(vm);
    if (vm.startedAt !== null) die(`VM ${vmid} already running`);
    checkVolumes(cluster, vm);
    checkBridges(cluster, vm);
    job.checkpoint();
    await cluster.latency.wait('proxmox.start', vmName(vm), job.signal);
    checkMemory(cluster, vm, job);
    const started = { ...applied(vm), startedAt: Date.now() };
    cluster.world.putVm(started);
    cluster.machines.powerOn(machineOf(cluster, started));
  });
}

/** A VM that is off already is fine. `overrule` names whose shutdown tasks of the VM are stopped first. */
export async function stopVm(
  cluster: Cluster,
  node: string,
  vmid: number,
  overrule: string | null,
  job: Job,
): Promise<void> {
  const overruled = overrule === null ? [] : cluster.tasks.interrupt('qmshutdown', String(vmid), overrule);
  if (overruled.length > 0) job.print(`overruled qmshutdown tasks: ${overruled.join(', ')}`);
  await underLock(cluster, node, vmid, job, async () => {
    const vm = loadVm(cluster, node, vmid);
    if (vm.startedAt === null) return;
    checkLock(vm);
    job.checkpoint();
    await cluster.latency.wait('proxmox.stop', vmName(vm), job.signal);
    powerOff(cluster, vmid);
  });
}

/** @throws ApiError when the guest has not gone down in time and `forceStop` is not set. */
export async function shutdownVm(
  cluster: Cluster,
  node: string,
  vmid: number,
  options: ShutdownOptions,
  job: Job,
): Promise<void> {
  await underLock(cluster, node, vmid, job, async () => {
    const vm = loadVm(cluster, node, vmid);
    if (vm.startedAt === null) return;
    checkLock(vm);
    job.checkpoint();
    const timeoutMs = (options.timeoutS ?? SHUTDOWN_TIMEOUT_S) * 1_000;
    const down = await within(timeoutMs, cluster.machines.shutdown(vmid), job);
    if (!down && !options.forceStop) die('VM quit/powerdown failed - got timeout');
    if (!down) job.print('VM still running - terminating now with SIGTERM');
    powerOff(cluster, vmid);
  });
}

/** As the reset button: the machine boots again with what it had. */
export async function resetVm(cluster: Cluster, node: string, vmid: number, job: Job): Promise<void> {
  await underLock(cluster, node, vmid, job, async () => {
    const vm = loadVm(cluster, node, vmid);
    checkLock(vm);
    cluster.machines.powerOff(vmid);
    cluster.machines.powerOn(machineOf(cluster, vm));
    await Promise.resolve();
  });
}

function underLock(
  cluster: Cluster,
  node: string,
  vmid: number,
  job: Job,
  code: () => Promise<void>,
): Promise<void> {
  return cluster.locks.run(vmLock(node, vmid, cluster.timing.configLockMs, job.signal), code);
}

/** Pending changes take effect while the VM is off. */
export function powerOff(cluster: Cluster, vmid: number): void {
  cluster.machines.powerOff(vmid);
  const vm = cluster.world.vms.get(vmid);
  if (vm !== undefined) cluster.world.putVm({ ...applied(vm), startedAt: null });
}

function applied(vm: VmRecord): VmRecord {
  return { ...vm, config: withPending(vm), pending: {}, pendingDelete: [] };
}

function checkVolumes(cluster: Cluster, vm: VmRecord): void {
  for (const { drive } of drivesOf(vm.config)) {
    if (!drive.file.includes(':')) continue;
    if (cluster.storages.find(drive.file, vm.node) === undefined)
      die(`volume '${drive.file}' does not exist`);
  }
}

function checkBridges(cluster: Cluster, vm: VmRecord): void {
  const { bridges } = hostNamed(cluster, vm.node);
  for (const { bridge, vlan } of nicsOf(vm.config)) {
    if (bridge === null) continue;
    const found = bridges.find(({ name }) => name === bridge);
    if (found === undefined) die(`bridge '${bridge}' does not exist`);
    if (vlan !== null && !found.vlanAware) die(`unable to add vlan ${vlan} to interface ${bridge}`);
  }
}

function checkMemory(cluster: Cluster, vm: VmRecord, job: Job): void {
  const wanted = memoryInUse(cluster.world, vm.node) + memoryOf(withPending(vm)) * MIB;
  if (wanted <= memoryOfHost(cluster.inventory, vm.node)) return;
  job.print("kvm: cannot set up guest memory 'pc.ram': Cannot allocate memory");
  die('start failed: QEMU exited with code 1');
}

/** @returns whether it was done in time. @throws the reason for which the task was cut short. */
async function within(timeoutMs: number, done: Promise<void>, job: Job): Promise<boolean> {
  const signal = AbortSignal.any([job.signal, job.interruption]);
  return new Promise<boolean>((resolve, reject) => {
    const timer = setTimeout(() => resolve(false), timeoutMs);
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
    void done.then(() => resolve(true), reject).finally(() => clearTimeout(timer));
  });
}
