/** Chooses a Proxmox host for each machine of a plan. */
import type { HostFacts } from '../domain/inventory.js';
import type { PlaceRequest, PlaceResult } from '../domain/planner.js';

/** Virtual processors that a host is given for each of its own: beyond it, etcd misses its heartbeats. */
export const MAX_CORES_PER_CORE = 4;

interface Room {
  memoryMiB: number;
  cores: number;
}

/**
 * Each host is filtered, then the best is taken: a preferred one, then the one with fewest machines of the same group
 * (unless anti-affinity is NONE), then the one that has most of its scarcer resource left, then the first by name.
 * What is given to one machine is no longer free for the next.
 */
export function placeMachines(requests: readonly PlaceRequest[], hosts: readonly HostFacts[]): PlaceResult[] {
  const rooms = new Map(hosts.map((host) => [host.name, roomOf(host)]));
  const ofGroup = new Map<string, number>();
  const key = (host: string, group: string): string => `${group} on ${host}`;

  return requests.map((request) => {
    const { machine, group, memoryMiB, cores, antiAffinity, preferredHosts } = request;
    const neighbours = (host: HostFacts): number => ofGroup.get(key(host.name, group)) ?? 0;
    const room = (host: HostFacts): Room => rooms.get(host.name) ?? roomOf(host);
    const reasons: string[] = [];
    const candidates = hosts.filter((host) => {
      const reason =
        (host.online ? null : 'it is offline') ??
        request.objection(host) ??
        (antiAffinity === 'HARD' && neighbours(host) > 0
          ? `it already has a machine of group "${group}"`
          : null) ??
        shortage(room(host), { memoryMiB, cores });
      if (reason !== null) reasons.push(`${host.name}: ${reason}`);
      return reason === null;
    });

    const left = (host: HostFacts): number => shareLeft(host, room(host), { memoryMiB, cores });
    const [best] = candidates.sort(
      (a, b) =>
        Number(preferredHosts.includes(b.name)) - Number(preferredHosts.includes(a.name)) ||
        (antiAffinity === 'NONE' ? 0 : neighbours(a) - neighbours(b)) ||
        left(b) - left(a) ||
        a.name.localeCompare(b.name, 'en'),
    );
    if (best === undefined) return { kind: 'unplaced', machine, reasons };
    const taken = room(best);
    rooms.set(best.name, { memoryMiB: taken.memoryMiB - memoryMiB, cores: taken.cores - cores });
    ofGroup.set(key(best.name, group), neighbours(best) + 1);
    return { kind: 'placed', machine, host: best.name };
  });
}

function roomOf({ memoryFreeMiB, cores, coresAllocated }: HostFacts): Room {
  return { memoryMiB: memoryFreeMiB, cores: cores * MAX_CORES_PER_CORE - coresAllocated };
}

function shortage(room: Room, wanted: Room): string | null {
  if (room.memoryMiB < wanted.memoryMiB)
    return `it has ${room.memoryMiB} MiB of memory free, ${wanted.memoryMiB} MiB are needed`;
  if (room.cores < wanted.cores)
    return `it has room for ${Math.max(0, room.cores)} more virtual processors, ${wanted.cores} are needed`;
  return null;
}

/** Part of the scarcer resource that is left once the machine is there: a small host is not filled before a large one. */
function shareLeft({ memoryMiB, cores }: HostFacts, room: Room, wanted: Room): number {
  return Math.min(
    (room.memoryMiB - wanted.memoryMiB) / Math.max(1, memoryMiB),
    (room.cores - wanted.cores) / Math.max(1, cores * MAX_CORES_PER_CORE),
  );
}
