/** What a cluster needs over the years: its certificates, secrets and hosts, machines that fail, and its end. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type {
  CertificateListView,
  ClusterHealthView,
  HostResponse,
  ValidationView,
} from '../../schema/responses.js';
import { clusterOf, decommission, ended, example, operate, provision, settled } from './clusters.js';
import { kubectl } from './kubectl.js';
import { LabProcess, waitFor } from './lab-process.js';
import { pullPlug, type PoweredMachine } from './power.js';
import { remembered } from './remembered.js';

const NAME = 'k3s-kept';
const CLUSTER = `/api/v1/clusters/${NAME}`;
const PATIENCE_MS = 240_000;

/** The example's cluster with one worker. */
function aRequest(): string {
  const body = JSON.parse(example('k3s-ha').toString()) as { nodeGroups: { role: string; count: number }[] };
  const nodeGroups = body.nodeGroups.map((group) => ({
    ...group,
    count: group.role === 'CONTROL_PLANE' ? 3 : 1,
  }));
  return JSON.stringify({ ...body, name: NAME, nodeGroups });
}

let lab: LabProcess;
let untouched: unknown;
let uid: string;
beforeAll(async () => {
  lab = await LabProcess.start();
  untouched = await lab.control('/world');
  await provision(lab, aRequest());
  expect(await settled(lab, NAME, PATIENCE_MS)).toMatchObject({ phase: 'READY' });
  ({ uid } = (await clusterOf(lab, NAME)) as unknown as { uid: string });
});
afterAll(() => lab.stop());

async function nodes(): Promise<string[]> {
  const lines = (await kubectl(lab, NAME, 'get', 'nodes', '--no-headers')).trim().split('\n');
  return lines.map((line) => line.replace(/^k3s-kept-(\S+)\s+(\S+).*/, '$1 $2')).sort();
}
const ALL_READY = ['agents-1 Ready', 'server-1 Ready', 'server-2 Ready', 'server-3 Ready'];

async function put(path: string, body: object): Promise<void> {
  const { status, text } = await lab.api(`${CLUSTER}${path}`, { method: 'PUT', body: JSON.stringify(body) });
  expect({ status, text }).toEqual({ status: 200, text });
}

async function placeOf(machine: string): Promise<PoweredMachine> {
  const { items } = (await lab.api<{ items: HostResponse[] }>('/api/v1/hosts')).json;
  for (const { name: host, machines } of items) {
    const found = machines.find((one) => one.machine === machine);
    if (found !== undefined) return { host, vmid: found.vmid };
  }
  throw new Error(`${machine} is on no host`);
}

test('a validation finds nothing wrong with a cluster that was just made, and names what it does not guard', async () => {
  const id = await operate(lab, {
    ...{ name: NAME, path: '/validate' },
    body: { validationSuite: 'STANDARD', remediateIssues: false },
  });
  await ended(lab, NAME, id);

  const { json } = await lab.api<ValidationView>(`${CLUSTER}/validations/${id}`);
  const failed = json.checks.filter(({ status }) => status === 'failed');
  // How fast the machine is that the test runs on is not judged.
  expect(failed.filter(({ category }) => category !== 'PERFORMANCE')).toMatchObject([
    { id: 'pod-security', severity: 'WARNING', evidence: ['default: it enforces nothing'] },
  ]);
  expect(json.checks.filter(({ status }) => status === 'passed').length).toBeGreaterThan(40);
});

test('certificates are renewed in place, and the kubeconfig with them', async () => {
  const before = (await lab.api(`${CLUSTER}/kubeconfig`)).text;
  const asked = Date.now();

  const id = await operate(lab, { name: NAME, path: '/certificates/renew' });

  expect(await ended(lab, NAME, id)).toEqual({ status: 'succeeded', detail: null });
  const { items, unread } = (await lab.api<CertificateListView>(`${CLUSTER}/certificates`)).json;
  expect(unread).toEqual([]);
  const leaves = items.filter(({ isAuthority }) => !isAuthority);
  expect(leaves.length).toBeGreaterThan(20);
  // Those of one year begin when they are made, to the second.
  const YEAR_MS = 365 * 86_400_000;
  const older = leaves.filter(({ endsAt }) => Date.parse(endsAt) < asked + YEAR_MS - 1_000);
  expect(older).toEqual([]);
  expect((await lab.api(`${CLUSTER}/kubeconfig`)).text).not.toBe(before);
  expect(await nodes()).toEqual(ALL_READY);
});

test('the join token and the SSH key are replaced, and machines join and are reached with the new ones', async () => {
  const id = await operate(lab, {
    ...{ name: NAME, path: '/secrets/rotate' },
    body: { secrets: ['JOIN_TOKEN', 'SSH_KEYS'] },
  });
  expect(await ended(lab, NAME, id)).toEqual({ status: 'succeeded', detail: null });

  const scale = (targetCount: number) =>
    operate(lab, {
      ...{ name: NAME, path: '/scale', method: 'PUT' },
      body: { nodeGroup: 'agents', targetCount, strategy: 'ROLLING' },
    });
  expect(await ended(lab, NAME, await scale(2))).toEqual({ status: 'succeeded', detail: null });
  expect(await nodes()).toEqual(expect.arrayContaining(['agents-2 Ready']));
  expect(await ended(lab, NAME, await scale(1))).toEqual({ status: 'succeeded', detail: null });
  expect(await nodes()).toEqual(ALL_READY);
});

test('a host is emptied while the cluster works, and used again afterwards', async () => {
  const { host } = await placeOf(`${NAME}-server-1`);
  const drainOf = async (): Promise<HostResponse> =>
    (await lab.api<HostResponse>(`/api/v1/hosts/${host}`)).json;
  expect((await drainOf()).machines.map(({ machine }) => machine)).toContain(`${NAME}-server-1`);

  const begun = await lab.api(`/api/v1/hosts/${host}/drain`, { method: 'POST', body: '{}' });

  expect({ status: begun.status, text: begun.text }).toEqual({ status: 202, text: begun.text });
  const drained = await waitFor(
    `${host} to be drained`,
    async () => {
      const seen = await drainOf();
      return seen.drain?.status === 'running' ? null : seen;
    },
    PATIENCE_MS,
  );
  expect(drained).toMatchObject({ drained: true, machines: [], drain: { status: 'succeeded', left: [] } });
  expect(await nodes()).toEqual(ALL_READY);
  expect((await lab.api(`/api/v1/hosts/${host}/undrain`, { method: 'POST' })).status).toBe(204);
  expect(await drainOf()).toMatchObject({ drained: false });
});

describe('a cluster that is looked after', () => {
  test('has a machine started again that lost its power, and says why', async () => {
    const worker = `${NAME}-agents-1`;
    await put('/health-policy', { intervalSeconds: 10, unhealthySeconds: 30 });

    await pullPlug(lab, await placeOf(worker));

    const { decisions } = await waitFor(
      'the machine to be acted upon',
      async () => {
        const { json } = await lab.api<ClusterHealthView>(`${CLUSTER}/health`);
        return json.decisions.some(({ decision }) => decision.outcome === 'ACT') ? json : null;
      },
      PATIENCE_MS,
    );
    const acted = decisions.find(({ decision }) => decision.outcome === 'ACT');
    expect(acted?.decision).toMatchObject({
      heal: { action: 'START', machine: worker },
      findings: [{ subject: worker, diagnosis: 'VM_STOPPED', heldBy: null }],
    });
    const id = acted?.id ?? '';
    // What was decided is kept before it is asked for.
    const isThere = async () => (await lab.api(`/api/v1/operations/${id}`)).status === 200;
    await waitFor('the heal to be asked for', isThere, PATIENCE_MS);
    expect(await ended(lab, NAME, id)).toMatchObject({ status: 'succeeded' });
    expect(await nodes()).toEqual(ALL_READY);
    await put('/health-policy', { enabled: false });
  });
});

test('a protected cluster is removed only where its name is said once more, and a certificate tells what is gone', async () => {
  await put('/protection', { protected: true });
  const refused = await lab.api<{ code: string }>(CLUSTER, { method: 'DELETE' });
  expect({ status: refused.status, code: refused.json.code }).toEqual({
    ...{ status: 409, code: 'CLUSTER_PROTECTED' },
  });
  expect(await clusterOf(lab, NAME)).toMatchObject({ phase: 'READY' });

  await decommission(lab, NAME, '?confirm=' + NAME);

  expect(await lab.control('/world')).toEqual(untouched);
  expect(await remembered(lab, uid)).toEqual([]);
  const { items } = (await lab.api<{ items: { certificate: Certificate }[] }>(`${CLUSTER}/removals`)).json;
  expect(items).toHaveLength(1);
  const [{ certificate }] = items as [{ certificate: Certificate }];
  expect(certificate).toMatchObject({ clusterUid: uid, cluster: NAME, notSeen: [] });
  const vms = certificate.removed.filter(({ kind }) => kind === 'vm').map(({ name }) => name);
  expect(vms).toEqual(
    expect.arrayContaining(['agents-1', 'server-1', 'server-2', 'server-3'].map((name) => `${NAME}-${name}`)),
  );
  expect(certificate.looks.map(({ at }) => at)).toEqual(expect.arrayContaining(['vms', 'disks']));
});

interface Certificate {
  readonly removed: readonly { readonly kind: string; readonly name: string }[];
  readonly looks: readonly { readonly at: string }[];
}
