import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fail } from '../../domain/errors.js';
import type { Phase } from '../../domain/phase.js';
import type { ClusterState } from '../../workflows/messages.js';
import { aDefinition } from '../builders/definition.js';
import { send, startApi, type ApiUnderTest } from './api-under-test.js';

let api: ApiUnderTest;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const EXAMPLE = readFileSync(new URL('../../examples/k3s-edge.json', import.meta.url));

const provision = (headers: Record<string, string> = {}, raw: string | Buffer = EXAMPLE) =>
  send(`${api.url}/api/v1/clusters/provision`, { method: 'POST', raw, headers });

const aState = (change: Partial<ClusterState> = {}): ClusterState => ({
  version: 1,
  uid: 'u1',
  name: 'edge',
  phase: 'READY',
  definition: aDefinition(),
  plan: null,
  operation: { id: 'o1', kind: 'provision', workflowId: 'cluster/edge/provision-1', status: 'succeeded' },
  nodes: [],
  failure: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:01:00.000Z',
  readyAt: '2026-01-01T00:01:00.000Z',
  operationCount: 1,
  queue: [],
  ...change,
});

async function record(name: string, phase: Phase = 'READY', uid: string = randomUUID()): Promise<string> {
  const at = '2026-01-01T00:00:00.000Z';
  const definition = aDefinition({ name });
  await api.store.clusters.put({ uid, name, phase, definition, createdAt: at, updatedAt: at, failure: null });
  return uid;
}

describe('a request for a cluster', () => {
  test('is accepted with the address of its operation, and started once', async () => {
    const answer = await provision();

    const { id } = answer.body['operation'] as { id: string };
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toBe(`/api/v1/operations/${id}`);
    expect(answer.body).toMatchObject({
      operation: { kind: 'provision', status: 'running' },
      links: { cluster: '/api/v1/clusters/k3s-edge' },
    });
    expect(api.started.map(({ operationId, definition }) => [operationId, definition.name])).toEqual([
      [id, 'k3s-edge'],
    ]);
    expect((await send(`${api.url}/api/v1/operations/${id}`)).body).toMatchObject({
      id,
      cluster: 'k3s-edge',
    });
  });

  test('that is repeated with its key returns the same run, and starts nothing', async () => {
    const first = await provision({ 'idempotency-key': 'k1' });
    const second = await provision({ 'idempotency-key': 'k1' });

    expect(second.status).toBe(202);
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
    expect(api.started).toHaveLength(1);
    expect(api.planned).toHaveLength(1);
  });

  test('that comes twice at once with one key returns the same run', async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => provision({ 'idempotency-key': 'k1' })));

    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    expect(new Set(answers.map(({ headers }) => headers.get('location'))).size).toBe(1);
    expect(api.started).toHaveLength(1);
  });

  test('with the key of another request is refused', async () => {
    await provision({ 'idempotency-key': 'k1' });

    const answer = await provision(
      { 'idempotency-key': 'k1' },
      EXAMPLE.toString().replace('k3s-edge', 'other'),
    );

    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  test('for a name that is taken is refused', async () => {
    await provision();

    const answer = await provision();

    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ code: 'CLUSTER_EXISTS' });
  });

  test('that cannot be carried is refused with where and why, starts nothing, and leaves its key free', async () => {
    const faults = [
      { pointer: '/nodeGroups/0/template/imageSource', detail: 'there is no template with VMID 9001' },
    ];
    api.behave.plan = async () => {
      throw fail('PLAN_INFEASIBLE', 'it does not fit', { faults });
    };

    const answer = await provision({ 'idempotency-key': 'k1' });
    delete api.behave.plan;
    const corrected = await provision(
      { 'idempotency-key': 'k1' },
      EXAMPLE.toString().replace('k3s-edge', 'other'),
    );

    expect(answer.status).toBe(422);
    expect(answer.body.errors).toEqual(faults);
    expect(corrected.status).toBe(202);
    expect(api.started.map(({ definition }) => definition.name)).toEqual(['other']);
  });

  test('whose start was not answered is started by its repetition, as the same operation', async () => {
    let lost = '';
    api.behave.provision = async (operationId) => {
      lost = operationId;
      throw fail('WORKER_UNAVAILABLE', 'no answer');
    };
    const first = await provision({ 'idempotency-key': 'k1' });
    delete api.behave.provision;

    const second = await provision({ 'idempotency-key': 'k1' });

    expect(first.status).toBe(503);
    expect(second.status).toBe(202);
    expect(api.started.map(({ operationId }) => operationId)).toEqual([lost]);
  });
});

test('a preflight answers with its findings, the commands for the token, and the resolved definition', async () => {
  api.behave.preflight = async () => ({
    findings: [
      {
        check: 'privileges',
        severity: 'blocker',
        subject: '/vms/9001',
        detail: 'the token lacks VM.Clone',
        remedy: 'Run the commands.',
      },
    ],
    ready: false,
    commands: ['pveum acl modify /vms/9001'],
  });

  const answer = await send(`${api.url}/api/v1/clusters/preflight`, { method: 'POST', raw: EXAMPLE });

  delete api.behave.preflight;
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({
    ready: false,
    findings: [{ check: 'privileges', severity: 'blocker' }],
    commands: ['pveum acl modify /vms/9001'],
    definition: { name: 'k3s-edge' },
  });
  expect(api.started).toEqual([]);
});

test('a plan is shown with the resolved definition, and nothing is started', async () => {
  const answer = await send(`${api.url}/api/v1/clusters/plan`, { method: 'POST', raw: EXAMPLE });

  expect(answer.status).toBe(200);
  expect(answer.body['definition']).toMatchObject({
    onFailure: 'ROLLBACK',
    network: { podCidr: '10.42.0.0/16' },
  });
  expect(answer.body['plan']).toMatchObject({ machines: [{ name: 'k3s-edge-server-1', host: 'hv5' }] });
  expect(api.started).toEqual([]);
});

describe('a cluster', () => {
  test('is shown as its workflow knows it, with the time that each step took', async () => {
    api.behave.clusterState = async () => aState();
    const times = { startedAt: '2026-01-01T00:00:01.000Z', endedAt: '2026-01-01T00:00:03.500Z' };
    const step = {
      id: 'reserve',
      title: 'Reserve',
      machine: null,
      status: 'done',
      reason: null,
      remedy: null,
    } as const;
    api.behave.operationState = async () => ({
      phase: 'READY',
      plan: null,
      nodes: [],
      steps: [{ ...step, ...times }],
    });

    const { body } = await send(`${api.url}/api/v1/clusters/edge`);

    expect(body).toMatchObject({ phase: 'READY', stale: false, timings: { seconds: 60 } });
    expect(body['steps']).toMatchObject([{ id: 'reserve', seconds: 2.5 }]);
  });

  test('is shown with the steps that were kept when its operation ended, without asking for them again', async () => {
    const state = aState();
    const workflowId = 'cluster/edge/provision-1';
    api.behave.clusterState = async () => ({
      ...state,
      operation: { id: 'operation-1', kind: 'provision', workflowId, status: 'succeeded' },
    });
    api.behave.operationState = async () => {
      throw fail('INTERNAL', 'it has ended');
    };
    const step = {
      id: 'plan',
      title: 'Plan',
      machine: null,
      status: 'done',
      reason: null,
      remedy: null,
    } as const;
    const times = { startedAt: '2026-01-01T00:00:01.000Z', endedAt: '2026-01-01T00:00:02.000Z' };
    await api.store.operationSteps.keep({ clusterUid: state.uid, workflowId }, 0, [{ ...step, ...times }]);

    const { status, body } = await send(`${api.url}/api/v1/clusters/edge`);

    expect(status).toBe(200);
    expect(body['steps']).toMatchObject([{ id: 'plan', seconds: 1 }]);
  });

  test('is shown as last recorded, and marked so, while no worker answers', async () => {
    await record('edge', 'BOOT');
    api.behave.clusterState = async () => {
      throw fail('WORKER_UNAVAILABLE', 'no answer');
    };

    const { status, body } = await send(`${api.url}/api/v1/clusters/edge`);

    expect(status).toBe(200);
    expect(body).toMatchObject({ phase: 'BOOT', stale: true });
  });

  test('that failed says why and what to do', async () => {
    api.behave.clusterState = async () =>
      aState({ phase: 'FAILED', failure: { code: 'DEADLINE_EXCEEDED', detail: 'after 30 minutes' } });

    const { body } = await send(`${api.url}/api/v1/clusters/edge`);

    expect(body['failure']).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      remedy: expect.stringContaining('deadlineMinutes'),
    });
  });

  test('gives out its kubeconfig once it has one, not to be cached', async () => {
    const uid = await record('edge', 'BOOT');
    const before = await send(`${api.url}/api/v1/clusters/edge/kubeconfig`);
    await api.store.secrets.put(uid, 'kubeconfig', 'apiVersion: v1\n');

    const after = await send(`${api.url}/api/v1/clusters/edge/kubeconfig`);

    expect(before.status).toBe(409);
    expect(after.body).toEqual({ text: 'apiVersion: v1\n' });
    expect(after.headers.get('content-type')).toMatch(/^application\/yaml/);
    expect(after.headers.get('cache-control')).toBe('no-store');
  });
});

test('clusters are listed page by page', async () => {
  for (const name of ['a', 'b', 'c']) await record(name);
  await record('d', 'GONE');

  const first = await send(`${api.url}/api/v1/clusters?limit=2`);
  const second = await send(`${api.url}/api/v1/clusters?limit=2&after=${String(first.body['next'])}`);
  const gone = await send(`${api.url}/api/v1/clusters?includeGone=true`);

  const names = ({ body }: typeof first) => (body['items'] as { name: string }[]).map(({ name }) => name);
  expect(names(first)).toEqual(['a', 'b']);
  expect(names(second)).toEqual(['c']);
  expect(second.body['next']).toBeNull();
  expect(names(gone)).toEqual(['a', 'b', 'c', 'd']);
});

describe('a decommission', () => {
  test('is accepted with the address of its operation', async () => {
    api.behave.decommission = async (operationId) => ({ operationId, clusterUid: 'u1' });

    const answer = await send(`${api.url}/api/v1/clusters/edge`, { method: 'DELETE' });

    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ operation: { kind: 'decommission' }, cluster: 'edge' });
  });

  test('that is asked for again is answered with the one under way', async () => {
    let first: string | undefined;
    api.behave.decommission = async (operationId) => ({
      operationId: (first ??= operationId),
      clusterUid: 'u1',
    });

    const answers = [1, 2].map(() => send(`${api.url}/api/v1/clusters/edge`, { method: 'DELETE' }));
    const locations = (await Promise.all(answers)).map(({ headers }) => headers.get('location'));

    expect(locations).toEqual([`/api/v1/operations/${first}`, `/api/v1/operations/${first}`]);
  });
});

test('a decision goes to the workflow that runs the step', async () => {
  const told: unknown[] = [];
  api.behave.clusterState = async () => aState();
  api.behave.resolveStep = async (workflowId, decision) => {
    told.push([workflowId, decision]);
    throw fail('STEP_NOT_WAITING', 'it is done');
  };
  const decide = (step: string) =>
    send(`${api.url}/api/v1/clusters/edge/steps/${step}`, { method: 'POST', body: { action: 'RETRY' } });

  const answers = [
    await decide('reserve'),
    await decide('edge-server-1/claim-vm'),
    await decide('edge-server-1%2Fclaim-vm'),
  ];

  expect(answers.map(({ status }) => status)).toEqual([409, 409, 409]);
  const node = ['cluster/edge/provision-1/edge-server-1', { step: 'claim-vm', action: 'RETRY' }];
  expect(told).toEqual([['cluster/edge/provision-1', { step: 'reserve', action: 'RETRY' }], node, node]);
});

test('the JSON Schema and the OpenAPI document are served', async () => {
  const schema = await send(`${api.url}/api/v1/schemas/cluster-definition`);
  const document = await send(`${api.url}/openapi.json`);

  expect(schema.body['$schema']).toMatch(/2020-12/);
  expect(document.body['openapi']).toMatch(/^3\.1/);
});
