/** Which disks are destroyed with a machine's VM, and which are somebody else's. */
import { Context } from '@temporalio/activity';
import { fail } from '../../domain/errors.js';
import type { MachineVolume } from '../../store/store.js';
import type { ProxmoxContext } from './dependencies.js';
import { drivesOf, unusedDrives, type Drive } from './drives.js';
import { readVm, type LocatedVm } from './locate.js';
import type { LedgeredMachine } from './owned-vm.js';
import { runTask } from './tasks.js';

export interface SortedDisks {
  /** Destroyed with the VM. */
  readonly own: readonly Drive[];
  /** Named for another VMID, as by a storage driver: the VM can be parted from them, and they stay. */
  readonly lent: readonly Drive[];
  /** Named for this VMID and not made with the machine: destroying the VM would destroy them. */
  readonly disputed: readonly Drive[];
}

/**
 * @param recorded what the machine was made with. Nothing, for one whose making was never seen to its end, or ended
 *   before this was written down: then all that is named for its VMID is taken to have been made with it.
 */
export function sortDisks(
  { address, config }: Pick<LocatedVm, 'address' | 'config'>,
  recorded: readonly MachineVolume[],
): SortedDisks {
  const volumes = new Set(recorded.map(({ volume }) => volume));
  const slots = new Set(recorded.map(({ slot }) => slot));
  const disks = [...drivesOf(config), ...unusedDrives(config)].filter(
    ({ isCdrom, isCloudInit, volume }) => volume.includes(':') && (!isCdrom || isCloudInit),
  );
  const kindOf = ({ isCloudInit, volume, slot }: Drive): keyof SortedDisks => {
    if (ownerOf(volume) !== address.vmid) return 'lent';
    // A disk that was moved to another storage or host has another name there, and the same slot.
    const isKnown = volumes.has(volume) || slots.has(slot) || isCloudInit;
    return isKnown || recorded.length === 0 ? 'own' : 'disputed';
  };
  const of = (kind: keyof SortedDisks): Drive[] => disks.filter((disk) => kindOf(disk) === kind);
  return { own: of('own'), lent: of('lent'), disputed: of('disputed') };
}

/** Writes down what the machine was made with, until it is configured: what comes later is not ours. */
export async function recordOwnDisks(
  { ledger }: ProxmoxContext,
  { row }: LedgeredMachine,
  vm: LocatedVm,
): Promise<void> {
  if (row.state === 'done') return;
  const { own } = sortDisks(vm, []);
  const disks = own.filter(({ isCloudInit }) => !isCloudInit);
  await ledger.recordVolumes(
    row.uuid,
    disks.map(({ slot, volume }) => ({ slot, volume })),
  );
}

/** @throws `DISK_NOT_OURS` when destroying the VM would destroy a disk that is not the machine's. */
export async function requireOwnDisks(
  { ledger }: ProxmoxContext,
  { row }: LedgeredMachine,
  vm: LocatedVm,
): Promise<SortedDisks> {
  const sorted = sortDisks(vm, await ledger.volumesOf(row.uuid));
  if (sorted.disputed.length === 0) return sorted;
  const named = sorted.disputed.map(({ slot, volume }) => `${volume} (${slot})`).join(', ');
  throw fail(
    'DISK_NOT_OURS',
    `VM ${vm.address.vmid} on ${vm.address.host} has ${named}, which ${row.name} was not made with`,
  );
}

/** Parts the VM, which is off, from disks of others: their data stay. @returns the VM as it is then. */
export async function detachLent(
  { client }: ProxmoxContext,
  vm: LocatedVm,
  { lent }: SortedDisks,
): Promise<LocatedVm> {
  if (lent.length === 0) return vm;
  const { digest } = vm.config;
  const change = {
    delete: lent.map(({ slot }) => slot).join(','),
    ...(digest === undefined ? {} : { digest }),
  };
  Context.current().log.warn('Disks of others are detached before the VM is destroyed', {
    vmid: vm.address.vmid,
    volumes: lent.map(({ volume }) => volume),
  });
  const signal = Context.current().cancellationSignal;
  await runTask(client, vm.address, 'qmconfig', () => client.changeConfig(vm.address, change, signal));
  const after = await readVm(client, vm.address);
  const left = sortDisks(after, []).lent.map(({ volume }) => volume);
  if (left.length > 0) throw fail('STEP_NOT_VERIFIED', `VM ${vm.address.vmid} still has ${left.join(', ')}`);
  return after;
}

/** The VMID in the name of a volume: `ceph-vm:vm-100-disk-0`, `local:100/vm-100-disk-0.qcow2`, `zfs:base-9001-disk-0/vm-100-disk-0`. */
function ownerOf(volume: string): number | undefined {
  const name =
    volume
      .slice(volume.indexOf(':') + 1)
      .split('/')
      .at(-1) ?? '';
  const vmid = /^(?:vm|base)-(\d+)-/.exec(name)?.[1];
  return vmid === undefined ? undefined : Number(vmid);
}
