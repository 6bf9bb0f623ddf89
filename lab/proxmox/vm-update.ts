/** `POST` and `PUT` of a VM's configuration: compare-and-set, and pending while the VM runs. */
import { die, refuseParameters } from './api-error.js';
import { hostNamed, loadVm, vmLock } from './cluster.js';
import type { Cluster } from './cluster.js';
import type { Call } from './endpoint.js';
import { memoryMiB, splitList, uniqueTags } from './option-format.js';
import {
  checkDrivePrivilege,
  checkOptionNames,
  checkOptionValues,
  resolveCdromAlias,
} from './option-permissions.js';
import { isDriveName, isUnused, parseDrive } from './drive.js';
import { parseNic, printNic } from './nic.js';
import type { Options, VmRecord } from './records.js';
import type { Job } from './tasks.js';
import { applyChanges } from './vm-apply.js';
import { bootOrder, checkLock, checkProtection, digestOf, vmName, withPending } from './vm-config.js';
import { asksForNewVolume, createDrives } from './vm-drives.js';
import { VM_OPTIONS } from './vm-options.js';

const NOT_OPTIONS = ['node', 'vmid', 'digest', 'background_delay', 'delete', 'revert', 'force', 'skiplock'];

interface Update {
  readonly cluster: Cluster;
  readonly call: Call;
  readonly node: string;
  readonly vmid: number;
  readonly set: Options;
  readonly remove: readonly string[];
  readonly revert: readonly string[];
}

/** `PUT`: done when it answers. @throws ApiError. */
export async function updateVm(cluster: Cluster, call: Call): Promise<null> {
  const update = checkedUpdate(cluster, call);
  await cluster.tasks.inline((job) => run(update, job));
  return null;
}

/** `POST`: @returns the UPID, or `null` when the task ended well within `background_delay`. @throws ApiError. */
export async function updateVmInBackground(cluster: Cluster, call: Call): Promise<string | null> {
  const update = checkedUpdate(cluster, call);
  const { node, vmid } = update;
  const upid = cluster.tasks.start(
    { node, type: 'qmconfig', id: String(vmid), user: call.session.tokenId },
    (job) => run(update, job),
  );
  const delay = call.params.number('background_delay');
  if (delay === undefined) return upid;
  const status = (await cluster.tasks.settled(upid, delay * 1_000))?.exitstatus ?? null;
  if (status === null) return upid;
  if (status === 'OK' || status.startsWith('WARNINGS: ')) return null;
  return die(`failed to update VM ${vmid}: ${status}`);
}

function checkedUpdate(cluster: Cluster, call: Call): Update {
  const { params, session } = call;
  const node = hostNamed(cluster, params.required('node')).name;
  const vmid = Number(params.required('vmid'));
  if (params.flag('skiplock')) refuseParameters({ skiplock: 'Only root may use this option.' });
  const set = resolveCdromAlias(Object.fromEntries(params.without(...NOT_OPTIONS)));
  const remove = splitList(params.text('delete') ?? '').map((name) => (name === 'cdrom' ? 'ide2' : name));
  const revert = splitList(params.text('revert') ?? '');
  if (Object.keys(set).length + remove.length + revert.length === 0) die('no options specified');
  for (const [parameter, names] of [
    ['delete', remove],
    ['revert', revert],
  ] as const) {
    for (const name of names) {
      if (!Object.hasOwn(VM_OPTIONS, name)) refuseParameters({ [parameter]: `unknown option '${name}'` });
      if (set[name] !== undefined) {
        refuseParameters({
          [parameter]: `you can't use '-${name}' and -${parameter} ${name}' at the same time`,
        });
      }
    }
  }
  const context = { cluster, session, node, vmid, pool: null };
  checkOptionNames(context, [...remove, ...Object.keys(set)]);
  checkOptionValues(context, set, null);
  const update = { cluster, call, node, vmid, set, remove, revert };
  loadChecked(update);
  return update;
}

/** Checked before the fork and again under the lock. */
function loadChecked({ cluster, call, node, vmid, set }: Update): VmRecord {
  const vm = loadVm(cluster, node, vmid);
  const digest = call.params.text('digest');
  if (digest !== undefined && digest !== '' && digest !== digestOf(vm)) {
    die('checksum mismatch (file change by other user?)');
  }
  checkLock(vm);
  const balloon = Number(set['balloon'] ?? withPending(vm)['balloon'] ?? 0);
  const memory = memoryMiB(set['memory'] ?? withPending(vm)['memory']) ?? 0;
  if ((set['memory'] !== undefined || set['balloon'] !== undefined) && balloon > memory) {
    die('balloon value too large (must be smaller than assigned memory)');
  }
  return vm;
}

async function run(update: Update, job: Job): Promise<void> {
  const { cluster, node, vmid } = update;
  await cluster.locks.run(vmLock(node, vmid, cluster.timing.configLockMs, job.signal), async () => {
    const vm = loadChecked(update);
    job.print(`update VM ${vmid}: ${commandLine(update)}`);
    job.checkpoint();
    await cluster.latency.wait('proxmox.config', vmName(vm), job.signal);
    const removals = checkedRemovals(update, vm, job);
    const set = await madeOptions(update, vm, job);
    const { boot, ...others } = set;
    const order = bootOrder(withPending(vm));
    const remaining = order.filter((slot) => !removals.includes(slot));
    const shorterBoot = remaining.length < order.length ? { boot: `order=${remaining.join(';')}` } : {};
    const change = {
      set: {
        ...others,
        ...(boot === undefined ? shorterBoot : { boot: checkedBoot(boot, vm, set, removals) }),
      },
      remove: removals,
      revert: update.revert,
      force: update.call.params.flag('force'),
    };
    await applyChanges(cluster, vm, change, job);
  });
}

function commandLine({ set, remove }: Update): string {
  const shown = Object.entries(set).map(
    ([name, value]) => `-${name} ${name === 'cipassword' ? '<hidden>' : value}`,
  );
  return [...shown, ...(remove.length === 0 ? [] : [`-delete ${remove.join(',')}`])].sort().join(' ');
}

/** What is really there to be removed. */
function checkedRemovals({ cluster, call, node, vmid, remove }: Update, vm: VmRecord, job: Job): string[] {
  const context = { cluster, session: call.session, node, vmid, pool: null };
  return remove.filter((name) => {
    const value = vm.config[name] ?? vm.pending[name];
    if (value === undefined) {
      job.print(`cannot delete '${name}' - not set in current configuration!`);
      return false;
    }
    if (isDriveName(name)) {
      checkProtection(vm, `can't remove drive '${name}'`);
      checkDrivePrivilege(context, value);
    } else if (isUnused(name)) {
      checkProtection(vm, `can't remove unused disk '${parseDrive(value)?.file ?? value}'`);
      call.session.check(`/vms/${vmid}`, 'VM.Config.Disk');
    }
    return true;
  });
}

async function madeOptions(update: Update, vm: VmRecord, job: Job): Promise<Options> {
  const { cluster, node, vmid, set } = update;
  const plain = Object.entries(set).map(([name, value]): [string, string] => {
    const nic = /^net\d+$/.test(name) ? parseNic(value) : undefined;
    if (nic !== undefined) return [name, printNic(nic)];
    return [name, name === 'tags' ? uniqueTags(value) : value];
  });
  for (const [name, value] of plain) {
    const attached = parseDrive(vm.config[name] ?? '');
    if (
      isDriveName(name) &&
      asksForNewVolume(value) &&
      attached?.properties.get('media') !== 'cdrom' &&
      attached !== undefined
    ) {
      checkProtection(vm, `can't remove drive '${name}'`);
    }
  }
  const request = {
    cluster,
    node,
    vmid,
    name: vmName(vm),
    defaultStorage: null,
    job,
    config: withPending(vm),
  };
  const drives = await createDrives(request, Object.fromEntries(plain.filter(([name]) => isDriveName(name))));
  return { ...Object.fromEntries(plain), ...drives };
}

function checkedBoot(boot: string, vm: VmRecord, set: Options, removals: readonly string[]): string {
  const there = { ...withPending(vm), ...set };
  for (const slot of bootOrder({ boot })) {
    if (there[slot] === undefined || removals.includes(slot)) {
      die(`invalid bootorder: device '${slot}' does not exist'`);
    }
  }
  return boot;
}
