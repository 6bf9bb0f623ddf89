/** Who may call: holders of an API key, or, where the API is open, whoever is on this machine. */
import type { RequestHandler } from 'express';
import { createHash, timingSafeEqual } from 'node:crypto';
import { fail } from '../domain/errors.js';

export type Authentication =
  /** SHA-256 of each valid key, in hex: the keys themselves are nowhere. */
  | { readonly kind: 'key'; readonly hashes: readonly string[] }
  /** Allowed on a loopback address only, which the configuration sees to. */
  | { readonly kind: 'none' };

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);

export function authenticate(authentication: Authentication): RequestHandler {
  return (request, response, next) => {
    if (authentication.kind === 'none') {
      // A web page that resolves its own name to 127.0.0.1 must not get at an API that is open to this machine.
      const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
      if (LOOPBACK_NAMES.has(host)) return next();
      throw fail('UNAUTHENTICATED', `the API is open to this machine only, not to the host name "${host}"`);
    }
    const key = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (key !== undefined && isKnown(key, authentication.hashes)) return next();
    response.setHeader('WWW-Authenticate', 'Bearer');
    throw fail(
      'UNAUTHENTICATED',
      key === undefined ? 'no bearer API key was sent' : 'the API key is not known',
    );
  };
}

function isKnown(key: string, hashes: readonly string[]): boolean {
  const digest = createHash('sha256').update(key).digest();
  // Every hash is compared, each in constant time: the answer's timing says nothing of the keys.
  return hashes.map((hash) => timingSafeEqual(Buffer.from(hash, 'hex'), digest)).includes(true);
}
