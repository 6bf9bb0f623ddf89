/** The simulator's own TLS certificate: made once and kept, so that a pinned fingerprint outlives a restart. */
import { X509Certificate as NodeCertificate, createPrivateKey, webcrypto } from 'node:crypto';
import '../../activities/certificates/metadata-reflection.js';
import type { LabState } from '../state.js';

const STATE_KEY = 'proxmox-certificate';
const LIFETIME_MS = 10 * 365 * 24 * 3_600_000;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export interface ServerCertificate {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly privateKey: string;
}

/** The kept certificate, or a new self-signed one for loopback and `host`. */
export async function loadCertificate(state: LabState, host: string): Promise<ServerCertificate> {
  const kept = state.load<ServerCertificate>(STATE_KEY);
  if (kept !== undefined) return kept;
  const made = await createCertificate(host);
  state.save(STATE_KEY, () => made);
  return made;
}

/** SHA-256 over the DER form, as `AA:BB:..`: what `pvenode cert info` prints. */
export function fingerprintOf(certificate: string): string {
  return new NodeCertificate(certificate).fingerprint256;
}

async function createCertificate(host: string): Promise<ServerCertificate> {
  // Imported late: some loaders run a CommonJS package before the modules that are imported ahead of it.
  const { BasicConstraintsExtension, SubjectAlternativeNameExtension, X509CertificateGenerator } =
    await import('@peculiar/x509');
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Proxmox VE simulator',
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + LIFETIME_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new SubjectAlternativeNameExtension([
        { type: 'ip', value: '127.0.0.1' },
        { type: 'dns', value: 'localhost' },
        { type: /^[\d.]+$|:/.test(host) ? 'ip' : 'dns', value: host },
      ]),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  return {
    certificate: certificate.toString('pem'),
    privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
  };
}
