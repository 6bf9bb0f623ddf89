/** Virtual addresses that a definition asks for by number, held against who has them. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { Fault } from '../../domain/errors.js';
import { holders } from '../../domain/planning/leases.js';
import type { UnavailableAddress } from '../../store/address-port.js';
import type { Store } from '../../store/store.js';

const WHY: Readonly<Record<UnavailableAddress['why'], string>> = {
  leased: 'is leased to another holder',
  quarantined: 'was released a short while ago, and rests',
  conflict: 'is in use by a stranger, or was lately',
};

/** A run could only wait for one that somebody has: it is said before there is one. */
export async function virtualAddressFaults(
  { addresses, clusters }: Pick<Store, 'addresses' | 'clusters'>,
  { name, network }: Pick<ClusterDefinition, 'name' | 'network'>,
): Promise<Fault[]> {
  const asked = network.virtualAddresses.flatMap(({ address }) => address ?? []);
  if (asked.length === 0) return [];
  const cluster = await clusters.get(name);
  const own = cluster === undefined ? [] : await addresses.ofCluster(cluster.uid);
  const unavailable = new Map(
    (await addresses.unavailable(asked)).map(({ address, why }) => [address, why] as const),
  );
  return network.virtualAddresses.flatMap(({ name: virtual, address }, index): Fault[] => {
    const why = address === null ? undefined : unavailable.get(address);
    const isOwn = own.some(
      (lease) => lease.address === address && lease.machine === holders.virtual(virtual),
    );
    if (why === undefined || isOwn) return [];
    const pointer = `/network/virtualAddresses/${index}/address`;
    return [{ pointer, detail: `${address} ${WHY[why]}`, code: 'ADDRESS_NOT_FREE' }];
  });
}
