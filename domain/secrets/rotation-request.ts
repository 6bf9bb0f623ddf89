/** What a rotation of secrets is asked for with. */
import type { ClusterType } from '../cluster-definition.js';

export const ROTATABLE_SECRETS = ['JOIN_TOKEN', 'SSH_KEYS'] as const;
export type RotatableSecret = (typeof ROTATABLE_SECRETS)[number];

export interface RotateSecretsRequest {
  /** Each at most once; at least one. */
  readonly secrets: readonly RotatableSecret[];
}

/** Why a secret of such a cluster is not rotated; `null` when it is. */
export function rotationObjection(type: ClusterType, secret: RotatableSecret): string | null {
  switch (type) {
    case 'K3S':
    case 'RKE2':
    case 'VANILLA':
      return null;
    case 'TALOS':
      return secret === 'SSH_KEYS'
        ? 'machines with Talos have no SSH'
        : 'the tokens of Talos are part of the configuration of each machine';
    case 'OKD':
      return secret === 'SSH_KEYS'
        ? "the SSH keys of OKD belong to its machine configuration, which the cluster's own operator writes"
        : 'OKD lets machines join by signing their requests, without a token';
  }
}
