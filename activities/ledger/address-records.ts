/** Addresses as the workflows ask for them: leases, and what is known of strangers. */
import { fail } from '../../domain/errors.js';
import { addressPool } from '../../domain/network/address-pool.js';
import type { Store } from '../../store/store.js';

/** Where an address is to come from. */
interface PoolRequest {
  readonly cidr: string;
  /** Such as `10.1.107.100-150`. */
  readonly ipRange: string;
}

export interface WantedAddress extends PoolRequest {
  /** Unique in the cluster: a machine, `<machine>/<interface>` or `vip/<name>`. */
  readonly holder: string;
  /** `null` takes the next free one of the range; one outside of the range is meant as it is. */
  readonly address: string | null;
}

export interface ReservedAddress {
  readonly holder: string;
  readonly address: string;
}

export function addressRecords({ addresses: leases }: Pick<Store, 'addresses'>) {
  return {
    /**
     * The first `count` addresses of the range that can be leased now; fewer when there are fewer.
     * @param request `avoid` lists addresses that are somebody else's, such as the gateway and name servers.
     */
    async freeAddresses(request: {
      readonly cidr: string;
      readonly range: string;
      readonly count: number;
      readonly avoid?: readonly string[];
    }) {
      const { addresses, prefixLength } = addressPool(request.range, request.cidr);
      const unavailable = new Set(request.avoid);
      for (const { address } of await leases.unavailable(addresses)) unavailable.add(address);
      const free = addresses.filter((address) => !unavailable.has(address)).slice(0, request.count);
      return { free, prefixLength };
    },

    /**
     * Leases an address for each holder, all or none; asking again returns the same.
     * @throws `ADDRESSES_EXHAUSTED`, `ADDRESS_NOT_FREE`
     */
    async reserveAddresses(request: {
      readonly clusterUid: string;
      readonly cluster: string;
      readonly wanted: readonly WantedAddress[];
      /** Addresses that are somebody else's. */
      readonly avoid?: readonly string[];
    }): Promise<ReservedAddress[]> {
      const { clusterUid, cluster, avoid = [] } = request;
      // Machines of a group share one range, which may hold a /16.
      const pools = new Map<string, readonly string[]>();
      const candidatesOf = ({ cidr, ipRange }: PoolRequest): readonly string[] => {
        const key = `${ipRange} ${cidr}`;
        const candidates = pools.get(key) ?? addressPool(ipRange, cidr).addresses;
        pools.set(key, candidates);
        return candidates;
      };
      const wanted = request.wanted.map(({ holder, address, ...pool }) => ({
        holder,
        address,
        candidates: candidatesOf(pool),
      }));
      const granted = await leases.leaseEach({ clusterUid, cluster, wanted, avoid });
      return granted.map(({ machine, address }) => ({ holder: machine, address }));
    },

    /**
     * Another address for the holder, because a stranger answers on the one that it has; that one is avoided from now on.
     * Asking again returns the same.
     * @throws `ADDRESSES_EXHAUSTED`; `ADDRESS_NOT_FREE` when no other will do, as it is not from the range.
     */
    async replaceAddress(
      request: PoolRequest & {
        readonly clusterUid: string;
        readonly cluster: string;
        readonly holder: string;
        readonly conflicting: string;
        /** How the stranger was noticed. */
        readonly evidence?: string;
        readonly avoid?: readonly string[];
      },
    ): Promise<{ readonly address: string }> {
      const { clusterUid, cluster, holder, conflicting, evidence, avoid = [] } = request;
      const reason = evidence ?? 'it answered before it was given to a machine';
      const candidates = addressPool(request.ipRange, request.cidr).addresses;
      if (!candidates.includes(conflicting)) {
        await leases.markConflict(conflicting, reason);
        throw fail('ADDRESS_NOT_FREE', `${conflicting}, which ${holder} is to have, is in use: ${reason}`);
      }
      const replaced = { clusterUid, cluster, holder, conflicting, reason, candidates, avoid };
      return { address: (await leases.replace(replaced)).address };
    },
  };
}
