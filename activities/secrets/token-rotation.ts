/** Replaces the token with which machines join, in the vault: see `domain/secrets/rotation-names.ts`. */
import { randomBytes } from 'node:crypto';
import { fail } from '../../domain/errors.js';
import { tokenNames, type RotationStage } from '../../domain/secrets/rotation-names.js';
import type { TokenRotation } from '../../platforms/platform.js';
import type { SecretVault } from '../../store/store.js';
import { kubeadmToken } from './make-secrets.js';

export interface TokenRequest {
  readonly clusterUid: string;
  /** Name of the token in the vault. */
  readonly secret: string;
}

const TOKEN_BYTES = 32;

/** Makes the next token, or finds where an earlier rotation stopped. */
export async function beginTokenRotation(
  vault: SecretVault,
  { clusterUid, secret, kind }: TokenRequest & Pick<TokenRotation, 'kind'>,
): Promise<RotationStage> {
  const { current, next, replaced } = tokenNames(secret);
  if ((await vault.get(clusterUid, replaced)) !== undefined) return 'WITHDRAW';
  if ((await vault.get(clusterUid, current)) === undefined)
    throw fail('SECRET_UNREADABLE', `cluster ${clusterUid} has no secret "${current}"`);
  await vault.create(clusterUid, next, newToken(kind));
  return 'SPREAD';
}

/** From here on the next token counts. Safe to repeat. */
export async function adoptNextToken(
  vault: SecretVault,
  { clusterUid, secret }: TokenRequest,
): Promise<void> {
  const { current, next, replaced } = tokenNames(secret);
  const [value, before] = [await vault.get(clusterUid, next), await vault.get(clusterUid, current)];
  // An earlier attempt went through, and only its answer was lost.
  if (value === undefined || before === undefined) return;
  await vault.replace(clusterUid, { [current]: value, [next]: null, [replaced]: before });
}

/** Nothing needs the old one any more. */
export async function endTokenRotation(
  vault: SecretVault,
  { clusterUid, secret }: TokenRequest,
): Promise<void> {
  await vault.replace(clusterUid, { [tokenNames(secret).replaced]: null });
}

function newToken(kind: TokenRotation['kind']): string {
  switch (kind) {
    case 'random':
      return randomBytes(TOKEN_BYTES).toString('hex');
    case 'kubeadm-token':
      return kubeadmToken();
  }
}
