/** The numbers by which two load balancers know each other's messages (VRRP, RFC 5798: 1 to 255). */
import { fingerprint } from './fingerprint.js';

export interface VirtualRouterIds {
  readonly privateSide: number;
  readonly publicSide: number;
}

const PAIRS = 127n;

/**
 * The two of a cluster are never the same, and a pair shares both of its numbers with another cluster's or none: 127
 * pairs, of which each cluster's name stands for one. Two clusters that have the same do not disturb each other, as the
 * messages go to the peer alone.
 */
export function virtualRouterIds(cluster: string): VirtualRouterIds {
  const first = 1 + 2 * Number(fingerprint(cluster) % PAIRS);
  return { privateSide: first, publicSide: first + 1 };
}
