/** `POST /nodes/{node}/qemu`: the VMID is claimed before the worker is forked; until it ends there is only a lock. */
import { randomUUID } from 'node:crypto';
import { die, errorText, refusePermission } from './api-error.js';
import { hostNamed, vmLock } from './cluster.js';
import type { Cluster } from './cluster.js';
import { isCdrom } from './drive.js';
import type { Call } from './endpoint.js';
import { DEFAULTS as HA_DEFAULTS } from './ha-resource-endpoints.js';
import { parseNic, printNic } from './nic.js';
import { uniqueTags } from './option-format.js';
import { checkOptionNames, checkOptionValues, resolveCdromAlias } from './option-permissions.js';
import type { Session } from './privileges.js';
import type { Options, VmRecord } from './records.js';
import type { Job } from './tasks.js';
import { drivesOf } from './vm-config.js';
import { createDrives } from './vm-drives.js';
import { startVm } from './vm-power.js';

const NOT_OPTIONS = ['node', 'vmid', 'pool', 'start', 'storage', 'ha-managed'];

/** @returns the UPID of the `qmcreate` task. @throws ApiError when the VMID is taken, anywhere in the cluster. */
export async function createVm(cluster: Cluster, { session, params }: Call): Promise<string> {
  const node = hostNamed(cluster, params.required('node')).name;
  const vmid = Number(params.required('vmid'));
  const pool = params.text('pool') ?? null;
  const storage = params.text('storage') ?? null;
  const options = resolveCdromAlias(Object.fromEntries(params.without(...NOT_OPTIONS)));
  const context = { cluster, session, node, vmid, pool };
  if (pool !== null && !cluster.inventory.pools.includes(pool))
    refusePermission(`pool '${pool}' does not exist`);
  if (storage !== null) session.check(`/storage/${storage}`, 'Datastore.AllocateSpace');
  if (params.flag('start')) session.check(`/vms/${vmid}`, 'VM.PowerMgmt');
  if (params.flag('ha-managed')) session.check('/', 'Sys.Console');
  if (!mayAllocate(session, vmid, pool)) refusePermission();
  checkOptionValues(context, options, storage);
  checkOptionNames(context, Object.keys(options));

  await claim(cluster, node, vmid);
  return cluster.tasks.start(
    { node, type: 'qmcreate', id: String(vmid), user: session.tokenId },
    async (job) => {
      try {
        await cluster.locks.run(vmLock(node, vmid, cluster.timing.cloneLockMs, job.signal), () =>
          fill(cluster, { node, vmid, pool, storage, options }, job),
        );
      } catch (error) {
        if (!job.signal.aborted) cluster.world.removeVm(vmid);
        throw error;
      }
      if (params.flag('start')) autostart(cluster, node, vmid, session.tokenId, job);
      if (params.flag('ha-managed')) manage(cluster, vmid, params.flag('start') ? 'started' : 'stopped', job);
    },
  );
}

export function mayAllocate(session: Session, vmid: number, pool: string | null): boolean {
  if (session.has(`/vms/${vmid}`, 'VM.Allocate')) return true;
  return pool !== null && session.has(`/pool/${pool}`, 'VM.Allocate');
}

async function claim(cluster: Cluster, node: string, vmid: number): Promise<void> {
  const prefix = `unable to create VM ${vmid} -`;
  await cluster.tasks.inline(({ signal }) => {
    const lock = vmLock(node, vmid, cluster.timing.claimLockMs, signal);
    return cluster.locks.run({ ...lock, timeoutMessage: `${prefix} ${lock.timeoutMessage}` }, () => {
      const other = cluster.world.vms.get(vmid);
      if (other !== undefined) die(`${prefix} VM ${vmid} already exists on node '${other.node}'`);
      cluster.world.putVm({
        vmid,
        node,
        config: { lock: 'create' },
        pending: {},
        pendingDelete: [],
        pool: null,
        startedAt: null,
      });
      return Promise.resolve();
    });
  });
}

interface NewVm {
  readonly node: string;
  readonly vmid: number;
  readonly pool: string | null;
  readonly storage: string | null;
  readonly options: Options;
}

async function fill(cluster: Cluster, vm: NewVm, job: Job): Promise<void> {
  const { node, vmid } = vm;
  const name = vm.options['name'] ?? `VM ${vmid}`;
  try {
    job.checkpoint();
    await cluster.latency.wait('proxmox.config', name, job.signal);
    const request = { cluster, node, vmid, name, defaultStorage: vm.storage, job, config: {} };
    const drives = await createDrives(request, vm.options);
    const config = completed({ ...vm.options, ...drives });
    const record: VmRecord = {
      vmid,
      node,
      config,
      pending: {},
      pendingDelete: [],
      pool: vm.pool,
      startedAt: null,
    };
    cluster.world.putVm(record);
  } catch (error) {
    if (job.signal.aborted) throw error;
    die(`unable to create VM ${vmid} - ${errorText(error)}`);
  }
}

/** What Proxmox VE adds of its own accord. */
function completed(options: Options): Options {
  const nics = Object.entries(options).flatMap(([name, value]): [string, string][] => {
    const nic = /^net\d+$/.test(name) ? parseNic(value) : undefined;
    return nic === undefined ? [] : [[name, printNic(nic)]];
  });
  const disks = drivesOf(options).filter(({ drive }) => !isCdrom(drive));
  const order = [...disks.slice(0, 1).map(({ slot }) => slot), ...nics.slice(0, 1).map(([name]) => name)];
  return {
    boot: `order=${order.join(';')}`,
    smbios1: `uuid=${randomUUID()}`,
    vmgenid: randomUUID(),
    meta: `creation-qemu=10.1.2,ctime=${Math.floor(Date.now() / 1_000)}`,
    ...options,
    ...Object.fromEntries(nics),
    ...(options['tags'] === undefined ? {} : { tags: uniqueTags(options['tags']) }),
  };
}

/** A start that fails does not make the create fail: only its own task says so. */
function autostart(cluster: Cluster, node: string, vmid: number, user: string, job: Job): void {
  job.print('Execute autostart');
  const upid = cluster.tasks.start({ node, type: 'qmstart', id: String(vmid), user }, (start) =>
    startVm(cluster, node, vmid, start),
  );
  job.print(upid);
}

/** Neither does it when high availability cannot have the VM, as while it remembers an earlier one of that VMID. */
function manage(cluster: Cluster, vmid: number, state: 'started' | 'stopped', job: Job): void {
  const { haResources } = cluster.datacenter.record;
  const sid = `vm:${vmid}`;
  job.print('Add as HA resource');
  if (haResources[sid] !== undefined) {
    job.warn(`create resource failed: resource ID '${sid}' already defined`);
    return;
  }
  cluster.datacenter.change({ haResources: { ...haResources, [sid]: { ...HA_DEFAULTS, state } } });
  cluster.ha.nudge();
}
