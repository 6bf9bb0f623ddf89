import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CertificatesV1Api, type V1CertificateSigningRequest } from '@kubernetes/client-node';
import { admissionObjection } from '../../../activities/kubernetes/approve-csrs.js';
import {
  CLIENT_SIGNER,
  csrObjections,
  nodeOfRequest,
  SERVING_SIGNER,
} from '../../../activities/kubernetes/csr-identity.js';
import { createRequest } from '../../../lab/kubernetes/pki/certificates.js';
import {
  addNode,
  call,
  eventually,
  startLabCluster,
  type LabCluster,
} from '../../lab/kubernetes/lab-cluster.js';

const BOOTSTRAPPER = 'system:serviceaccount:openshift-machine-config-operator:node-bootstrapper';
const NODE = 'okd-masters-1';
const SELF = `system:node:${NODE}`;
const IDENTITY = { node: NODE, addresses: ['10.1.107.101'], bootstrapUser: BOOTSTRAPPER };
const SUBJECT = { commonName: SELF, organizations: ['system:nodes'] };

interface Change {
  readonly subject?: { commonName: string; organizations: string[] };
  readonly names?: readonly string[];
  readonly username?: string;
  readonly groups?: string[];
  readonly usages?: string[];
  readonly signerName?: string;
}

async function aRequest(signer: string, change: Change = {}): Promise<V1CertificateSigningRequest> {
  const isServing = signer === SERVING_SIGNER;
  const { subject = SUBJECT, names = isServing ? [NODE, '10.1.107.101'] : [] } = change;
  const pem = await createRequest(subject, names);
  return {
    metadata: { name: 'csr-1' },
    spec: {
      request: Buffer.from(pem).toString('base64'),
      signerName: change.signerName ?? signer,
      username: change.username ?? (isServing ? SELF : BOOTSTRAPPER),
      groups: change.groups ?? ['system:nodes', 'system:authenticated'],
      usages: change.usages ?? ['digital signature', isServing ? 'server auth' : 'client auth'],
    },
  };
}

const objectionsTo = async (signer: string, change: Change = {}) =>
  csrObjections(await aRequest(signer, change), IDENTITY);

describe('a request for a certificate in the name of a node', () => {
  test.each([
    ['to become a client, of the bootstrapper', CLIENT_SIGNER, {}],
    ['to renew it, of the node itself', CLIENT_SIGNER, { username: SELF }],
    ['to serve, of the node itself', SERVING_SIGNER, {}],
    [
      'with a key of RSA',
      SERVING_SIGNER,
      { usages: ['key encipherment', 'digital signature', 'server auth'] },
    ],
    ['to serve without its name', SERVING_SIGNER, { names: ['10.1.107.101'] }],
  ])('%s is proved', async (_, signer, change) => {
    expect(await objectionsTo(signer, change)).toEqual([]);
  });

  test.each<[string, string, Change, RegExp]>([
    ['a stranger', CLIENT_SIGNER, { username: 'mallory' }, /mallory asks for it/],
    ['nobody', CLIENT_SIGNER, { username: '' }, /nobody asks for it/],
    ['another node', CLIENT_SIGNER, { username: 'system:node:okd-masters-2' }, /okd-masters-2 asks for it/],
    ['who has the name and not the group', SERVING_SIGNER, { groups: [] }, /asks for it/],
    ['the bootstrapper, to serve', SERVING_SIGNER, { username: BOOTSTRAPPER }, /asks for it/],
    [
      'another name',
      CLIENT_SIGNER,
      { subject: { ...SUBJECT, commonName: 'system:node:okd-masters-2' } },
      /common name is system:node:okd-masters-2/,
    ],
    [
      'more rights',
      CLIENT_SIGNER,
      { subject: { ...SUBJECT, organizations: ['system:nodes', 'system:masters'] } },
      /organizations are system:nodes, system:masters/,
    ],
    ['another signer', CLIENT_SIGNER, { signerName: 'kubernetes.io/kube-apiserver-client' }, /signer is/],
    ['more uses', CLIENT_SIGNER, { usages: ['client auth', 'server auth'] }, /also for server auth/],
    ['no use', SERVING_SIGNER, { usages: ['digital signature'] }, /not for server auth/],
    [
      'an address that is another machine’s',
      SERVING_SIGNER,
      { names: [NODE, '10.1.107.9'] },
      /names 10\.1\.107\.9/,
    ],
    [
      'the name of the API',
      SERVING_SIGNER,
      { names: ['api.okd.lab.internal', '10.1.107.101'] },
      /names api\.okd/,
    ],
    ['no address at all', SERVING_SIGNER, { names: [NODE] }, /names no address/],
    ['names in a certificate for clients', CLIENT_SIGNER, { names: [NODE] }, /names okd-masters-1/],
  ])('of or for %s is not', async (_, signer, change, why) => {
    expect((await objectionsTo(signer, change)).join('; ')).toMatch(why);
  });

  test('that is no PKCS #10, or was altered after it was signed, is not', async () => {
    const request = await aRequest(CLIENT_SIGNER);
    const der = Buffer.from(
      Buffer.from(request.spec.request, 'base64')
        .toString()
        .replaceAll(/-----[A-Z ]+-----|\s/g, ''),
      'base64',
    );
    der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
    const altered = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;

    for (const pem of ['nothing', altered]) {
      request.spec.request = Buffer.from(pem).toString('base64');
      expect((await csrObjections(request, IDENTITY)).join()).toMatch(/no PKCS #10/);
    }
  });

  test('is found by what it asks for, and by who asks', async () => {
    const other = { subject: { ...SUBJECT, commonName: 'system:admin' } };

    expect(await nodeOfRequest(await aRequest(CLIENT_SIGNER))).toBe(NODE);
    expect(await nodeOfRequest(await aRequest(SERVING_SIGNER, other))).toBe(NODE);
    expect(await nodeOfRequest(await aRequest(CLIENT_SIGNER, other))).toBeUndefined();
    expect(await nodeOfRequest(await aRequest(CLIENT_SIGNER, { signerName: 'x/y' }))).toBeUndefined();
  });
});

describe('admitting a node', () => {
  let cluster: LabCluster;
  let api: CertificatesV1Api;

  beforeAll(async () => {
    cluster = await startLabCluster();
    api = cluster.config.makeApiClient(CertificatesV1Api);
  });

  afterAll(() => cluster.close());

  /** As the administrator, who may ask in the name of everybody: the API notes who really asked. */
  async function ask(name: string, signer: string, change: Change = {}): Promise<void> {
    const { spec } = await aRequest(signer, change);
    const { username = '', groups = [], ...asked } = spec;
    const answer = await call(cluster, 'POST', '/apis/certificates.k8s.io/v1/certificatesigningrequests', {
      headers: { 'impersonate-user': username, 'impersonate-group': groups },
      body: {
        apiVersion: 'certificates.k8s.io/v1',
        kind: 'CertificateSigningRequest',
        metadata: { name },
        // Nobody can say of himself who he is.
        spec: { ...asked, username: 'system:node:forged', groups: ['system:forged'] },
      },
    });
    expect(answer.status).toBe(201);
  }

  const conditionsOf = async (name: string) =>
    (await api.readCertificateSigningRequest({ name })).status?.conditions?.map(({ type }) => type) ?? [];

  test('approves what is its own, refuses what is not, and is done when it is Ready and serves', async () => {
    expect(await admissionObjection(cluster.config, IDENTITY)).toMatch(/has not asked for a certificate/);

    await ask('client', CLIENT_SIGNER, { groups: ['system:masters'] });
    await ask('forged', CLIENT_SIGNER, { username: 'mallory', groups: ['system:masters'] });
    const other = { subject: { ...SUBJECT, commonName: 'system:node:okd-masters-2' } };
    await ask('other', CLIENT_SIGNER, { ...other, groups: ['system:masters'] });
    const objection = await admissionObjection(cluster.config, IDENTITY);

    expect(objection).toMatch(/it has not joined yet; forged is not approved: mallory asks for it/);
    expect(await conditionsOf('client')).toEqual(['Approved']);
    expect(await conditionsOf('forged')).toEqual([]);
    expect(await conditionsOf('other')).toEqual([]);

    addNode(cluster, NODE);
    expect(await admissionObjection(cluster.config, IDENTITY)).toMatch(/no serving certificate yet/);
    await ask('serving', SERVING_SIGNER, { groups: ['system:nodes', 'system:masters'] });
    await eventually(async () => (await admissionObjection(cluster.config, IDENTITY)) === null || undefined);

    const { status } = await api.readCertificateSigningRequest({ name: 'serving' });
    expect(Buffer.from(status?.certificate ?? '', 'base64').toString()).toMatch(/BEGIN CERTIFICATE/);
    expect(await conditionsOf('forged')).toEqual([]);
  });

  test('takes nobody for a new machine whose node has joined', async () => {
    addNode(cluster, 'okd-masters-3');
    const identity = { ...IDENTITY, node: 'okd-masters-3' };
    const subject = { ...SUBJECT, commonName: 'system:node:okd-masters-3' };
    await ask('second', CLIENT_SIGNER, { subject, groups: ['system:masters'] });

    expect(await admissionObjection(cluster.config, identity)).toMatch(
      /second is not approved: the node has joined before/,
    );
    expect(await conditionsOf('second')).toEqual([]);
  });
});
