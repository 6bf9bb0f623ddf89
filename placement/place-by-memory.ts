/** How machines were placed before processors counted: for the replay of runs that were begun then. */
import type { HostFacts } from '../domain/inventory.js';
import type { PlaceRequest, PlaceResult } from '../domain/planner.js';

/**
 * Each host is filtered, then the best is taken: a preferred one, then the one with fewest machines of the same group
 * (unless anti-affinity is NONE), then the one with most free memory, then the first by name.
 * Memory given to one machine is no longer free for the next.
 */
export function placeByMemory(requests: readonly PlaceRequest[], hosts: readonly HostFacts[]): PlaceResult[] {
  const freeMiB = new Map(hosts.map((host) => [host.name, host.memoryFreeMiB]));
  const ofGroup = new Map<string, number>();
  const key = (host: string, group: string): string => `${group} on ${host}`;

  return requests.map((request) => {
    const { machine, group, memoryMiB, antiAffinity, preferredHosts } = request;
    const neighbours = (host: HostFacts): number => ofGroup.get(key(host.name, group)) ?? 0;
    const free = (host: HostFacts): number => freeMiB.get(host.name) ?? 0;
    const reasons: string[] = [];
    const candidates = hosts.filter((host) => {
      const reason =
        (host.online ? null : 'it is offline') ??
        request.objection(host) ??
        (antiAffinity === 'HARD' && neighbours(host) > 0
          ? `it already has a machine of group "${group}"`
          : null) ??
        (free(host) < memoryMiB
          ? `it has ${free(host)} MiB of memory free, ${memoryMiB} MiB are needed`
          : null);
      if (reason !== null) reasons.push(`${host.name}: ${reason}`);
      return reason === null;
    });

    const [best] = candidates.sort(
      (a, b) =>
        Number(preferredHosts.includes(b.name)) - Number(preferredHosts.includes(a.name)) ||
        (antiAffinity === 'NONE' ? 0 : neighbours(a) - neighbours(b)) ||
        free(b) - free(a) ||
        a.name.localeCompare(b.name, 'en'),
    );
    if (best === undefined) return { kind: 'unplaced', machine, reasons };
    freeMiB.set(best.name, free(best) - memoryMiB);
    ofGroup.set(key(best.name, group), neighbours(best) + 1);
    return { kind: 'placed', machine, host: best.name };
  });
}
