/** Tokens of service accounts: JWTs signed with ES256. */
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { isJsonObject, type JsonObject } from '../model/json.js';

const HEADER = { alg: 'ES256', typ: 'JWT' };

export function signToken(claims: JsonObject, privateKey: string): string {
  const signed = `${encode(HEADER)}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), {
    key: createPrivateKey(privateKey),
    dsaEncoding: 'ieee-p1363',
  });
  return `${signed}.${signature.toString('base64url')}`;
}

/** @returns the claims; `undefined` when the token is not one of ours or has expired. */
export function verifyToken(token: string, privateKey: string): JsonObject | undefined {
  const [header = '', payload = '', signature = '', ...rest] = token.split('.');
  if (rest.length > 0 || header !== encode(HEADER)) return undefined;
  const key = { key: createPublicKey(privateKey), dsaEncoding: 'ieee-p1363' } as const;
  if (!verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url')))
    return undefined;
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as unknown;
  if (!isJsonObject(claims)) return undefined;
  const expiry = claims['exp'];
  return typeof expiry === 'number' && expiry * 1_000 < Date.now() ? undefined : claims;
}

function encode(value: JsonObject): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
