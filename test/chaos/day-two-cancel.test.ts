/**
 * Operations of one cluster that are cancelled, each in another moment, one after the other: whatever becomes of them,
 * the cluster is what it says, from all sides, and a validation finds nothing critical. They are drawn: `CANCEL_SEED` draws
 * others, and `CANCELS` says how many, up to all.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sample, shuffledSubarray } from 'fast-check';
import { clusterOf, ended, operate, outcomeOf, type Ended } from '../e2e/clusters.js';
import { LabProcess, waitFor } from '../e2e/lab-process.js';
import { CANCELLED_AT, type CancelledAt } from './cancel-moments.js';
import { provisioned, withWork } from './day-two-clusters.js';
import { NAME } from './day-two-moments.js';
import { seenCluster, whole } from './whole-cluster.js';

const TEST_MS = 1_800_000;
const PATIENCE_MS = 240_000;
const CLUSTER = `/api/v1/clusters/${NAME}`;
/** One after the other: each has something to do. */
const VERSIONS = ['v1.32.1+k3s1', 'v1.32.2+k3s1', 'v1.32.3+k3s1'];
const SEED = Number(process.env['CANCEL_SEED'] ?? 1);
const CANCELS = Number(process.env['CANCELS'] ?? 12);

interface View {
  readonly nodes: readonly { readonly name: string; readonly host: string }[];
  readonly definition: { readonly nodeGroups: readonly { readonly name: string; readonly count: number }[] };
}

interface Begun {
  /** Address that cancels it. */
  readonly cancel: string;
  /** How it ended; `null` while it goes on. */
  readonly over: () => Promise<Ended | null>;
}

const upgradeTo = (version: string) => ({ version, strategy: 'ROLLING', takeBackup: false });

let upgrades = 0;
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
    const [shuffled = []] = sample(anyOrder, { seed: SEED, numRuns: 1 });
    const order = shuffled.slice(0, CANCELS);
    const done: string[] = [];
    for (const one of order) {
      done.push(`${one.kind}, ${one.moment.name}`);
      try {
        await ready(one);
        await cancelledAt(one);
        await expectWhole();
        expect(await criticalFailures()).toEqual([]);
      } catch (error) {
        throw new Error(
          `CANCEL_SEED=${SEED}, after ${done.length} of ${order.length}: ${done.at(-1) ?? ''}`,
          {
            cause: error,
          },
        );
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
  await waitFor(
    'somebody to come by',
    async () => {
      if (await isHit()) return true;
      const outcome = await over();
      if (outcome !== null) throw new Error(`nobody came by: ${outcome.status}, ${outcome.detail ?? ''}`);
      return false;
    },
    PATIENCE_MS,
  );
  const answer = await lab.api(cancel, { method: 'POST' });
  await lab.release(hold);
  expect({ status: answer.status, text: answer.text }).toMatchObject({ status: 202 });
  const { status, detail } = await waitFor('it to end', over, PATIENCE_MS);
  expect({ status, detail }).not.toMatchObject({ status: 'failed' });
}

async function begun(one: CancelledAt): Promise<Begun> {
  const operation = async (method: string, path: string, body?: object): Promise<Begun> => {
    const id = await operate(lab, { name: NAME, method, path, ...(body === undefined ? {} : { body }) });
    return { cancel: `/api/v1/operations/${id}/cancel`, over: () => outcomeOf(lab, NAME, id) };
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
    case 'vm-backup':
      return operation('POST', '/vm-backups', { storage: 'local' });
    case 'renew':
      return operation('POST', '/certificates/renew');
    case 'rotate':
      return operation('POST', '/secrets/rotate', { secrets: ['JOIN_TOKEN', 'SSH_KEYS'] });
    case 'upgrade':
      return operation('POST', '/upgrade', upgradeTo(VERSIONS[upgrades++] ?? ''));
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
  const over = async (): Promise<Ended | null> => {
    const { drain } = (await lab.api<{ drain: Ended | null }>(path)).json;
    if (drain === null || drain.status === 'running') return null;
    await lab.api(`${path}/undrain`, { method: 'POST' });
    return drain;
  };
  return { cancel: `${path}/drain/cancel`, over };
}

/** What the operation needs to have something to do. */
async function ready({ kind, grows }: CancelledAt): Promise<void> {
  if (kind === 'agents' && grows === false && (await count('agents')) < 2) await scale('agents', 2);
  if (kind === 'upgrade' && upgrades > 0) {
    // What was cancelled goes on when it is asked for again.
    const body = upgradeTo(VERSIONS[upgrades - 1] ?? '');
    const id = await operate(lab, { name: NAME, path: '/upgrade', body });
    expect(await ended(lab, NAME, id)).toMatchObject({ status: 'succeeded' });
  }
  const servers = await count('server');
  // Of two members of etcd neither may be away.
  const wanted = kind !== 'servers' ? (servers === 2 ? 3 : servers) : grows === true ? 1 : 3;
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
