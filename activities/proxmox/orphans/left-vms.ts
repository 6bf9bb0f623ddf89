/** VMs that carry our tag or mark and belong to no live cluster. */
import { OWNER_TAG } from '../../../domain/machine.js';
import { isInUse, isMachine, judgeVm, marksIn, type Owner, type SeenVm } from '../../../domain/orphans.js';
import type { KnownMachine } from '../../../store/store.js';
import type { ProxmoxContext } from '../dependencies.js';
import { observedVm } from '../locate.js';
import { splitList } from '../property-string.js';
import type { VmConfig, VmResource } from '../records.js';
import { configIfThere } from '../vm-config.js';
import { byVmid, ofMachine, ownerOf, type Candidate } from './candidate.js';
import { eachLimited, ifItAnswers, type Sight } from './sight.js';

/** Descriptions are not in the list of guests: only of those that may be ours is the configuration read. */
export async function leftVms(context: ProxmoxContext, sight: Sight): Promise<Candidate[]> {
  const { client, orphans } = context;
  const vms = sight.guests.filter(({ type, node }) => type === 'qemu' && sight.hosts.includes(node));
  const machines = byVmid(await orphans.machinesWith(vms.map(({ vmid }) => vmid)));
  const mayBeLeft = vms.filter((guest) => isWorthALook(guest, machines.get(guest.vmid) ?? []));
  const found = await eachLimited(mayBeLeft, async ({ vmid, node: host }) => {
    const config = await ifItAnswers(sight.notSeen, host, () => configIfThere(client, { host, vmid }));
    if (config === undefined) return [];
    const candidate = await vmCandidate(
      context,
      { host, vm: seenVm(vmid, config) },
      machines.get(vmid) ?? [],
    );
    return candidate === null ? [] : [candidate];
  });
  return found.flat();
}

/** The VM as an orphan, or `null` when it is none. @param sameVmid what the ledger has of its number, the latest first. */
export async function vmCandidate(
  { orphans }: Pick<ProxmoxContext, 'orphans'>,
  { host, vm }: { readonly host: string; readonly vm: SeenVm },
  sameVmid: readonly KnownMachine[],
): Promise<Candidate | null> {
  const uuids = marksIn(vm.description).map(({ uuid }) => uuid);
  const machines = await Promise.all(uuids.map((uuid) => orphans.machine(uuid)));
  const marked = new Map(
    machines.flatMap((machine) => (machine === undefined ? [] : [[machine.uuid, machine]])),
  );
  const ownerMarked = (uuid: string): Owner | undefined => {
    const machine = marked.get(uuid);
    return machine && ownerOf(machine);
  };
  const verdict = judgeVm(vm, ownerMarked, sameVmid.map(ownerOf));
  if (verdict === null) return null;
  const [first] = uuids;
  return {
    ...ofMachine(first === undefined ? undefined : marked.get(first)),
    kind: 'vm',
    uuid: vm.uuid,
    vmid: vm.vmid,
    host,
    name: vm.name,
    volume: null,
    ...verdict,
  };
}

export function seenVm(vmid: number, config: VmConfig): SeenVm {
  return {
    ...observedVm(vmid, config),
    isTemplate: Number(config['template'] ?? 0) === 1,
    lock: config.lock ?? null,
  };
}

/** Machines of live clusters need no look; names and tags are some seconds old, and missing at first. */
function isWorthALook({ vmid, name, tags }: VmResource, sameVmid: readonly KnownMachine[]): boolean {
  const seen = { vmid, name: name ?? null, uuid: null };
  const isLive = sameVmid.map(ownerOf).some((owner) => isInUse(owner) && isMachine(seen, owner));
  if (isLive) return false;
  return sameVmid.length > 0 || name === undefined || splitList(tags ?? '').includes(OWNER_TAG);
}
