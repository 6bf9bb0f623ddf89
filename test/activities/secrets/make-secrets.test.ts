import { X509Certificate, createPrivateKey, createPublicKey } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { makeSecrets } from '../../../activities/secrets/make-secrets.js';
import type { ClusterSecret } from '../../../platforms/platform.js';

const AUTHORITY = { kind: 'certificate-authority', name: 'ca', commonName: 'kubernetes' } as const;

function aVault(secrets = new Map<string, string>()) {
  return {
    secrets,
    create: (_clusterUid: string, name: string, value: string): Promise<string> => {
      const kept = secrets.get(name) ?? value;
      secrets.set(name, kept);
      return Promise.resolve(kept);
    },
  };
}

async function made(...wanted: readonly ClusterSecret[]): Promise<ReadonlyMap<string, string>> {
  const vault = aVault();
  await makeSecrets(vault, 'uid', wanted);
  return vault.secrets;
}

test('an authority signs for itself, may sign others, and is as long-lived as the cluster', async () => {
  const secrets = await made(AUTHORITY);

  const certificate = new X509Certificate(secrets.get('ca.crt') ?? '');
  expect(certificate.subject).toBe('CN=kubernetes');
  expect(certificate.ca).toBe(true);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.checkPrivateKey(createPrivateKey(secrets.get('ca.key') ?? ''))).toBe(true);
  expect(Date.parse(certificate.validTo) - Date.now()).toBeGreaterThan(9 * 365 * 24 * 3_600_000);
  expect(secrets.get('ca.sha256')).toMatch(/^[0-9a-f]{64}$/);
});

test('an authority that was made by halves is completed, and not made anew', async () => {
  const { secrets } = aVault();
  await makeSecrets(aVault(secrets), 'uid', [AUTHORITY]);
  const key = secrets.get('ca.key');
  const hash = secrets.get('ca.sha256');
  secrets.delete('ca.key');
  secrets.delete('ca.crt');
  secrets.delete('ca.sha256');

  await makeSecrets(aVault(secrets), 'uid', [AUTHORITY]);

  expect(secrets.get('ca.key')).toBe(key);
  expect(secrets.get('ca.sha256')).toBe(hash);
  const certificate = new X509Certificate(secrets.get('ca.crt') ?? '');
  expect(certificate.checkPrivateKey(createPrivateKey(key ?? ''))).toBe(true);
});

test('what is there stays as it is', async () => {
  const vault = aVault(new Map([['bootstrap-token', 'abcdef.0123456789abcdef']]));

  await makeSecrets(vault, 'uid', [{ kind: 'kubeadm-token', name: 'bootstrap-token' }]);

  expect(vault.secrets.get('bootstrap-token')).toBe('abcdef.0123456789abcdef');
});

test('tokens, keys and random bytes are written as their programs read them', async () => {
  const secrets = await made(
    { kind: 'kubeadm-token', name: 'token' },
    { kind: 'random', name: 'key', bytes: 32 },
    { kind: 'random', name: 'text', bytes: 32, encoding: 'base64' },
    { kind: 'key-pair', name: 'sa' },
  );

  expect(secrets.get('token')).toMatch(/^[a-z0-9]{6}\.[a-z0-9]{16}$/);
  expect(secrets.get('key')).toMatch(/^[0-9a-f]{64}$/);
  expect(Buffer.from(secrets.get('text') ?? '', 'base64')).toHaveLength(32);
  const publicKey = createPublicKey(createPrivateKey(secrets.get('sa.key') ?? ''));
  expect(publicKey.export({ format: 'pem', type: 'spki' })).toBe(secrets.get('sa.pub'));
});
