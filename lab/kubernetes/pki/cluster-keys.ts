/** All key material of a cluster, made once and kept with it. */
import { createHash, generateKeyPairSync } from 'node:crypto';
import { createAuthority, issueClientCertificate, type Credential } from './certificates.js';

export interface ClusterKeys {
  /** Signs serving certificates; what `/cacerts` and kube-root-ca.crt show. */
  readonly serverAuthority: Credential;
  /** Signs the certificates of clients. */
  readonly clientAuthority: Credential;
  readonly admin: Credential;
  /** Signs the tokens of service accounts; PEM, PKCS #8. */
  readonly serviceAccountKey: string;
}

/** @param authority signs for both sides; left out, each gets one of its own. */
export async function createClusterKeys(authority?: Credential): Promise<ClusterKeys> {
  const madeAt = Math.floor(Date.now() / 1_000);
  const [serverAuthority, clientAuthority] = await Promise.all([
    authority ?? createAuthority(`k3s-server-ca@${madeAt}`),
    authority ?? createAuthority(`k3s-client-ca@${madeAt}`),
  ]);
  const subject = { commonName: 'system:admin', organizations: ['system:masters'] };
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    serverAuthority,
    clientAuthority,
    admin: await issueClientCertificate(clientAuthority, subject),
    serviceAccountKey: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
  };
}

/** K3s hashes the very bytes that `/cacerts` serves. */
export function authorityHash(certificate: string): string {
  return createHash('sha256').update(certificate).digest('hex');
}
