/** The cluster's own SSH key pair. */
import ssh2 from 'ssh2';
import { fail } from '../../domain/errors.js';
import { SSH_SECRETS } from '../../domain/secrets/rotation-names.js';
import type { SecretVault } from '../../store/store.js';
import { generateKeyPair } from './key-pair.js';

export const KEY_COMMENT = 'clusterwright';

/**
 * Makes an Ed25519 pair unless the cluster has one, and seals it. The public key is always the one of the private key
 * that was sealed first, so that all who ask at once agree.
 * @returns the public key as a line for `authorized_keys`.
 */
export async function ensureSshKeys(vault: SecretVault, clusterUid: string): Promise<string> {
  const candidate = generateKeyPair(KEY_COMMENT);
  const privateKey = await vault.create(clusterUid, SSH_SECRETS.privateKey, candidate.private);
  return vault.create(clusterUid, SSH_SECRETS.publicKey, publicKeyOf(privateKey));
}

/** @returns a line for `authorized_keys`. @throws `SECRET_UNREADABLE` for a text that is no key. */
export function publicKeyOf(privateKey: string): string {
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error) throw fail('SECRET_UNREADABLE', 'a sealed SSH key is none');
  return `${key.type} ${key.getPublicSSH().toString('base64')} ${KEY_COMMENT}`;
}
