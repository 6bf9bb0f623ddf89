/** One-time tokens that can be told again by whoever has the key, so that nobody has to keep them. */
import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';

const TOKEN_BYTES = 24;
const NONCE_BYTES = 16;
const KEY_BYTES = 32;

export type TokenDeriver = (context: readonly string[]) => string;

/** @param key 32 bytes that other things are sealed with: what tokens are made with is derived of it. */
export function tokenDeriver(key: Buffer): TokenDeriver {
  const derived = Buffer.from(hkdfSync('sha256', key, '', 'clusterwright/boot-token', KEY_BYTES));
  return (context) =>
    createHmac('sha256', derived)
      .update(JSON.stringify(context))
      .digest()
      .subarray(0, TOKEN_BYTES)
      .toString('base64url');
}

/** Part of a token's context: another one makes it another token. */
export function newNonce(): string {
  return randomBytes(NONCE_BYTES).toString('hex');
}

/** SHA-256, in hex. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
