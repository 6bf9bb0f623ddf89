/** X.509 authorities and the certificates that they issue, all on P-256 as in K3s. */
import { createPrivateKey, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import '../../../activities/certificates/metadata-reflection.js';
import type {
  Extension,
  JsonName,
  Pkcs10CertificateRequest,
  PublicKeyType,
  X509Certificate,
} from '@peculiar/x509';

// Only now, as the package looks for the functions of the import above as soon as it is loaded.
const x509 = await import('@peculiar/x509');

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
/** OID of the extension. */
const ALTERNATIVE_NAMES = '2.5.29.17';
const YEAR_MS = 365 * 24 * 3_600_000;
/** Machines whose clocks run a little behind must not find the certificate not yet valid. */
const BACKDATED_MS = 60_000;

export async function createAuthority(commonName: string): Promise<Credential> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: nameOf({ commonName }),
    ...validFor(10 * YEAR_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
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
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
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
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension(namesOf(names)),
  ]);
  return { certificate, privateKey: await exportKey(keys.privateKey) };
}

/**
 * Answers a PKCS #10 request in PEM; for a server with the names that it asks for.
 * @returns `undefined` when it is none, or not signed by its own key.
 */
export async function signRequest(
  authority: Credential,
  request: string,
  purpose: 'client' | 'server' = 'client',
): Promise<string | undefined> {
  const parsed = parseRequest(request);
  if (parsed === undefined || !(await parsed.verify())) return undefined;
  const { subjectName, publicKey } = parsed;
  const names = purpose === 'server' ? parsed.getExtension(ALTERNATIVE_NAMES) : null;
  return sign(authority, subjectName.toJSON(), publicKey, [
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[`${purpose}Auth`]]),
    ...(names === null ? [] : [new x509.SubjectAlternativeNameExtension(names.rawData)]),
  ]);
}

/** What a kubelet asks for: its key is not needed any more in the lab, where nobody connects to a kubelet. */
export async function createRequest(
  subject: CertificateSubject,
  names: readonly string[] = [],
): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: nameOf(subject),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(namesOf(names))],
  });
  return `${request.toString('pem').trim()}\n`;
}

function parseRequest(request: string): Pkcs10CertificateRequest | undefined {
  try {
    return new x509.Pkcs10CertificateRequest(request);
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
  const certificate = await x509.X509CertificateGenerator.create({
    subject: Array.isArray(subject) ? subject : nameOf(subject),
    issuer: new x509.X509Certificate(authority.certificate).subject,
    ...validFor(YEAR_MS),
    signingAlgorithm: ALGORITHM,
    publicKey,
    signingKey: await importKey(authority.privateKey),
    extensions: [
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment,
        true,
      ),
      ...extensions,
    ],
  });
  return pemOf(certificate);
}

function namesOf(names: readonly string[]) {
  return names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value }));
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
