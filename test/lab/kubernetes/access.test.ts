import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash, createPrivateKey, webcrypto, X509Certificate } from 'node:crypto';
import { KubeConfig } from '@kubernetes/client-node';
import { connect } from 'node:tls';
import { once } from 'node:events';
import { call, eventually, startLabCluster, type LabCluster } from './lab-cluster.js';

let cluster: LabCluster;

beforeAll(async () => {
  cluster = await startLabCluster();
});

afterAll(() => cluster.close());

const RBAC = '/apis/rbac.authorization.k8s.io/v1';

async function tokenOf(account: string): Promise<string> {
  const { json } = await call(
    cluster,
    'POST',
    `/api/v1/namespaces/default/serviceaccounts/${account}/token`,
    {
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds: 3_600 },
      },
    },
  );
  return (json['status'] as { token: string }).token;
}

async function createAccount(name: string): Promise<string> {
  await call(cluster, 'POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name } } });
  return tokenOf(name);
}

describe('the serving certificate', () => {
  test('is signed by the CA of the cluster and names what it was asked to', async () => {
    const socket = connect({
      port: Number(new URL(cluster.url).port),
      host: '127.0.0.1',
      ca: cluster.plane.caCertificatePem,
    });
    await once(socket, 'secureConnect');
    const names = socket.getPeerX509Certificate()?.subjectAltName ?? '';
    socket.destroy();

    expect(names).toContain('IP Address:10.0.0.5');
    expect(names).toContain('DNS:edge.example');
    expect(names).toContain('IP Address:10.43.0.1');
  });

  test('belongs to a CA whose hash is that of the file that agents download', async () => {
    const { text } = await call(cluster, 'GET', '/cacerts', { anonymous: true });

    expect(createHash('sha256').update(text).digest('hex')).toBe(cluster.plane.caHash);
    expect(new X509Certificate(text).ca).toBe(true);
  });
});

describe('authentication', () => {
  test.each(['/cacerts', '/ping'])('is not needed for %s', async (path) => {
    expect((await call(cluster, 'GET', path, { anonymous: true })).status).toBe(200);
  });

  test.each(['/version', '/livez', '/readyz', '/healthz'])('lets one see %s', async (path) => {
    expect((await call(cluster, 'GET', path)).status).toBe(200);
  });

  test.each(['/version', '/livez', '/readyz', '/api', '/api/v1/nodes', '/apis/apps/v1', '/nothing'])(
    'is needed for %s',
    async (path) => {
      const answer = await call(cluster, 'GET', path, { anonymous: true });

      expect(answer.status).toBe(401);
      expect(answer.json).toMatchObject({ kind: 'Status', reason: 'Unauthorized', code: 401 });
    },
  );

  test.each(['nonsense', 'a.b.c', 'abcdef.0123456789abcdef'])('does not take the token %s', async (token) => {
    const headers = { authorization: `Bearer ${token}` };

    expect((await call(cluster, 'GET', '/api/v1/nodes', { anonymous: true, headers })).status).toBe(401);
  });

  test('takes the token of a service account until the account is deleted', async () => {
    const headers = { authorization: `Bearer ${await createAccount('leaver')}` };
    const before = await call(cluster, 'GET', '/api', { anonymous: true, headers });
    await call(cluster, 'DELETE', '/api/v1/namespaces/default/serviceaccounts/leaver');
    const after = await call(cluster, 'GET', '/api', { anonymous: true, headers });

    expect([before.status, after.status]).toEqual([200, 401]);
  });

  test('takes the token that is put into a secret of the right type', async () => {
    await createAccount('fixed');
    await call(cluster, 'POST', '/api/v1/namespaces/default/secrets', {
      body: {
        metadata: { name: 'fixed-token', annotations: { 'kubernetes.io/service-account.name': 'fixed' } },
        type: 'kubernetes.io/service-account-token',
      },
    });
    const token = await eventually(async () => {
      const { json } = await call(cluster, 'GET', '/api/v1/namespaces/default/secrets/fixed-token');
      return (json['data'] as { token?: string } | undefined)?.token;
    });

    const headers = { authorization: `Bearer ${Buffer.from(token, 'base64').toString('utf8')}` };
    expect((await call(cluster, 'GET', '/api', { anonymous: true, headers })).status).toBe(200);
  });
});

describe('authorization', () => {
  test('refuses what no role allows, and says what it was', async () => {
    const headers = { authorization: `Bearer ${await createAccount('nobody')}` };
    const answer = await call(cluster, 'GET', '/api/v1/namespaces/default/secrets', {
      anonymous: true,
      headers,
    });

    expect(answer.status).toBe(403);
    expect(answer.json).toMatchObject({
      reason: 'Forbidden',
      message:
        'secrets is forbidden: User "system:serviceaccount:default:nobody" cannot list resource "secrets" ' +
        'in API group "" in the namespace "default"',
    });
  });

  test('allows what a role in the namespace allows, there alone', async () => {
    const headers = { authorization: `Bearer ${await createAccount('reader')}` };
    await call(cluster, 'POST', `${RBAC}/namespaces/default/roles`, {
      body: {
        metadata: { name: 'reader' },
        rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['list'] }],
      },
    });
    await call(cluster, 'POST', `${RBAC}/namespaces/default/rolebindings`, {
      body: {
        metadata: { name: 'reader' },
        roleRef: { kind: 'Role', name: 'reader' },
        subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: 'default' }],
      },
    });
    const ask = (method: string, path: string) => call(cluster, method, path, { anonymous: true, headers });

    expect((await ask('GET', '/api/v1/namespaces/default/secrets')).status).toBe(200);
    expect((await ask('GET', '/api/v1/namespaces/kube-system/secrets')).status).toBe(403);
    expect((await ask('GET', '/api/v1/secrets')).status).toBe(403);
    expect((await ask('GET', '/api/v1/namespaces/default/secrets/some')).status).toBe(403);
    expect((await ask('DELETE', '/api/v1/namespaces/default/secrets')).status).toBe(403);
  });

  test('allows a named object to those who may see that one only', async () => {
    const headers = { authorization: `Bearer ${await createAccount('curator')}` };
    await call(cluster, 'POST', `${RBAC}/clusterroles`, {
      body: {
        metadata: { name: 'curator' },
        rules: [{ apiGroups: [''], resources: ['namespaces'], resourceNames: ['default'], verbs: ['get'] }],
      },
    });
    await call(cluster, 'POST', `${RBAC}/clusterrolebindings`, {
      body: {
        metadata: { name: 'curator' },
        roleRef: { kind: 'ClusterRole', name: 'curator' },
        subjects: [{ kind: 'ServiceAccount', name: 'curator', namespace: 'default' }],
      },
    });
    const ask = (path: string) => call(cluster, 'GET', path, { anonymous: true, headers });

    expect((await ask('/api/v1/namespaces/default')).status).toBe(200);
    expect((await ask('/api/v1/namespaces/kube-system')).status).toBe(403);
  });

  test('does not let others act as somebody else', async () => {
    const token = await createAccount('pretender');
    const headers = {
      authorization: `Bearer ${token}`,
      'impersonate-user': 'system:admin',
      'impersonate-group': 'system:masters',
    };

    expect((await call(cluster, 'GET', '/api/v1/nodes', { anonymous: true, headers })).status).toBe(403);
  });
});

describe('a certificate that the cluster signs', () => {
  const REQUESTS = '/apis/certificates.k8s.io/v1/certificatesigningrequests';

  async function aRequest(): Promise<{ readonly pem: string; readonly keyPem: string }> {
    const { Pkcs10CertificateRequestGenerator } = await import('@peculiar/x509');
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const request = await Pkcs10CertificateRequestGenerator.create({
      name: 'O=dev, CN=jane',
      keys,
      signingAlgorithm: algorithm,
    });
    const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
    const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    return { pem: request.toString('pem'), keyPem: key.export({ format: 'pem', type: 'pkcs8' }) as string };
  }

  test('makes its holder known by the name and the groups that are in it', async () => {
    const { pem, keyPem } = await aRequest();
    const made = await call(cluster, 'POST', REQUESTS, {
      body: {
        metadata: { name: 'jane' },
        spec: {
          request: Buffer.from(pem).toString('base64'),
          signerName: 'kubernetes.io/kube-apiserver-client',
          usages: ['client auth'],
          username: 'somebody else',
        },
      },
    });
    await call(cluster, 'PATCH', `${REQUESTS}/jane/approval`, {
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { status: { conditions: [{ type: 'Approved', status: 'True', reason: 'Test' }] } },
    });
    const certificate = await eventually(async () => {
      const { json } = await call(cluster, 'GET', `${REQUESTS}/jane`);
      return (json['status'] as { certificate?: string } | undefined)?.certificate;
    });
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: 'edge', server: cluster.url, skipTLSVerify: false },
      { name: 'jane', certData: certificate, keyData: Buffer.from(keyPem).toString('base64') },
    );
    const review = await call(
      { ...cluster, config },
      'POST',
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      {
        body: {},
      },
    );

    expect(made.json['spec']).toMatchObject({ username: 'system:admin' });
    expect(review.json['status']).toEqual({
      userInfo: { username: 'jane', groups: ['dev', 'system:authenticated'] },
    });
  });
});
