/** The port of the address leases. */

/**
 * Who has which address, in all clusters. An address has at most one live lease. One that was released stays out of use
 * for the quarantine: neighbours, name servers and clients still take it for the machine that had it. One on which a
 * stranger answered is avoided until a person clears it, or for a day after it was last heard of.
 */
export interface AddressLeases {
  /**
   * As {@link leaseEach}, with the same candidates for all.
   * @throws `ADDRESSES_EXHAUSTED`
   */
  lease(request: LeaseAddresses): Promise<AddressLease[]>;
  /**
   * Leases one address for each holder, all or none: the wanted one when it can be had, else the first of its candidates
   * that can. A wanted address that is none of the candidates is meant as it is. Asking again returns the same leases.
   * @throws `ADDRESSES_EXHAUSTED`, `ADDRESS_NOT_FREE` for one that is meant as it is.
   */
  leaseEach(request: LeaseEach): Promise<AddressLease[]>;
  /**
   * Gives the holder another address because a stranger answers on `conflicting`, which is avoided from now on. A holder
   * that has another one by now keeps it: asking again, when the answer was lost, changes nothing.
   * @throws `ADDRESSES_EXHAUSTED`
   */
  replace(request: ReplaceAddress): Promise<AddressLease>;
  ofCluster(clusterUid: string): Promise<AddressLease[]>;
  /** Addresses among the candidates that a live lease holds. */
  taken(candidates: readonly string[]): Promise<string[]>;
  /** Those among the candidates that cannot be leased now, in their order. */
  unavailable(candidates: readonly string[]): Promise<UnavailableAddress[]>;
  /** The lease of the machine and those of its further interfaces, or that of any other holder. */
  release(clusterUid: string, holder: string): Promise<void>;
  /** A stranger answered on the address: it is avoided. Said again, it is avoided for longer. */
  markConflict(address: string, reason: string): Promise<void>;
  /** @returns false when there was none. */
  clearConflict(address: string): Promise<boolean>;
  /** Addresses that are avoided now, the latest first. */
  conflicts(): Promise<AddressConflict[]>;
}

export interface LeaseAddresses {
  readonly clusterUid: string;
  readonly cluster: string;
  /** In order of preference. */
  readonly candidates: readonly string[];
  readonly machines: readonly { readonly name: string; readonly wanted: string }[];
}

export interface LeaseEach {
  readonly clusterUid: string;
  readonly cluster: string;
  readonly wanted: readonly WantedLease[];
  /** Addresses that are known to be somebody else's, such as a gateway. */
  readonly avoid?: readonly string[];
}

export interface WantedLease {
  /** Unique in the cluster: a machine, `<machine>/<interface>` or `vip/<name>`. */
  readonly holder: string;
  /** `null` takes the first candidate that can be had. */
  readonly address: string | null;
  /** In order of preference. */
  readonly candidates: readonly string[];
}

export interface ReplaceAddress {
  readonly clusterUid: string;
  readonly cluster: string;
  readonly holder: string;
  readonly conflicting: string;
  /** Who or what was seen there. */
  readonly reason: string;
  readonly candidates: readonly string[];
  readonly avoid?: readonly string[];
}

export interface AddressLease {
  readonly address: string;
  readonly clusterUid: string;
  /** The holder: a machine, `<machine>/<interface>` or `vip/<name>`. */
  readonly machine: string;
}

export interface UnavailableAddress {
  readonly address: string;
  readonly why: 'leased' | 'quarantined' | 'conflict';
}

export interface AddressConflict {
  readonly address: string;
  readonly reason: string;
  /** ISO 8601, UTC. */
  readonly foundAt: string;
  readonly lastSeenAt: string;
}
