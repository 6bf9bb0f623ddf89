/** What the boot service works with; built from configuration by the process entry. */
import type { Logger } from 'pino';
import type { BootTokens } from '../../store/boot-port.js';

export interface BootDependencies {
  readonly boots: BootTokens;
  /** Origin by which machines reach it. */
  readonly url: string;
  /** Absolute; `null`: it has no files. */
  readonly filesPath: string | null;
  /** Addresses and subnets whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  readonly log: Logger;
}
