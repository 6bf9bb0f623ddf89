/** The fingerprint by which a machine's SSH host key is pinned. */
import { createHash } from 'node:crypto';

/** SHA-256 of the key blob, base64 without padding: what `ssh-keygen -lf` prints behind `SHA256:`. */
export function fingerprintOf(key: Buffer): string {
  return createHash('sha256').update(key).digest('base64').replace(/=+$/, '');
}

/** Trust on first use: what is known of the machine's key, and whom to tell when it is learnt. */
export interface HostKeyPin {
  /** `null` until the first login. */
  readonly expected: string | null;
  /** Called once, after the machine accepted our key and before anything runs on it. */
  learnt(sha256: string): Promise<void>;
}
