import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { fail } from '../../domain/errors.js';
import type { ValidationReport } from '../../domain/validation/result.js';
import { validation, validationAccepted, validationList } from '../../schema/responses.js';
import type { ClusterState } from '../../workflows/messages.js';
import type { ValidateInput } from '../../workflows/validate.js';
import { aDefinition } from '../builders/definition.js';
import { aCluster } from '../store/store-builder.js';
import { send, startApi, type ApiUnderTest } from './api-under-test.js';

let api: ApiUnderTest;
let begun: ValidateInput[];
beforeAll(async () => {
  api = await startApi();
  await api.store.clusters.put(aCluster({ phase: 'READY' }));
});
afterAll(() => api.close());
beforeEach(() => {
  begun = [];
  Object.assign(api.behave, {
    clusterState: async (name: string) => (name === 'edge' ? aState() : undefined),
    validate: async (input: ValidateInput) => {
      begun.push(input);
    },
  });
});

const NODE = {
  ...{ name: 'edge-server-1', group: 'server', role: 'CONTROL_PLANE', host: 'hv5', vmid: 20_000 },
  ...{ address: '10.1.107.101', status: 'ready', ready: true, version: null },
};
const aState = (change: Partial<ClusterState> = {}): ClusterState => ({
  ...{ version: 1, uid: 'uid-1', name: 'edge', phase: 'READY', definition: aDefinition(), plan: null },
  ...{ operation: null, nodes: [NODE, { ...NODE, name: 'edge-boot-1', role: 'BOOTSTRAP' }], failure: null },
  ...{ createdAt: '', updatedAt: '', readyAt: null, operationCount: 1, queue: [] },
  ...change,
});

const EDGE = (): string => `${api.url}/api/v1/clusters/edge`;
const post = (body?: unknown, headers: Record<string, string> = {}) =>
  send(`${EDGE()}/validate`, { method: 'POST', headers, ...(body === undefined ? {} : { body }) });

const A_REPORT: ValidationReport = {
  outcome: 'UNHEALTHY',
  counts: { passed: 0, failed: 1, unknown: 0, skipped: 0 },
  checks: [
    {
      ...{ id: 'vm-running', title: 'Each VM is running', category: 'INFRASTRUCTURE', severity: 'CRITICAL' },
      ...{ status: 'failed', evidence: ['edge-server-1: VM 20000 is stopped'], remedy: 'Start it.' },
      remediation: { action: 'RESTART_PODS', outcome: 'refused', detail: ['no'], before: [] },
      measures: { apiLatencyMs: 4 },
    },
  ],
};

describe('a validation', () => {
  test('is begun for the machines that the cluster has, and the answer says where its result will be', async () => {
    const body = { validationSuite: 'COMPREHENSIVE', categories: ['PLATFORM'], remediateIssues: true };

    const answer = await post(body);

    expect(answer.status).toBe(202);
    const { operation, links } = validationAccepted.parse(answer.body);
    expect(operation).toMatchObject({ kind: 'validate', cluster: 'edge', status: 'running' });
    expect(answer.headers.get('location')).toBe(links.validation);
    expect(begun).toEqual([
      {
        ...{ clusterUid: 'uid-1', operationId: operation.id, number: expect.any(Number) },
        definition: aDefinition(),
        request: { ...body, categories: ['KUBERNETES'] },
        machines: [
          { name: 'edge-server-1', group: 'server', role: 'CONTROL_PLANE', address: '10.1.107.101' },
        ],
      },
    ]);
    const kept = validation.parse((await send(`${api.url}${links.validation}`)).body);
    expect(kept).toMatchObject({ status: 'running', outcome: null, counts: null, checks: [] });
  });

  test('needs no body', async () => {
    expect((await post()).status).toBe(202);
    expect(begun[0]?.request.validationSuite).toBe('STANDARD');
  });

  test('is begun once by one key', async () => {
    const key = { 'idempotency-key': 'validate-once' };

    const answers = [await post({}, key), await post({}, key)];

    expect(begun).toHaveLength(1);
    const ids = answers.map(({ body }) => validationAccepted.parse(body).operation.id);
    expect(new Set(ids).size).toBe(1);
    expect((await post({ remediateIssues: true }, key)).status).toBe(422);
  });

  test('shows what it found', async () => {
    const { operation } = validationAccepted.parse((await post()).body);
    await api.store.validations.finish(operation.id, A_REPORT);

    const answer = await send(`${EDGE()}/validations/${operation.id}`);

    expect(validation.parse(answer.body)).toMatchObject({ ...A_REPORT, status: 'finished' });
  });

  test.each([
    ['of a cluster that is not there', 'other', undefined, 404, 'CLUSTER_NOT_FOUND'],
    ['of a cluster that is going', 'edge', aState({ phase: 'DECOMMISSIONING' }), 409, 'PHASE_CONFLICT'],
    ['of a cluster without machines', 'edge', aState({ nodes: [] }), 409, 'PHASE_CONFLICT'],
  ])('%s is refused, and leaves nothing', async (_what, name, state, status, code) => {
    api.behave.clusterState = async () => state;
    const before = await api.store.validations.list({ cluster: name, limit: 100 });

    const answer = await send(`${api.url}/api/v1/clusters/${name}/validate`, { method: 'POST' });

    expect([answer.status, answer.body['code']]).toEqual([status, code]);
    expect(await api.store.validations.list({ cluster: name, limit: 100 })).toEqual(before);
  });

  test('is not promised while it cannot be started', async () => {
    Object.assign(api.behave, {
      validate: async () => {
        throw fail('ORCHESTRATOR_UNAVAILABLE', 'no connection');
      },
    });

    expect((await post()).body['code']).toBe('ORCHESTRATOR_UNAVAILABLE');
  });

  test('with a word that nobody knows is refused with a pointer to it', async () => {
    const answer = await post({ categories: ['NETWORK'] });

    expect(answer.status).toBe(400);
    expect(answer.body.errors?.map(({ pointer }) => pointer)).toEqual(['/categories/0']);
    expect(begun).toEqual([]);
  });

  test('is found under its own cluster only', async () => {
    const { operation } = validationAccepted.parse((await post()).body);

    const answer = await send(`${api.url}/api/v1/clusters/other/validations/${operation.id}`);

    expect([answer.status, answer.body['code']]).toEqual([404, 'VALIDATION_NOT_FOUND']);
  });
});

test('the list goes from the latest on, page by page', async () => {
  await post();
  await post();

  const first = validationList.parse((await send(`${EDGE()}/validations?limit=1`)).body);
  const second = validationList.parse(
    (await send(`${EDGE()}/validations?limit=1&before=${first.next ?? ''}`)).body,
  );

  const [latest, before] = [first.items[0]?.number ?? 0, second.items[0]?.number ?? 0];
  expect(first.next).toBe(latest);
  expect(before).toBe(latest - 1);
  expect((await send(`${EDGE()}/validations?limit=0`)).status).toBe(400);
  expect((await send(`${api.url}/api/v1/clusters/unknown/validations`)).status).toBe(404);
});

test.each([
  ['validate', 'GET', 'POST'],
  ['validations', 'POST', 'GET'],
  ['validations/1', 'DELETE', 'GET'],
])('%s does not take %s', async (path, method, allowed) => {
  const answer = await send(`${EDGE()}/${path}`, { method });

  expect(answer.status).toBe(405);
  expect(answer.headers.get('allow')).toBe(allowed);
});
