/** X.509 authorities and the certificates that they issue, all on P-256 as in K3s. */
import { createPrivateKey, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import '../../proxmox/metadata-reflection.js';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonName,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  type PublicKeyType,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** Both in PEM; the key as PKCS #8. */
export interface Credential {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface CertificateSubject {
  readonly commonName: string;
  readonly organizations?: readonly string[];
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const YEAR_MS = 365 * 24 * 3_600_000;
/** Machines whose clocks run a little behind must not find the certificate not yet valid. */
const BACKDATED_MS = 60_000;

export async function createAuthority(commonName: string): Promise<Credential> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: nameOf({ commonName }),
    ...validFor(10 * YEAR_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.digitalSignature, true),
    ],
  });
  return { certificate: pemOf(certificate), privateKey: await exportKey(keys.privateKey) };
}

export async function issueClientCertificate(
  authority: Credential,
  subject: CertificateSubject,
): Promise<Credential> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await sign(authority, subject, keys.publicKey, [
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
  ]);
  return { certificate, privateKey: await exportKey(keys.privateKey) };
}

/** @param names DNS names and IP addresses. */
export async function issueServingCertificate(
  authority: Credential,
  names: readonly string[],
): Promise<Credential> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await sign(authority, { commonName: 'k3s', organizations: ['k3s'] }, keys.publicKey, [
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension(
      names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
    ),
  ]);
  return { certificate, privateKey: await exportKey(keys.privateKey) };
}

/** Answers a PKCS #10 request in PEM. @returns `undefined` when it is none, or not signed by its own key. */
export async function signRequest(authority: Credential, request: string): Promise<string | undefined> {
  const parsed = parseRequest(request);
  if (parsed === undefined || !(await parsed.verify())) return undefined;
  const { subjectName, publicKey } = parsed;
  return sign(authority, subjectName.toJSON(), publicKey, [
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
  ]);
}

function parseRequest(request: string): Pkcs10CertificateRequest | undefined {
  try {
    return new Pkcs10CertificateRequest(request);
  } catch {
    return undefined;
  }
}

async function sign(
  authority: Credential,
  subject: CertificateSubject | JsonName,
  publicKey: PublicKeyType,
  extensions: Extension[],
): Promise<string> {
  const certificate = await X509CertificateGenerator.create({
    subject: Array.isArray(subject) ? subject : nameOf(subject),
    issuer: new X509Certificate(authority.certificate).subject,
    ...validFor(YEAR_MS),
    signingAlgorithm: ALGORITHM,
    publicKey,
    signingKey: await importKey(authority.privateKey),
    extensions: [
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
      ...extensions,
    ],
  });
  return pemOf(certificate);
}

function nameOf({ commonName, organizations = [] }: CertificateSubject): JsonName {
  return [...organizations.map((organization) => ({ O: [organization] })), { CN: [commonName] }];
}

function validFor(durationMs: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - BACKDATED_MS), notAfter: new Date(now + durationMs) };
}

function pemOf(certificate: X509Certificate): string {
  return `${certificate.toString('pem').trim()}\n`;
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({
    format: 'pem',
    type: 'pkcs8',
  }) as string;
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' });
  return webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']);
}
