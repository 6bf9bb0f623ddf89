/** The pools that a cluster takes addresses from, and how they lie to those of other clusters. */
import type { ClusterDefinition } from '../cluster-definition.js';
import type { Fault } from '../errors.js';
import { cidrsOverlap, formatCidr, parseCidr } from './cidr.js';

export interface Pool {
  /** Of the subnet in the definition. */
  readonly pointer: string;
  readonly bridge: string;
  readonly privateVLAN: number | null;
  readonly cidr: string;
  readonly ipRange: string;
}

/** A pool of another cluster. */
export type PoolOfCluster = Omit<Pool, 'pointer'> & { readonly cluster: string };

/** The pool of the cluster's network first, then those of the groups' own interfaces. */
export function poolsOf({ network, nodeGroups }: Pick<ClusterDefinition, 'network' | 'nodeGroups'>): Pool[] {
  return [
    poolAt('/network/cidr', network, network.cidr, network.ipRange),
    ...nodeGroups.flatMap((group, groupIndex) =>
      group.network.interfaces.flatMap((extra, index) => {
        if (extra.cidr === null || extra.ipRange === null) return [];
        const pointer = `/nodeGroups/${groupIndex}/network/interfaces/${index}/cidr`;
        return [poolAt(pointer, extra, extra.cidr, extra.ipRange)];
      }),
    ),
  ];
}

function poolAt(
  pointer: string,
  { bridge, privateVLAN }: Pick<Pool, 'bridge' | 'privateVLAN'>,
  cidr: string,
  ipRange: string,
): Pool {
  return { pointer, bridge, privateVLAN, cidr, ipRange };
}

/**
 * Pools that machines could not tell apart: different subnets, one inside the other, in one VLAN of one bridge. Their
 * machines disagree on who is a neighbour, and an address of the one may be the broadcast address of the other.
 *
 * Pools in the same subnet may overlap as they like, as every address is leased to one machine only. So may subnets in
 * different VLANs or on different bridges: they do not meet.
 * @param others of clusters that are not gone, without this one.
 */
export function poolOverlaps(
  definition: Pick<ClusterDefinition, 'network' | 'nodeGroups'>,
  others: readonly PoolOfCluster[],
): Fault[] {
  return poolsOf(definition).flatMap(({ pointer, ...pool }) => {
    const details = others.flatMap((other) => overlapOf(pool, other) ?? []);
    return [...new Set(details)].map((detail) => ({ pointer, detail }));
  });
}

function overlapOf(pool: Omit<Pool, 'pointer'>, other: PoolOfCluster): string | undefined {
  if (other.bridge !== pool.bridge || other.privateVLAN !== pool.privateVLAN) return undefined;
  const [own, foreign] = [parseCidr(pool.cidr), parseCidr(other.cidr)];
  if (typeof own === 'string' || typeof foreign === 'string') return undefined;
  if (formatCidr(own) === formatCidr(foreign) || !cidrsOverlap(own, foreign)) return undefined;
  const segment = pool.privateVLAN === null ? pool.bridge : `VLAN ${pool.privateVLAN} of ${pool.bridge}`;
  return `${formatCidr(own)} overlaps ${formatCidr(foreign)} of cluster "${other.cluster}" on ${segment}; use the same subnet, or one apart`;
}
