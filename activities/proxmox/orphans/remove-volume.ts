/** Removes media and disks of machines whose cluster is gone. */
import { Context } from '@temporalio/activity';
import { fail } from '../../../domain/errors.js';
import type { Orphan } from '../../../domain/orphans.js';
import { storageName } from '../client.js';
import type { ProxmoxContext } from '../dependencies.js';
import { isFree } from '../locate.js';
import type { VmConfig } from '../records.js';
import { machineOfSeed } from '../seed-volume.js';
import { runningTasks } from '../tasks.js';
import { configIfThere } from '../vm-config.js';
import { deleteVolume, disksOf, findIso, mediaOn, onlineHosts, type FoundVolume } from '../volumes.js';
import { diskCandidate, mediumCandidate } from './left-volumes.js';
import { knownMachine, requireSame, requireVmid } from './proof.js';
import { eachLimited } from './sight.js';

/** @returns false when it is not there any more. @throws `ORPHAN_NOT_REMOVABLE`, `RESIDUE_LEFT` */
export async function removeLeftMedium(context: ProxmoxContext, orphan: Orphan): Promise<boolean> {
  const { client, ledger } = context;
  const { host } = orphan;
  const volid = orphan.volume ?? '';
  const uuid = machineOfSeed(volid);
  if (uuid === undefined || uuid !== orphan.uuid)
    throw fail('ORPHAN_NOT_REMOVABLE', `${volid} is not named for machine ${orphan.uuid ?? ''}`);
  const machine = await knownMachine(context, orphan);
  requireSame(orphan, mediumCandidate({ host, volid }, uuid, machine));
  await hostsWith(context, orphan);
  const look = async (): Promise<FoundVolume | undefined> => {
    if (host === null) return (await findIso(client, volid, machine.host))[0];
    return (await mediaOn(client, host, storageName(volid))).find((medium) => medium.volid === volid);
  };
  const removed = await removeSeen(context, look);
  if (machine.seedVolume === volid) await ledger.update(uuid, { seedVolume: null });
  return removed;
}

/** @returns false when it is not there any more. @throws `ORPHAN_NOT_REMOVABLE`, `RESIDUE_LEFT` */
export async function removeLeftDisk(context: ProxmoxContext, orphan: Orphan): Promise<boolean> {
  const { client, orphans, ledger } = context;
  const { host, vmid } = orphan;
  const volid = orphan.volume ?? '';
  const machine = await knownMachine(context, orphan);
  const [latest, ...earlier] = await orphans.machinesWith([machine.vmid]);
  if (vmid !== machine.vmid || latest === undefined || latest.uuid !== machine.uuid)
    throw fail('ORPHAN_NOT_REMOVABLE', `VMID ${vmid} of ${volid} is not that of ${machine.name} any more`);
  const recorded = await ledger.volumesOf(machine.uuid);
  const isRecorded = recorded.some(({ volume }) => volume === volid);
  requireSame(orphan, diskCandidate({ host, volid }, [latest, ...earlier], isRecorded));
  await requireVmid(context, machine);
  const hosts = await hostsWith(context, orphan);
  const look = async (): Promise<FoundVolume | undefined> =>
    (await disksOf(client, vmid, hosts)).find((disk) => disk.volid === volid);
  return removeSeen(context, look, () => requireUnused(context, { vmid, volid, hosts }));
}

/** @param prove looks once more, right before it is deleted. */
async function removeSeen(
  { client }: ProxmoxContext,
  look: () => Promise<FoundVolume | undefined>,
  prove: () => Promise<void> = async () => {},
): Promise<boolean> {
  const volume = await look();
  if (volume === undefined) return false;
  await prove();
  await deleteVolume(client, volume);
  const left = await look();
  if (left !== undefined) throw fail('RESIDUE_LEFT', `${left.volid} is still on ${left.host}`);
  return true;
}

/** Where to look: the host it is on, else all. @throws `PROXMOX_NODE_UNREACHABLE` while that host is down. */
async function hostsWith({ client }: ProxmoxContext, { host, volume }: Orphan): Promise<readonly string[]> {
  const online = await onlineHosts(client);
  if (host === null) return online;
  if (!online.includes(host)) throw fail('PROXMOX_NODE_UNREACHABLE', `${host}, which has ${volume}, is down`);
  return [host];
}

/**
 * Nobody has the number, nothing is done to it, and no VM has the disk, which may have been attached to another one.
 * @throws `ORPHAN_NOT_REMOVABLE`; `PROXMOX_NODE_UNREACHABLE` when a VM cannot be asked.
 */
async function requireUnused(
  { client }: ProxmoxContext,
  {
    vmid,
    volid,
    hosts,
  }: { readonly vmid: number; readonly volid: string; readonly hosts: readonly string[] },
): Promise<void> {
  const signal = Context.current().cancellationSignal;
  const guests = (await client.vms(signal)).filter(({ type }) => type === 'qemu');
  await eachLimited(guests, async (guest) => {
    const names = (config: VmConfig): boolean =>
      Object.values(config).some((value) => String(value).split(',')[0]?.endsWith(volid) === true);
    const config = await configIfThere(client, { host: guest.node, vmid: guest.vmid });
    if (config !== undefined && names(config))
      throw fail('ORPHAN_NOT_REMOVABLE', `${volid} is a disk of VM ${guest.vmid}`);
  });
  const [task] = await runningTasks(client, vmid, hosts);
  if (task !== undefined) throw fail('RESIDUE_LEFT', `a task works on VMID ${vmid}: ${task}`);
  if (!(await isFree(client, vmid, signal)))
    throw fail('ORPHAN_NOT_REMOVABLE', `VMID ${vmid} of ${volid} belongs to a guest`);
}
