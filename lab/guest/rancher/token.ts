/** Join tokens: the password alone, or with the hash of the cluster's CA, `K10<hash>::server:<password>`. */
import { RancherFatal } from './fatal.js';

export interface JoinToken {
  readonly password: string;
  /** `null` in a short token, which trusts whoever answers. */
  readonly caHash: string | null;
}

const LONG = /^K10([0-9a-f]{64})::(?:(?:server|node):)?(.+)$/;

/** @throws RancherFatal for a token that begins like a long one and is none. */
export function parseToken(text: string): JoinToken {
  const token = text.trim();
  if (!token.startsWith('K10')) {
    // `server:<password>` is the short form with its user name.
    return { password: token.replace(/^(server|node):/, ''), caHash: null };
  }
  const [, caHash, password] = LONG.exec(token) ?? [];
  if (caHash === undefined || password === undefined) throw new RancherFatal('invalid token format');
  return { password, caHash };
}

export function formatToken(caHash: string, password: string): string {
  return `K10${caHash}::server:${password}`;
}
