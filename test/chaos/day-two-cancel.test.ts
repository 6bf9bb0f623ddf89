/**
 * Operations of one cluster that are cancelled, each in another moment, one after the other: whatever becomes of them,
 * the cluster is what it says, from all sides. The order is drawn; `CANCEL_SEED` draws one again.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sample, shuffledSubarray } from 'fast-check';
import { clusterOf, ended, operate, type Ended } from '../e2e/clusters.js';
import { LabProcess, waitFor } from '../e2e/lab-process.js';
import { CANCELLED_AT, type CancelledAt } from './cancel-moments.js';
import { provisioned, withWork } from './day-two-clusters.js';
import { NAME } from './day-two-moments.js';
import { seenCluster, whole } from './whole-cluster.js';

const TEST_MS = 1_800_000;
const PATIENCE_MS = 240_000;
const CLUSTER = `/api/v1/clusters/${NAME}`;
const NEW = 'v1.33.1+k3s1';
const SEED = Number(process.env['CANCEL_SEED'] ?? 1);

interface View {
  readonly nodes: readonly { readonly name: string; readonly host: string }[];
  readonly definition: { readonly nodeGroups: readonly { readonly name: string; readonly count: number }[] };
}

interface Begun {
  readonly cancel: string;
  readonly over: () => Promise<Ended>;
}

let lab: LabProcess;
beforeAll(async () => {
  lab = await LabProcess.start();
  await provisioned(lab, { servers: 3, agents: 2 });
  await withWork(lab);
}, TEST_MS);
afterAll(() => lab.stop());

test(
  'an operation that is cancelled at any step leaves a cluster that is what it says',
  async () => {
    const all = CANCELLED_AT.length;
    const anyOrder = shuffledSubarray([...CANCELLED_AT], { minLength: all, maxLength: all });
    const [order = []] = sample(anyOrder, { seed: SEED, numRuns: 1 });
    const done: string[] = [];
    for (const one of order) {
      done.push(`${one.kind}, ${one.moment.name}`);
      try {
        await ready(one);
        await cancelledAt(one);
        await expectWhole();
        expect(await criticalFailures()).toEqual([]);
      } catch (error) {
        throw new Error(`CANCEL_SEED=${SEED}, after ${done.length} of ${all}: ${done.at(-1) ?? ''}`, {
          cause: error,
        });
      }
    }
  },
  TEST_MS,
);

/** Holds the operation in the moment, cancels it, and lets what it asked for go on. */
async function cancelledAt(one: CancelledAt): Promise<void> {
  const hold = await lab.fault(one.moment.rule);
  const { cancel, over } = await begun(one);
  const isHit = async (): Promise<boolean> => {
    const rules = await lab.control<{ id: string; hits: number }[]>('/faults');
    return rules.some(({ id, hits }) => id === hold && hits > 0);
  };
  await waitFor('somebody to come by', isHit, PATIENCE_MS);
  const answer = await lab.api(cancel, { method: 'POST' });
  await lab.release(hold);
  expect({ status: answer.status, text: answer.text }).toMatchObject({ status: 202 });
  expect((await over()).status).not.toBe('failed');
}

async function begun(one: CancelledAt): Promise<Begun> {
  const operation = async (method: string, path: string, body?: object): Promise<Begun> => {
    const id = await operate(lab, { name: NAME, method, path, ...(body === undefined ? {} : { body }) });
    return { cancel: `/api/v1/operations/${id}/cancel`, over: () => ended(lab, NAME, id) };
  };
  switch (one.kind) {
    case 'agents':
      return operation('PUT', '/scale', {
        nodeGroup: 'agents',
        targetCount: (await count('agents')) + (one.grows === true ? 1 : -1),
      });
    case 'servers':
      return operation('PUT', '/scale', { nodeGroup: 'server', targetCount: one.grows === true ? 3 : 1 });
    case 'backup':
      return operation('POST', '/backups');
    case 'renew':
      return operation('POST', '/certificates/renew');
    case 'rotate':
      return operation('POST', '/secrets/rotate', { secrets: ['JOIN_TOKEN', 'SSH_KEYS'] });
    case 'upgrade':
      return operation('POST', '/upgrade', { version: NEW, strategy: 'ROLLING', takeBackup: false });
    case 'drain-host':
      return drained();
  }
}

async function drained(): Promise<Begun> {
  const { nodes } = await view();
  const host = nodes.find(({ name }) => name.startsWith(`${NAME}-agents-`))?.host ?? '';
  const path = `/api/v1/hosts/${host}`;
  const { status, text } = await lab.api(`${path}/drain`, { method: 'POST', body: '{}' });
  expect({ status, text }).toMatchObject({ status: 202 });
  const over = async (): Promise<Ended> => {
    const ending = await waitFor(
      'the drain to end',
      async () => {
        const { drain } = (await lab.api<{ drain: Ended | null }>(path)).json;
        return drain === null || drain.status === 'running' ? null : drain;
      },
      PATIENCE_MS,
    );
    await lab.api(`${path}/undrain`, { method: 'POST' });
    return ending;
  };
  return { cancel: `${path}/drain/cancel`, over };
}

/** What the operation needs to have something to do. */
async function ready({ kind, grows }: CancelledAt): Promise<void> {
  if (kind === 'agents' && grows === false && (await count('agents')) < 2) await scale('agents', 2);
  if (kind !== 'servers') return;
  const servers = await count('server');
  const wanted = grows === true ? 1 : 3;
  if (servers !== wanted) await scale('server', wanted);
}

async function scale(nodeGroup: string, targetCount: number): Promise<void> {
  const body = { nodeGroup, targetCount };
  const id = await operate(lab, { name: NAME, method: 'PUT', path: '/scale', body });
  expect(await ended(lab, NAME, id)).toEqual({ status: 'succeeded', detail: null });
}

/** The machines are those that the cluster says it has, and the definition has as many. */
async function expectWhole(): Promise<void> {
  const servers = numbers(await view(), 'server');
  const agents = numbers(await view(), 'agents');
  expect(await seenCluster(lab, NAME)).toEqual(whole({ servers, agents }));
  expect({ servers: await count('server'), agents: await count('agents') }).toEqual({
    servers: servers.length,
    agents: agents.length,
  });
}

async function view(): Promise<View> {
  return (await clusterOf(lab, NAME)) as unknown as View;
}

function numbers({ nodes }: View, group: string): number[] {
  const prefix = `${NAME}-${group}-`;
  return nodes.flatMap(({ name }) => (name.startsWith(prefix) ? [Number(name.slice(prefix.length))] : []));
}

/** By the definition. */
async function count(group: string): Promise<number> {
  const { definition } = await view();
  return definition.nodeGroups.find(({ name }) => name === group)?.count ?? 0;
}

/** Names of the checks of the highest severity that the cluster does not pass. */
async function criticalFailures(): Promise<readonly string[]> {
  const body = { validationSuite: 'STANDARD' };
  const id = await operate(lab, { name: NAME, path: '/validate', body });
  await ended(lab, NAME, id);
  const { checks } = (
    await lab.api<{ checks: { id: string; severity: string; status: string }[] }>(
      `${CLUSTER}/validations/${id}`,
    )
  ).json;
  return checks
    .filter(({ severity, status }) => severity === 'CRITICAL' && status === 'failed')
    .map((check) => check.id)
    .sort();
}
