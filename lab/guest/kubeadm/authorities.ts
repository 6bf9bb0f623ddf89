/** The phase `certs`: what is there is used, what is missing is made. */
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { createAuthority, type Credential } from '../../kubernetes/pki/certificates.js';
import type { DiskTree } from '../disk/disk-tree.js';
import { isThere, putFile, readText } from '../disk/root-files.js';
import { phaseFailure } from './failure.js';
import { PKI } from './host.js';

const AUTHORITIES = { ca: 'kubernetes', 'front-proxy-ca': 'front-proxy-ca', 'etcd/ca': 'etcd-ca' } as const;

/** Files that all control-plane machines have alike. */
export const SHARED_FILES = [
  ...Object.keys(AUTHORITIES).flatMap((name) => [`${name}.crt`, `${name}.key`]),
  'sa.pub',
  'sa.key',
] as const;

/** @returns the cluster's authority. @throws KubeadmFailure for a key that is not the certificate's. */
export async function ensureAuthorities(disk: DiskTree): Promise<Credential> {
  const made: Record<string, Credential> = {};
  for (const [name, commonName] of Object.entries(AUTHORITIES))
    made[name] = await ensure(disk, name, commonName);
  if (!isThere(disk, `${PKI}/sa.key`)) {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    putFile(disk, `${PKI}/sa.key`, privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
    putFile(disk, `${PKI}/sa.pub`, publicKey.export({ type: 'spki', format: 'pem' }));
  }
  return made['ca'] ?? { certificate: '', privateKey: '' };
}

/** @throws KubeadmFailure where one of the files that another machine must have brought is missing. */
export function requireShared(disk: DiskTree): void {
  const missing = SHARED_FILES.find((file) => !isThere(disk, `${PKI}/${file}`));
  if (missing === undefined) return;
  throw phaseFailure(
    'preflight',
    'one or more conditions for hosting a new control plane instance is not satisfied.\n\n' +
      `failure loading certificate for CA: couldn't load the certificate file ${PKI}/${missing}: open ${PKI}/${missing}: no such file or directory`,
  );
}

async function ensure(disk: DiskTree, name: string, commonName: string): Promise<Credential> {
  const [certificate, privateKey] = [
    readText(disk, `${PKI}/${name}.crt`),
    readText(disk, `${PKI}/${name}.key`),
  ];
  if (certificate !== undefined && privateKey !== undefined) {
    checkPair(name, certificate, privateKey);
    return { certificate, privateKey };
  }
  const made = await createAuthority(commonName);
  putFile(disk, `${PKI}/${name}.crt`, made.certificate);
  putFile(disk, `${PKI}/${name}.key`, made.privateKey, { mode: 0o600 });
  return made;
}

function checkPair(name: string, certificate: string, privateKey: string): void {
  let isPair = false;
  try {
    const parsed = new X509Certificate(certificate);
    isPair = parsed.ca && parsed.checkPrivateKey(createPrivateKey(privateKey));
  } catch {
    isPair = false;
  }
  if (isPair) return;
  throw phaseFailure(
    `certs/${name.replace('/', '-')}`,
    `certificate and private key pair for ${name} is invalid`,
  );
}
