/** Media and disks that were made for machines of clusters that are gone. */
import { Context } from '@temporalio/activity';
import { judgeDisk, judgeMedium } from '../../../domain/orphans.js';
import type { KnownMachine } from '../../../store/store.js';
import type { ProxmoxContext } from '../dependencies.js';
import { isFree } from '../locate.js';
import { machineOfSeed } from '../seed-volume.js';
import { byVmid, ofMachine, ownerOf, type Candidate } from './candidate.js';
import { eachLimited, type SeenVolume, type Sight } from './sight.js';

export async function leftMedia({ orphans }: ProxmoxContext, { volumes }: Sight): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const medium of volumes) {
    const uuid = medium.content === 'iso' ? machineOfSeed(medium.volid) : undefined;
    if (uuid === undefined) continue;
    const candidate = mediumCandidate(medium, uuid, await orphans.machine(uuid));
    if (candidate !== null) found.push(candidate);
  }
  return found;
}

/** Disks that are named for a VMID which was a machine's and is nobody's now. */
export async function leftDisks(context: ProxmoxContext, { guests, volumes }: Sight): Promise<Candidate[]> {
  const { client, orphans, ledger } = context;
  const signal = Context.current().cancellationSignal;
  const taken = new Set(guests.map(({ vmid }) => vmid));
  const disks = volumes.flatMap((disk) => {
    const vmid = disk.content === 'images' ? vmidOfDisk(disk.volid) : undefined;
    return vmid === undefined || taken.has(vmid) ? [] : [{ disk, vmid }];
  });
  const vmids = [...new Set(disks.map(({ vmid }) => vmid))];
  const machines = byVmid(await orphans.machinesWith(vmids));
  // The token does not see every guest.
  const answers = await eachLimited([...machines.keys()], async (vmid) => {
    return (await isFree(client, vmid, signal)) ? [vmid] : [];
  });
  const free = new Set(answers.flat());
  const found: Candidate[] = [];
  for (const { disk, vmid } of disks) {
    const [latest, ...earlier] = machines.get(vmid) ?? [];
    if (latest === undefined || !free.has(vmid)) continue;
    const recorded = await ledger.volumesOf(latest.uuid);
    const isRecorded = recorded.some(({ volume }) => volume === disk.volid);
    const candidate = diskCandidate(disk, [latest, ...earlier], isRecorded);
    if (candidate !== null) found.push(candidate);
  }
  return found;
}

export function mediumCandidate(
  { host, volid }: Pick<SeenVolume, 'host' | 'volid'>,
  uuid: string,
  machine: KnownMachine | undefined,
): Candidate | null {
  const verdict = judgeMedium(machine && ownerOf(machine));
  if (verdict === null) return null;
  const vmid = machine?.vmid ?? null;
  return { ...ofMachine(machine), kind: 'medium', uuid, vmid, host, volume: volid, ...verdict };
}

/** @param sameVmid the latest first. */
export function diskCandidate(
  { host, volid }: Pick<SeenVolume, 'host' | 'volid'>,
  sameVmid: readonly [KnownMachine, ...KnownMachine[]],
  isRecorded: boolean,
): Candidate | null {
  const verdict = judgeDisk(sameVmid.map(ownerOf), isRecorded);
  if (verdict === null) return null;
  const [latest] = sameVmid;
  return { ...ofMachine(latest), kind: 'disk', vmid: latest.vmid, host, volume: volid, ...verdict };
}

/** `20000` of `ceph-vm:vm-20000-disk-0` and `zfs:base-9001-disk-0/vm-20000-disk-0`; a template's is none of ours. */
function vmidOfDisk(volid: string): number | undefined {
  const vmid = /[:/]vm-(\d+)-[^/]*$/.exec(volid)?.[1];
  return vmid === undefined ? undefined : Number(vmid);
}
