/** What a load balancer forwards, and to which machines. */
import type { MachineRole } from '../cluster-definition.js';
import type { BalancedService } from '../services/configuration.js';

/** A port that a load balancer forwards as it is (TCP): TLS ends at the machines. */
export interface BalancedPort {
  readonly service: BalancedService;
  readonly port: number;
  readonly roles: readonly MachineRole[];
  readonly check: BalancedCheck;
}

export type BalancedCheck =
  | { readonly kind: 'tcp' }
  /** A request whose answer must have the status 200; certificates are not looked at. */
  | { readonly kind: 'https'; readonly path: string };
