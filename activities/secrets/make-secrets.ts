/** Makes what a distribution needs to keep secret, each thing once in the life of a cluster. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  randomBytes,
  randomInt,
} from 'node:crypto';
import { promisify } from 'node:util';
import type { ClusterSecret } from '../../platforms/platform.js';
import type { SecretVault } from '../../store/store.js';
import { createAuthority, type Credential } from '../certificates/authority.js';

const TOKEN_ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const TOKEN_ID_LENGTH = 6;
const TOKEN_SECRET_LENGTH = 16;
const RSA_BITS = 2048;

/** What is there stays as it is; what belongs to a key that is there is made from that key. */
export async function makeSecrets(
  vault: Pick<SecretVault, 'create'>,
  clusterUid: string,
  wanted: readonly ClusterSecret[],
): Promise<void> {
  for (const secret of wanted) await makeSecret(vault, clusterUid, secret);
}

async function makeSecret(
  vault: Pick<SecretVault, 'create'>,
  clusterUid: string,
  secret: ClusterSecret,
): Promise<void> {
  const { name } = secret;
  const create = (part: string, value: string): Promise<string> => vault.create(clusterUid, part, value);
  switch (secret.kind) {
    case 'random':
      await create(name, randomBytes(secret.bytes).toString(secret.encoding ?? 'hex'));
      return;
    case 'kubeadm-token':
      await create(name, kubeadmToken());
      return;
    case 'certificate-authority': {
      // Sealed as one first: a key with the certificate of another one would be of no use.
      const sealed = await create(name, JSON.stringify(await createAuthority(secret, 'P-256')));
      const { certificate, privateKey } = JSON.parse(sealed) as Credential;
      await create(`${name}.crt`, certificate);
      await create(`${name}.key`, privateKey);
      await create(`${name}.sha256`, publicKeyHash(certificate));
      return;
    }
    case 'key-pair': {
      const key = await create(`${name}.key`, await rsaKey());
      const publicKey = createPublicKey(createPrivateKey(key)).export({ format: 'pem', type: 'spki' });
      await create(`${name}.pub`, publicKey as string);
      return;
    }
  }
}

/** What kubeadm calls a `discovery-token-ca-cert-hash`: SHA-256 of the public key, in hexadecimal. */
function publicKeyHash(certificate: string): string {
  const der = createPublicKey(certificate).export({ format: 'der', type: 'spki' });
  return createHash('sha256').update(der).digest('hex');
}

/** Such as `abcdef.0123456789abcdef`. */
export function kubeadmToken(): string {
  return `${tokenPart(TOKEN_ID_LENGTH)}.${tokenPart(TOKEN_SECRET_LENGTH)}`;
}

/** As kubeadm's tokens are written: lower-case letters and digits. */
function tokenPart(length: number): string {
  return Array.from({ length }, () => TOKEN_ALPHABET.charAt(randomInt(TOKEN_ALPHABET.length))).join('');
}

/** Off the main thread, where it would hold up everything else for as long as it takes. */
async function rsaKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: RSA_BITS });
  return privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
}
