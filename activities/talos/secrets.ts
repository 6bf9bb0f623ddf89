/** All that is secret of a cluster with Talos: made together, once, and sealed as one. */
import { generateKeyPairSync, randomBytes, randomInt } from 'node:crypto';
import type { SecretVault } from '../../store/store.js';
import { createAuthority, type Credential } from '../certificates/authority.js';

export interface TalosSecrets {
  readonly clusterId: string;
  readonly clusterSecret: string;
  /** With which kubelets ask for their first certificate: a token of kubeadm's form. */
  readonly bootstrapToken: string;
  /** With which machines ask the control plane for the certificate of their own API. */
  readonly machineToken: string;
  /** Of the encryption of Kubernetes Secrets in etcd: 32 bytes in Base64. */
  readonly secretboxKey: string;
  readonly authorities: {
    /** Of the API of Talos. Talos knows its key by the name Ed25519 only. */
    readonly machine: Credential;
    readonly kubernetes: Credential;
    readonly aggregator: Credential;
    readonly etcd: Credential;
  };
  /** Signs the tokens of service accounts; PEM, PKCS #8. */
  readonly serviceAccountKey: string;
}

const NAME = 'talos-secrets';
const KEY_BYTES = 32;
const TOKEN_CHARACTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Makes them at the first call; of two at once, both get those of one. @throws `SECRET_UNREADABLE` */
export async function talosSecrets(vault: SecretVault, clusterUid: string): Promise<TalosSecrets> {
  const sealed =
    (await vault.get(clusterUid, NAME)) ??
    (await vault.create(clusterUid, NAME, JSON.stringify(await newSecrets())));
  return JSON.parse(sealed) as TalosSecrets;
}

/** What must not be seen in an error or a log. */
export function secretTexts(secrets: TalosSecrets): string[] {
  const { clusterSecret, bootstrapToken, machineToken, secretboxKey, authorities, serviceAccountKey } =
    secrets;
  const keys = [...Object.values(authorities).map(({ privateKey }) => privateKey), serviceAccountKey];
  return [clusterSecret, bootstrapToken, machineToken, secretboxKey, ...keys, ...keys.map(base64)];
}

async function newSecrets(): Promise<TalosSecrets> {
  const [machine, kubernetes, aggregator, etcd] = await Promise.all([
    createAuthority({ organization: 'talos' }, 'Ed25519'),
    createAuthority({ organization: 'kubernetes' }, 'P-256'),
    createAuthority({ commonName: 'front-proxy' }, 'P-256'),
    createAuthority({ organization: 'etcd' }, 'P-256'),
  ]);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    clusterId: randomBytes(KEY_BYTES).toString('base64url'),
    clusterSecret: randomBytes(KEY_BYTES).toString('base64'),
    bootstrapToken: newToken(),
    machineToken: newToken(),
    secretboxKey: randomBytes(KEY_BYTES).toString('base64'),
    authorities: { machine, kubernetes, aggregator, etcd },
    serviceAccountKey: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
  };
}

function newToken(): string {
  const characters = (count: number): string =>
    Array.from({ length: count }, () => TOKEN_CHARACTERS[randomInt(TOKEN_CHARACTERS.length)]).join('');
  return `${characters(6)}.${characters(16)}`;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
