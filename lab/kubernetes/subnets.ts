/** Addresses of pods and services inside the cluster's two networks. */
import { formatAddress } from '../../domain/network/address.js';
import { formatCidr, parseCidr, type Cidr } from '../../domain/network/cidr.js';
import type { ControlPlaneOptions } from './lab-kubernetes.js';
import type { Cluster } from './cluster.js';

/** K3s gives each node a /24 of the pod network. */
const NODE_PREFIX_LENGTH = 24;
const FIRST_POD_OFFSET = 2n;

/** @throws Error when a network is not in CIDR notation: K3s does not start then either. */
export function checkSubnets({ podCidr, serviceCidr }: ControlPlaneOptions): void {
  firstSubnet(podCidr);
  firstSubnet(serviceCidr);
}

/** The address at the offset in the service network: 1 is the API itself, 10 the cluster's DNS. */
export function serviceAddress(cluster: Cluster, offset: bigint): string {
  const { family, base } = firstSubnet(cluster.options.serviceCidr);
  return formatAddress({ family, value: base + offset });
}

/** The lowest pod network of a node that is not among the taken ones. */
export function freeNodeSubnet(cluster: Cluster, taken: ReadonlySet<string | undefined>): string {
  const { family, base, prefixLength } = firstSubnet(cluster.options.podCidr);
  const length = Math.max(prefixLength, family === 4 ? NODE_PREFIX_LENGTH : 64);
  const size = 1n << BigInt((family === 4 ? 32 : 128) - length);
  for (let index = 0n; ; index += 1n) {
    const subnet = formatCidr({ family, base: base + index * size, prefixLength: length });
    if (!taken.has(subnet)) return subnet;
  }
}

/** The lowest address for a pod in the node's network that is not among the taken ones. */
export function freePodAddress(nodeSubnet: string, taken: ReadonlySet<string | undefined>): string {
  const { family, base } = firstSubnet(nodeSubnet);
  for (let offset = FIRST_POD_OFFSET; ; offset += 1n) {
    const address = formatAddress({ family, value: base + offset });
    if (!taken.has(address)) return address;
  }
}

/** Dual-stack clusters list two networks; the lab serves the first. */
function firstSubnet(cidrs: string): Cidr {
  const [first = ''] = cidrs.split(',');
  const cidr = parseCidr(first.trim());
  if (typeof cidr === 'string') throw new Error(`the network "${first}" ${cidr}`);
  return cidr;
}
