/** Certificate authorities, and the certificates of clients that they sign. */
import { createPrivateKey, webcrypto } from 'node:crypto';
import type { JsonName } from '@peculiar/x509';
import { x509 } from './x509.js';

/** Both in PEM; the key as PKCS #8. */
export interface Credential {
  readonly certificate: string;
  readonly privateKey: string;
}

export type KeyAlgorithm = 'Ed25519' | 'P-256';

export interface AuthoritySubject {
  readonly commonName?: string;
  readonly organization?: string;
}

const ALGORITHMS = {
  Ed25519: { name: 'Ed25519' },
  'P-256': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
} as const;
const YEAR_MS = 365 * 24 * 3_600_000;
const AUTHORITY_YEARS = 10;
/** Machines whose clocks run behind must not find a certificate not yet valid. */
const BACKDATED_MS = 3_600_000;

export async function createAuthority(
  { commonName, organization }: AuthoritySubject,
  keyAlgorithm: KeyAlgorithm,
): Promise<Credential> {
  const algorithm = ALGORITHMS[keyAlgorithm];
  const keys = await newKeys(algorithm);
  const name: JsonName = [
    ...(organization === undefined ? [] : [{ O: [organization] }]),
    ...(commonName === undefined ? [] : [{ CN: [commonName] }]),
  ];
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name,
    ...validFor(AUTHORITY_YEARS * YEAR_MS),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pemOf(certificate.toString('pem')), privateKey: await exportKey(keys.privateKey) };
}

/** @param lifetimeMs short where it is made anew for each use. */
export async function issueClientCertificate(
  authority: Credential,
  keyAlgorithm: KeyAlgorithm,
  { organization, lifetimeMs }: { readonly organization: string; readonly lifetimeMs: number },
): Promise<Credential> {
  const algorithm = ALGORITHMS[keyAlgorithm];
  const keys = await newKeys(algorithm);
  const issuer = new x509.X509Certificate(authority.certificate);
  const der = createPrivateKey(authority.privateKey).export({ format: 'der', type: 'pkcs8' });
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ O: [organization] }],
    issuer: issuer.subject,
    ...validFor(lifetimeMs),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']),
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
    ],
  });
  return { certificate: pemOf(certificate.toString('pem')), privateKey: await exportKey(keys.privateKey) };
}

async function newKeys(algorithm: (typeof ALGORITHMS)[KeyAlgorithm]): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
}

function validFor(lifetimeMs: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - BACKDATED_MS), notAfter: new Date(now + lifetimeMs) };
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({
    format: 'pem',
    type: 'pkcs8',
  }) as string;
}

function pemOf(pem: string): string {
  return `${pem.trim()}\n`;
}
