/**
 * Replaces the SSH key of a cluster. The vault says where a rotation is: with a next key that one is being brought to the
 * machines, and the old one counts; with a replaced key the new one counts, and the old one is being taken away.
 */
import { fail } from '../../domain/errors.js';
import { SSH_SECRETS, type RotationStage } from '../../domain/secrets/rotation-names.js';
import type { SecretVault } from '../../store/store.js';
import { withGuest, type GuestAccessOptions, type GuestTarget } from '../ssh/guest-access.js';
import { generateKeyPair } from '../ssh/key-pair.js';
import { KEY_COMMENT, publicKeyOf } from '../ssh/ssh-keys.js';
import { addKey, removeKey } from './authorized-keys.js';

const PROOF_TIMEOUT_MS = 30_000;

/** Makes the next key, or finds where an earlier rotation stopped. */
export async function beginKeyRotation(vault: SecretVault, clusterUid: string): Promise<RotationStage> {
  if ((await vault.get(clusterUid, SSH_SECRETS.replacedPublicKey)) !== undefined) return 'WITHDRAW';
  await vault.create(clusterUid, SSH_SECRETS.nextPrivateKey, generateKeyPair(KEY_COMMENT).private);
  return 'SPREAD';
}

/** The next key is let in beside the one that counts, and proved to be by a login. */
export async function authorizeNextKey(
  access: GuestAccessOptions,
  target: GuestTarget,
  signal: AbortSignal,
): Promise<void> {
  const next = await required(access.store.secrets, target.clusterUid, SSH_SECRETS.nextPrivateKey);
  await withGuest(access, target, signal, (connection) => addKey(connection, publicKeyOf(next), signal));
  await withGuest({ ...access, keyName: SSH_SECRETS.nextPrivateKey }, target, signal, async (connection) => {
    const { code } = await connection.run('sudo -n true', { timeoutMs: PROOF_TIMEOUT_MS, signal });
    if (code !== 0) throw fail('COMMAND_FAILED', `${target.address}: the new key does not lead to root`);
  });
}

/** From here on the next key counts: every machine has to let it in. Safe to repeat. */
export async function adoptNextKey(vault: SecretVault, clusterUid: string): Promise<void> {
  const { privateKey, publicKey, nextPrivateKey, replacedPublicKey } = SSH_SECRETS;
  const next = await vault.get(clusterUid, nextPrivateKey);
  // An earlier attempt went through, and only its answer was lost.
  if (next === undefined) return;
  const current = await required(vault, clusterUid, privateKey);
  await vault.replace(clusterUid, {
    [privateKey]: next,
    [publicKey]: publicKeyOf(next),
    [nextPrivateKey]: null,
    [replacedPublicKey]: publicKeyOf(current),
  });
}

/** The machine is logged in to with the key that counts, which stays. */
export async function withdrawReplacedKey(
  access: GuestAccessOptions,
  target: GuestTarget,
  signal: AbortSignal,
): Promise<void> {
  const { secrets } = access.store;
  const removed = await secrets.get(target.clusterUid, SSH_SECRETS.replacedPublicKey);
  if (removed === undefined) return;
  const staying = publicKeyOf(await required(secrets, target.clusterUid, SSH_SECRETS.privateKey));
  await withGuest(access, target, signal, (connection) =>
    removeKey(connection, { removed, staying }, signal),
  );
}

/** No machine lets the old key in any more. */
export async function endKeyRotation(vault: SecretVault, clusterUid: string): Promise<void> {
  await vault.replace(clusterUid, { [SSH_SECRETS.replacedPublicKey]: null });
}

async function required(vault: SecretVault, clusterUid: string, name: string): Promise<string> {
  const value = await vault.get(clusterUid, name);
  if (value !== undefined) return value;
  throw fail('SECRET_UNREADABLE', `cluster ${clusterUid} has no secret "${name}"`);
}
