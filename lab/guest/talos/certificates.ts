/** The certificates of Talos' own API: signed by the authority of the machine configuration, or made up in maintenance mode. */
import { createPrivateKey, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import { x509 } from '../../../activities/certificates/x509.js';
import { createAuthority } from '../../../activities/certificates/authority.js';
import type { Credential } from '../../kubernetes/pki/certificates.js';

const ALGORITHM = { name: 'Ed25519' } as const;
const DAY_MS = 24 * 3_600_000;
const BACKDATED_MS = 60_000;

/** @param names DNS names and IP addresses. */
export async function apiCertificate(authority: Credential, names: readonly string[]): Promise<Credential> {
  const keys = (await webcrypto.subtle.generateKey(ALGORITHM, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
  const der = createPrivateKey(authority.privateKey).export({ format: 'der', type: 'pkcs8' });
  const now = Date.now();
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ CN: [names.at(-1) ?? 'talos'] }],
    issuer: new x509.X509Certificate(authority.certificate).subject,
    notBefore: new Date(now - BACKDATED_MS),
    notAfter: new Date(now + DAY_MS),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: await webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']),
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
      ),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return {
    certificate: certificate.toString('pem'),
    privateKey: createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).export({
      format: 'pem',
      type: 'pkcs8',
    }) as string,
  };
}

export async function maintenanceCertificate(names: readonly string[]): Promise<Credential> {
  return apiCertificate(
    await createAuthority({ commonName: 'maintenance-service.talos.dev' }, 'Ed25519'),
    names,
  );
}
