/** Keys in the forms that Talos reads: it goes by the label of a PEM block. */
import { createPrivateKey } from 'node:crypto';
import type { Credential } from '../../certificates/authority.js';
import type { EncodedCertificate } from './document.js';

export function withKey({ certificate, privateKey }: Credential): EncodedCertificate {
  return { crt: base64(certificate), key: encodedKey(privateKey) };
}

export function withoutKey({ certificate }: Credential): EncodedCertificate {
  return { crt: base64(certificate) };
}

/** @param privateKey PEM, PKCS #8, of Ed25519 or an elliptic curve. */
export function encodedKey(privateKey: string): string {
  const key = createPrivateKey(privateKey);
  if (key.asymmetricKeyType === 'ec') return base64(key.export({ format: 'pem', type: 'sec1' }) as string);
  // What is inside is PKCS #8 all the same.
  return base64(privateKey.replaceAll(' PRIVATE KEY-----', ' ED25519 PRIVATE KEY-----'));
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
