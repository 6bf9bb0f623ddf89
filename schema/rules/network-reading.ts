/** The texts of a network as addresses, as far as they are well-formed. */
import { type Address, parseAddress } from '../../domain/network/address.js';
import { type Cidr, parseCidr } from '../../domain/network/cidr.js';
import { type AddressRange, parseRange } from '../../domain/network/range.js';
import type { DefinitionDraft } from '../definition/resolve.js';

export type NetworkDraft = Pick<DefinitionDraft, 'network'>;

export interface NetworkReading {
  readonly subnet: Cidr | undefined;
  readonly pods: Cidr | undefined;
  readonly services: Cidr | undefined;
  readonly range: AddressRange | undefined;
  readonly gateway: Address | undefined;
  readonly nameservers: readonly Address[];
  /** Those that ask for an address of their own. */
  readonly virtual: readonly Address[];
}

export function readNetwork({ network }: NetworkDraft): NetworkReading {
  return {
    subnet: readCidr(network?.cidr),
    pods: readCidr(network?.podCidr),
    services: readCidr(network?.serviceCidr),
    range: readRange(network?.ipRange),
    gateway: readAddress(network?.gateway),
    nameservers: (network?.nameservers ?? []).flatMap((text) => readAddress(text) ?? []),
    virtual: (network?.virtualAddresses ?? []).flatMap((one) => readAddress(one?.address) ?? []),
  };
}

export function readCidr(text: string | null | undefined): Cidr | undefined {
  const cidr = typeof text === 'string' ? parseCidr(text) : undefined;
  return typeof cidr === 'object' ? cidr : undefined;
}

export function readRange(text: string | null | undefined): AddressRange | undefined {
  const range = typeof text === 'string' ? parseRange(text) : undefined;
  return typeof range === 'object' ? range : undefined;
}

export function readAddress(text: string | null | undefined): Address | undefined {
  return typeof text === 'string' ? parseAddress(text) : undefined;
}
