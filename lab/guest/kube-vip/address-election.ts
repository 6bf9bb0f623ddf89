/** Machines of one control plane that elect the one that has the API's address, by a lease that they keep renewing. */
import type { InterfaceAddress } from '../networking/subnet.js';
import type { NetworkStack } from '../networking/network-stack.js';

export interface Candidate {
  readonly network: Pick<NetworkStack, 'addAddress' | 'removeAddress'>;
  readonly interface: string;
  readonly address: InterfaceAddress;
  /** Whether it reaches what the lease is kept in, and may change it. */
  mayRenew(): boolean;
  readonly pause: (ms: number, signal: AbortSignal, atLeastMs?: number) => Promise<void>;
  readonly log: (line: string) => void;
  /** The machine is gone, or the program on it. */
  readonly signal: AbortSignal;
}

const RETRY_MS = 1_000;
/** How long a lease is good that is not renewed. */
const LEASE_MS = 5_000;
const AT_LEAST_MS = 25;

export class AddressElection {
  private leader: Candidate | undefined;

  /** Takes part until the candidate's signal is aborted, and rejects with its reason then. */
  async run(candidate: Candidate): Promise<never> {
    const { signal, pause } = candidate;
    try {
      for (;;) {
        signal.throwIfAborted();
        const { leader } = this;
        if (leader !== undefined && leader !== candidate && leader.signal.aborted) {
          // It did not say that it goes: its lease has to end first.
          await pause(LEASE_MS, signal, AT_LEAST_MS);
          if (this.leader === leader) this.leader = undefined;
        }
        this.look(candidate);
        await pause(RETRY_MS, signal, AT_LEAST_MS);
      }
    } finally {
      candidate.network.removeAddress(candidate.address.address);
    }
  }

  private look(candidate: Candidate): void {
    const { network, address, log } = candidate;
    if (!candidate.mayRenew()) {
      if (this.leader !== candidate) return;
      log(`lost the lease: leaving ${address.address}`);
      network.removeAddress(address.address);
      this.leader = undefined;
      return;
    }
    if (this.leader === undefined) log(`is elected, and takes ${address.address}`);
    this.leader ??= candidate;
    if (this.leader !== candidate) return;
    // Where somebody else answers at it, it is asked for again at the next look.
    if (!network.addAddress(candidate.interface, address)) network.removeAddress(address.address);
  }
}
