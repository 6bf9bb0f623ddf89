/** Activities of a rotation of secrets. Each can be repeated at any moment. Nothing secret goes in or out. */
import type { RotationStage } from '../../domain/secrets/rotation-names.js';
import type { TokenRotation } from '../../platforms/platform.js';
import type { GuestAccessOptions, GuestTarget } from '../ssh/guest-access.js';
import { withHeartbeats } from '../ssh/heartbeat.js';
import {
  adoptNextKey,
  authorizeNextKey,
  beginKeyRotation,
  endKeyRotation,
  withdrawReplacedKey,
} from './ssh-key-rotation.js';
import { adoptNextToken, beginTokenRotation, endTokenRotation, type TokenRequest } from './token-rotation.js';

export type SecretRotation = ReturnType<typeof createSecretRotation>;

interface OfCluster {
  readonly clusterUid: string;
}

interface Stage {
  /** Where it is taken up. */
  readonly stage: RotationStage;
}

export function createSecretRotation(access: GuestAccessOptions) {
  const { secrets } = access.store;
  return {
    /** See {@link beginKeyRotation}. */
    beginKeyRotation: async ({ clusterUid }: OfCluster): Promise<Stage> => ({
      stage: await beginKeyRotation(secrets, clusterUid),
    }),

    /** See {@link authorizeNextKey}. */
    authorizeNextKey: (target: GuestTarget): Promise<void> =>
      withHeartbeats(({ signal }) => authorizeNextKey(access, target, signal)),

    /** See {@link adoptNextKey}. */
    adoptNextKey: ({ clusterUid }: OfCluster): Promise<void> => adoptNextKey(secrets, clusterUid),

    /** See {@link withdrawReplacedKey}. */
    withdrawReplacedKey: (target: GuestTarget): Promise<void> =>
      withHeartbeats(({ signal }) => withdrawReplacedKey(access, target, signal)),

    /** See {@link endKeyRotation}. */
    endKeyRotation: ({ clusterUid }: OfCluster): Promise<void> => endKeyRotation(secrets, clusterUid),

    /** See {@link beginTokenRotation}. */
    beginTokenRotation: async (request: TokenRequest & Pick<TokenRotation, 'kind'>): Promise<Stage> => ({
      stage: await beginTokenRotation(secrets, request),
    }),

    /** See {@link adoptNextToken}. */
    adoptNextToken: (request: TokenRequest): Promise<void> => adoptNextToken(secrets, request),

    /** See {@link endTokenRotation}. */
    endTokenRotation: (request: TokenRequest): Promise<void> => endTokenRotation(secrets, request),
  };
}
