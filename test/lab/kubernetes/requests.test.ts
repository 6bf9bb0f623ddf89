import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { aDeployment, call, startLabCluster, type LabCluster } from './lab-cluster.js';

let cluster: LabCluster;

beforeAll(async () => {
  cluster = await startLabCluster();
});

afterAll(() => cluster.close());

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';

interface Refusal {
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly reason: string;
}

const withoutSelector = { ...aDeployment('x', 1), spec: { template: aDeployment('x', 1).spec.template } };
const withStrangeSelector = aDeployment('x', 1);
withStrangeSelector.spec.selector.matchLabels.app = 'other';

const REFUSALS: readonly Refusal[] = [
  { what: 'an unknown resource', method: 'GET', path: '/api/v1/nothings', status: 404, reason: 'NotFound' },
  { what: 'an unknown group', method: 'GET', path: '/apis/nothing.io/v1', status: 404, reason: 'NotFound' },
  {
    what: 'an unknown object',
    method: 'GET',
    path: `${CONFIG_MAPS}/nothing`,
    status: 404,
    reason: 'NotFound',
  },
  {
    what: 'an unknown namespace',
    method: 'POST',
    path: '/api/v1/namespaces/no/configmaps',
    body: { metadata: { name: 'a' } },
    status: 404,
    reason: 'NotFound',
  },
  { what: 'bad JSON', method: 'POST', path: CONFIG_MAPS, body: '{', status: 400, reason: 'BadRequest' },
  {
    what: 'a list for an object',
    method: 'POST',
    path: CONFIG_MAPS,
    body: [],
    status: 400,
    reason: 'BadRequest',
  },
  {
    what: 'another kind',
    method: 'POST',
    path: CONFIG_MAPS,
    body: { kind: 'Secret', metadata: { name: 'a' } },
    status: 400,
    reason: 'BadRequest',
  },
  {
    what: 'another API version',
    method: 'POST',
    path: CONFIG_MAPS,
    body: { apiVersion: 'v2', metadata: { name: 'a' } },
    status: 400,
    reason: 'BadRequest',
  },
  {
    what: 'another namespace',
    method: 'POST',
    path: CONFIG_MAPS,
    body: { metadata: { name: 'a', namespace: 'kube-system' } },
    status: 400,
    reason: 'BadRequest',
  },
  {
    what: 'metadata of a wrong type',
    method: 'POST',
    path: CONFIG_MAPS,
    body: { metadata: { name: 5 } },
    status: 400,
    reason: 'BadRequest',
  },
  {
    what: 'a new object with a resource version',
    method: 'POST',
    path: CONFIG_MAPS,
    body: { metadata: { name: 'a', resourceVersion: '5' } },
    status: 400,
    reason: 'BadRequest',
  },
  {
    what: 'no name',
    method: 'POST',
    path: CONFIG_MAPS,
    body: { metadata: {} },
    status: 422,
    reason: 'Invalid',
  },
  {
    what: 'a bad name',
    method: 'POST',
    path: CONFIG_MAPS,
    body: { metadata: { name: 'Not_A_Name' } },
    status: 422,
    reason: 'Invalid',
  },
  {
    what: 'a bad label',
    method: 'POST',
    path: CONFIG_MAPS,
    body: { metadata: { name: 'a', labels: { 'a b': 'c' } } },
    status: 422,
    reason: 'Invalid',
  },
  {
    what: 'an object that exists',
    method: 'POST',
    path: '/api/v1/namespaces',
    body: { metadata: { name: 'default' } },
    status: 409,
    reason: 'AlreadyExists',
  },
  {
    what: 'a deployment without a selector',
    method: 'POST',
    path: DEPLOYMENTS,
    body: withoutSelector,
    status: 422,
    reason: 'Invalid',
  },
  {
    what: 'a selector that misses its own template',
    method: 'POST',
    path: DEPLOYMENTS,
    body: withStrangeSelector,
    status: 422,
    reason: 'Invalid',
  },
  {
    what: 'a negative replica count',
    method: 'POST',
    path: DEPLOYMENTS,
    body: aDeployment('x', -1),
    status: 422,
    reason: 'Invalid',
  },
  {
    what: 'a pod without containers',
    method: 'POST',
    path: '/api/v1/namespaces/default/pods',
    body: { metadata: { name: 'a' }, spec: {} },
    status: 422,
    reason: 'Invalid',
  },
  {
    what: 'containers that are no list',
    method: 'POST',
    path: '/api/v1/namespaces/default/pods',
    body: { metadata: { name: 'a' }, spec: { containers: 'x' } },
    status: 422,
    reason: 'Invalid',
  },
  {
    what: 'a service without ports',
    method: 'POST',
    path: '/api/v1/namespaces/default/services',
    body: { metadata: { name: 'a' }, spec: {} },
    status: 422,
    reason: 'Invalid',
  },
  {
    what: 'a secret that is not base64',
    method: 'POST',
    path: '/api/v1/namespaces/default/secrets',
    body: { metadata: { name: 'a' }, data: { a: '!' } },
    status: 422,
    reason: 'Invalid',
  },
  {
    what: 'an unknown media type',
    method: 'POST',
    path: CONFIG_MAPS,
    body: 'x',
    headers: { 'content-type': 'text/plain' },
    status: 415,
    reason: 'UnsupportedMediaType',
  },
  {
    what: 'broken Protobuf',
    method: 'POST',
    path: CONFIG_MAPS,
    body: 'k8s\0\xff\xff',
    headers: { 'content-type': 'application/vnd.kubernetes.protobuf' },
    status: 400,
    reason: 'BadRequest',
  },
  {
    what: 'an unknown kind of patch',
    method: 'PATCH',
    path: '/api/v1/namespaces/default',
    body: {},
    status: 415,
    reason: 'UnsupportedMediaType',
  },
  {
    what: 'a patch that does not fit',
    method: 'PATCH',
    path: '/api/v1/namespaces/default',
    body: [{ op: 'remove', path: '/data' }],
    headers: { 'content-type': 'application/json-patch+json' },
    status: 422,
    reason: 'Invalid',
  },
  {
    what: 'a method that the resource does not take',
    method: 'PUT',
    path: CONFIG_MAPS,
    body: {},
    status: 405,
    reason: 'MethodNotAllowed',
  },
  {
    what: 'a bad label selector',
    method: 'GET',
    path: `${CONFIG_MAPS}?labelSelector=a%20b`,
    status: 400,
    reason: 'BadRequest',
  },
  {
    what: 'a field that cannot be selected by',
    method: 'GET',
    path: `${CONFIG_MAPS}?fieldSelector=data.a=1`,
    status: 400,
    reason: 'BadRequest',
  },
  {
    what: 'a page of an unknown list',
    method: 'GET',
    path: `${CONFIG_MAPS}?continue=abc`,
    status: 410,
    reason: 'Expired',
  },
  {
    what: 'a revision that is yet to come',
    method: 'GET',
    path: `${CONFIG_MAPS}?resourceVersion=99999999`,
    status: 504,
    reason: 'Timeout',
  },
  {
    what: 'the log of a pod that is not there',
    method: 'GET',
    path: '/api/v1/namespaces/default/pods/none/log',
    status: 404,
    reason: 'NotFound',
  },
  {
    what: 'a path that cannot be decoded',
    method: 'GET',
    path: '/api/v1/namespaces/%zz',
    status: 400,
    reason: 'BadRequest',
  },
];

describe('a request for', () => {
  test.each(REFUSALS)(
    '$what is refused with $status $reason',
    async ({ method, path, body, headers, status, reason }) => {
      const answer = await call(cluster, method, path, {
        ...(body !== undefined && { body }),
        ...(headers && { headers }),
      });

      expect(answer.json).toMatchObject({
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        reason,
        code: status,
      });
      expect(answer.status).toBe(status);
    },
  );

  test('too much is refused', async () => {
    const answer = await call(cluster, 'POST', CONFIG_MAPS, {
      body: { data: { a: 'x'.repeat(3 * 1024 * 1024) } },
    });

    expect(answer.status).toBe(413);
  });
});

describe('selectors', () => {
  beforeAll(async () => {
    for (const [name, labels] of Object.entries({
      one: { app: 'web', tier: 'front' },
      two: { app: 'web', tier: 'back' },
      three: { app: 'db' },
    })) {
      await call(cluster, 'POST', CONFIG_MAPS, {
        body: { metadata: { name, labels: { set: 'selectors', ...labels } } },
      });
    }
  });

  test.each([
    ['app=web', ['one', 'two']],
    ['app==web,tier!=back', ['one']],
    ['app in (web, db),tier notin (front)', ['three', 'two']],
    ['!tier', ['three']],
    ['tier', ['one', 'two']],
  ])('of labels: %s', async (selector, names) => {
    const query = new URLSearchParams({ labelSelector: `set=selectors,${selector}` });
    const { json } = await call(cluster, 'GET', `${CONFIG_MAPS}?${query.toString()}`);

    const items = json['items'] as { metadata: { name: string } }[];
    expect(items.map(({ metadata }) => metadata.name)).toEqual(names);
  });
});

describe('a dry run', () => {
  test('answers as if, and leaves nothing', async () => {
    const made = await call(cluster, 'POST', `${CONFIG_MAPS}?dryRun=All`, {
      body: { metadata: { name: 'dry' } },
    });
    const read = await call(cluster, 'GET', `${CONFIG_MAPS}/dry`);

    expect([made.status, read.status]).toEqual([201, 404]);
  });
});
