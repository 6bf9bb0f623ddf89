/** The port for what machines are armed to fetch at their first boot. */
import type { BootDocuments, NetworkBoot } from '../domain/boot/documents.js';

/** A token is good for one machine, one boot and one of these. */
export const BOOT_PURPOSES = ['files', 'documents'] as const;
export type BootPurpose = (typeof BOOT_PURPOSES)[number];

/** How long a token lives once it was used: a guest may try again within it. */
export const BOOT_WINDOW_SECONDS = 600;

/** Documents are sealed; of tokens only SHA-256 hashes are kept: they are derived anew from the key when needed. */
export interface BootTokens {
  /**
   * Arms a machine. Asking again with the same changes nothing while its tokens can be used; otherwise the machine gets
   * new ones, and those before are worthless.
   * @throws `BOOT_CONFLICT` when another machine boots over the network with this MAC address.
   */
  arm(arming: BootArming): Promise<ArmedBoot>;
  /** @throws `SECRET_UNREADABLE` */
  get(machineUuid: string): Promise<ArmedBoot | undefined>;
  /** Forgets the documents and revokes the tokens. */
  disarm(machineUuid: string): Promise<void>;
  disarmCluster(clusterUid: string): Promise<void>;
  /**
   * A firmware asks what to boot. When the tokens of its last boot are over, this is another boot, with new tokens.
   * @param mac lower case, with colons.
   * @param from the address that asks: it has to be the reserved one.
   */
  begin(mac: string, from: string): Promise<BootAnswer>;
  /** The first use opens the window, and binds the token to the address that used it. */
  redeem(token: string, purpose: BootPurpose, from: string): Promise<BootAnswer>;
}

export interface BootArming {
  readonly machineUuid: string;
  readonly clusterUid: string;
  readonly cluster: string;
  readonly machine: string;
  /** Lower case, with colons. */
  readonly mac: string;
  /** `null`: the machine has a disk or a medium to boot from. */
  readonly network: NetworkBoot | null;
  readonly documents: BootDocuments;
}

export interface ArmedBoot extends BootArming {
  readonly tokens: Readonly<Record<BootPurpose, string>>;
  /** Network boots that were begun. */
  readonly boots: number;
  /** Whether the machine can still fetch its documents. */
  readonly isAlive: boolean;
}

export type BootAnswer =
  | { readonly kind: 'granted'; readonly boot: ArmedBoot }
  | {
      readonly kind: 'refused';
      readonly reason: 'unknown' | 'expired' | 'address';
      /** Whose it is, for the log. */
      readonly machine: string | null;
    };
