/** Keys that control-plane machines hand on: sealed in a Secret of the cluster, for two hours. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { DiskTree } from '../disk/disk-tree.js';
import { putFile } from '../disk/root-files.js';
import { secret, type Administrator } from './admin.js';
import { SHARED_FILES } from './authorities.js';
import { findToken, isExpired, newToken, putToken } from './bootstrap-tokens.js';
import { KubeadmFailure, phaseFailure } from './failure.js';
import { fileText, PKI } from './host.js';

const NAME = 'kubeadm-certs';
const PATH = `/api/v1/namespaces/kube-system/secrets/${NAME}`;
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const DOWNLOAD = 'control-plane-prepare/download-certs';

/** A token of two hours owns the secret: when it goes, the secret goes. @throws KubeadmFailure */
export async function uploadCertificates(admin: Administrator, disk: DiskTree, key: string): Promise<void> {
  const bytes = keyBytes(key);
  const owner = await putToken(admin, {
    token: newToken(),
    description: 'Proxy for managing TTL for the kubeadm-certs secret',
    ttl: '2h',
    usages: [],
    groups: [],
  });
  const sealed = SHARED_FILES.map((file) => [dataKey(file), seal(bytes, fileText(disk, `${PKI}/${file}`))]);
  const made = secret('kube-system', NAME, 'Opaque', {});
  await admin.put('secrets', {
    ...made,
    metadata: {
      ...made.metadata,
      ownerReferences: [
        {
          ...{ apiVersion: 'v1', kind: 'Secret', blockOwnerDeletion: true, controller: true },
          ...{ name: owner.metadata.name, uid: owner.metadata.uid ?? '' },
        },
      ],
    },
    data: Object.fromEntries(sealed),
  });
}

/** @throws KubeadmFailure when there is no secret any more, or the key is another one. */
export async function downloadCertificates(admin: Administrator, disk: DiskTree, key: string): Promise<void> {
  const found = await admin.find(PATH);
  const owner = found?.metadata.ownerReferences?.[0]?.name.replace('bootstrap-token-', '') ?? '';
  const token = found === undefined ? undefined : await findToken(admin, owner);
  if (found === undefined || token === undefined || isExpired(token)) {
    throw phaseFailure(
      DOWNLOAD,
      'error downloading certs: error downloading the secret: Secret "kubeadm-certs" was not found in the "kube-system" Namespace. ' +
        'This Secret might have expired. Please, run `kubeadm init phase upload-certs --upload-certs` on a control plane to generate a new one',
    );
  }
  for (const file of SHARED_FILES) {
    const content = unseal(keyBytes(key), found.data?.[dataKey(file)] ?? '');
    putFile(disk, `${PKI}/${file}`, content, { mode: file.endsWith('.key') ? 0o600 : 0o644 });
  }
}

function dataKey(file: string): string {
  return file.replace('/', '-');
}

function keyBytes(key: string): Buffer {
  if (!/^[0-9a-f]{64}$/.test(key))
    throw new KubeadmFailure('error decoding certificate key: encoding/hex: invalid key');
  return Buffer.from(key, 'hex');
}

function seal(key: Buffer, text: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce);
  const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64');
}

function unseal(key: Buffer, text: string): string {
  const bytes = Buffer.from(text, 'base64');
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const opened = [decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()];
    return Buffer.concat(opened).toString();
  } catch {
    throw phaseFailure(
      DOWNLOAD,
      'error downloading certs: error decoding secret data with provided key: cipher: message authentication failed',
    );
  }
}
