/** The cluster's own SSH key pair. */
import ssh2 from 'ssh2';
import { fail } from '../../domain/errors.js';
import type { SecretVault } from '../../store/store.js';
import { generateKeyPair } from './key-pair.js';

const COMMENT = 'clusterwright';

/**
 * Makes an Ed25519 pair unless the cluster has one, and seals it. The public key is always the one of the private key
 * that was sealed first, so that all who ask at once agree.
 * @returns the public key as a line for `authorized_keys`.
 */
export async function ensureSshKeys(vault: SecretVault, clusterUid: string): Promise<string> {
  const candidate = generateKeyPair(COMMENT);
  const privateKey = await vault.create(clusterUid, 'ssh-private-key', candidate.private);
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error) {
    throw fail('SECRET_UNREADABLE', `the sealed SSH key of cluster ${clusterUid} is none`);
  }
  const publicKey = `${key.type} ${key.getPublicSSH().toString('base64')} ${COMMENT}`;
  return vault.create(clusterUid, 'ssh-public-key', publicKey);
}
