/** Certificates that last as long as a test says. */
import { generateKeyPairSync, webcrypto } from 'node:crypto';
import { x509 } from '../../../activities/certificates/x509.js';

const DAY_MS = 86_400_000;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keys = {
  privateKey: await webcrypto.subtle.importKey(
    'pkcs8',
    privateKey.export({ type: 'pkcs8', format: 'der' }),
    ALGORITHM,
    true,
    ['sign'],
  ),
  publicKey: await webcrypto.subtle.importKey(
    'spki',
    publicKey.export({ type: 'spki', format: 'der' }),
    ALGORITHM,
    true,
    ['verify'],
  ),
};

const made = new Map<number, string>();
for (const days of [-2, 5, 10, 20, 300]) {
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=test',
    notBefore: new Date(Date.now() - 400 * DAY_MS),
    // An hour more, so that so many days are left for as long as a test runs.
    notAfter: new Date(Date.now() + days * DAY_MS + 3_600_000 * Math.sign(days)),
    signingAlgorithm: ALGORITHM,
    keys,
  });
  made.set(days, `${certificate.toString('pem')}\n`);
}

/** @param days that it lasts, or has been over: one of those above. PEM. */
export function createSelfSigned(days: number): string {
  return made.get(days) ?? '';
}
