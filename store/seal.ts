/** Authenticated encryption of secrets: AES-256-GCM (NIST SP 800-38D). */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Names a key without telling it: the start of a hash, in hex. */
export function keyIdOf(key: Buffer): string {
  return createHash('sha256').update('clusterwright/key-id\0').update(key).digest('hex').slice(0, 16);
}

/**
 * @param key 32 bytes.
 * @param context what the secret belongs to; it is authenticated, so that a sealed value moved elsewhere does not open.
 * @returns nonce, tag and ciphertext, base64.
 */
export function seal(key: Buffer, context: readonly string[], value: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(bytesOf(context));
  const ciphertext = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]).toString('base64');
}

/** @returns `undefined` when the key or the context is another one, or a bit was altered. */
export function unseal(key: Buffer, context: readonly string[], sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64');
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(bytesOf(context))
    .setAuthTag(tag);
  const value = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([value, decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

/** JSON keeps `['a', 'bc']` and `['ab', 'c']` apart. */
function bytesOf(context: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(context), 'utf8');
}
