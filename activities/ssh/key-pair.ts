/** Ed25519 key pairs in OpenSSH's format. */
import ssh2 from 'ssh2';
import { fail } from '../../domain/errors.js';

export interface SshKeyPair {
  /** OpenSSH's private key file. */
  readonly private: string;
  /** A line for `authorized_keys`. */
  readonly public: string;
}

const MOST_ATTEMPTS = 10;

/**
 * ssh2 writes about one Ed25519 key in 190 so that nothing can read it, itself included: a leading zero byte is dropped.
 * So each is read back before it is used.
 */
export function generateKeyPair(comment: string): SshKeyPair {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment });
    const isReadable = [pair.private, pair.public].every(
      (text) => !(ssh2.utils.parseKey(text) instanceof Error),
    );
    if (isReadable) return pair;
  }
  throw fail('INTERNAL', `no readable SSH key in ${MOST_ATTEMPTS} attempts`);
}
