/** Operations that leave the machines of a cluster where they are, or bring them back, whose worker dies again and again. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clusterOf, operate, outcomeOf, type Ended } from '../e2e/clusters.js';
import { kubectl } from '../e2e/kubectl.js';
import { LabProcess, waitFor } from '../e2e/lab-process.js';
import { destroyMachines, pullPlug } from '../e2e/power.js';
import { provisioned } from './day-two-clusters.js';
import { NAME } from './day-two-moments.js';
import { BACKUP, DRAIN_HOST, HEAL, RENEW, REPLACE, ROTATE, VALIDATE, VM_BACKUP } from './in-place-moments.js';
import type { Moment } from './moments.js';
import { throughKills } from './survived-kills.js';
import { onMachine, seenCluster, whole } from './whole-cluster.js';

const TEST_MS = 600_000;
const CLUSTER = `/api/v1/clusters/${NAME}`;
const ALL = whole({ servers: [1, 2, 3], agents: [1] });

let lab: LabProcess;
beforeAll(async () => {
  lab = await LabProcess.start();
  await provisioned(lab, { servers: 3, agents: 1 });
}, TEST_MS);
afterAll(() => lab.stop());

const over = (id: string): Promise<Ended | null> => outcomeOf(lab, NAME, id);

function posted(path: string, moments: readonly Moment[], body?: object): Promise<Ended> {
  const asked = { name: NAME, path, ...(body === undefined ? {} : { body }) };
  return throughKills(lab, moments, () => operate(lab, asked), over);
}

test(
  'a backup is taken once, and no snapshot stays on a machine',
  async () => {
    expect(await posted('/backups', BACKUP)).toMatchObject({ status: 'succeeded' });
    const { items } = (await lab.api<{ items: { state: string }[] }>(`${CLUSTER}/backups`)).json;

    expect(items.map(({ state }) => state)).toEqual(['complete']);
    for (const number of [1, 2, 3]) {
      const folder = '/var/lib/rancher/k3s/server/db/snapshots';
      const left = await onMachine(lab, NAME, `server-${number}`, `sudo -n ls ${folder} 2>/dev/null || true`);
      expect(left.trim()).toBe('');
    }
    expect(await seenCluster(lab, NAME)).toEqual(ALL);
  },
  TEST_MS,
);

test(
  'a validation comes to one report, and its workload is gone',
  async () => {
    expect(await posted('/validate', VALIDATE)).toMatchObject({ status: 'succeeded' });
    const { items } = (await lab.api<{ items: { status: string }[] }>(`${CLUSTER}/validations`)).json;

    expect(items).toHaveLength(1);
    expect(await kubectl(lab, NAME, 'get', 'namespaces')).not.toContain('clusterwright-canary');
    expect(await seenCluster(lab, NAME)).toEqual(ALL);
  },
  TEST_MS,
);

test(
  'certificates are renewed on every machine, one server after the other',
  async () => {
    expect(await posted('/certificates/renew', RENEW)).toMatchObject({ status: 'succeeded' });
    expect(await seenCluster(lab, NAME)).toEqual(ALL);
  },
  TEST_MS,
);

test(
  'the join token and the SSH key change on every machine, and nobody is locked out',
  async () => {
    const body = { secrets: ['JOIN_TOKEN', 'SSH_KEYS'] };

    expect(await posted('/secrets/rotate', ROTATE, body)).toMatchObject({ status: 'succeeded' });
    for (const machine of ['server-1', 'server-2', 'server-3', 'agents-1', 'dns-1', 'load-balancer-1']) {
      const keys = await onMachine(lab, NAME, machine, 'cat ~/.ssh/authorized_keys');
      expect(keys.trim().split('\n')).toHaveLength(1);
    }
    expect(await seenCluster(lab, NAME)).toEqual(ALL);
  },
  TEST_MS,
);

test(
  'a machine that lost its power is started once',
  async () => {
    await watched('RESTART');
    await pullPlug(lab, await agent());

    expect(await throughKills(lab, HEAL, healDecided, over)).toMatchObject({ status: 'succeeded' });
    await waitFor(
      'the node to be Ready',
      async () => !(await kubectl(lab, NAME, 'get', 'nodes')).includes('NotReady'),
      TEST_MS,
    );
    expect(await seenCluster(lab, NAME)).toEqual(ALL);
  },
  TEST_MS,
);

test(
  'the machines of a host move once, and work where they are then',
  async () => {
    const { host } = await agent();
    const path = `/api/v1/hosts/${host}`;
    const drain = async (): Promise<Ended | null> => {
      const { json } = await lab.api<{ drain: Ended | null }>(path);
      return json.drain === null || json.drain.status === 'running' ? null : json.drain;
    };
    const start = async (): Promise<void> => {
      const { status, text } = await lab.api(`${path}/drain`, { method: 'POST', body: '{}' });
      expect({ status, text }).toMatchObject({ status: 202 });
    };

    expect(await throughKills(lab, DRAIN_HOST, start, drain)).toMatchObject({ status: 'succeeded' });
    expect((await agent()).host).not.toBe(host);
    expect(await seenCluster(lab, NAME)).toEqual(ALL);
  },
  TEST_MS,
);

test(
  'its VMs are backed up once',
  async () => {
    const body = { storage: 'local' };

    expect(await posted('/vm-backups', VM_BACKUP, body)).toMatchObject({ status: 'succeeded' });
    const { items } = (await lab.api<{ items: { machine: string }[] }>(`${CLUSTER}/vm-backups`)).json;
    expect(items.map(({ machine }) => machine.replace(`${NAME}-`, '')).toSorted()).toEqual(ALL.machines);
    expect(await seenCluster(lab, NAME)).toEqual(ALL);
  },
  TEST_MS,
);

test(
  'a server whose VM is gone is replaced once, and etcd has three members that vote',
  async () => {
    await watched('REPLACE');
    expect(await destroyMachines(lab, `${NAME}-server-3`)).toBe(1);

    expect(await throughKills(lab, REPLACE, healDecided, over)).toMatchObject({ status: 'succeeded' });
    expect(await seenCluster(lab, NAME)).toEqual(whole({ servers: [1, 2, 4], agents: [1] }));
  },
  TEST_MS,
);

/** Its health is looked at when a person asks for it, and acted upon up to that. */
async function watched(limit: 'RESTART' | 'REPLACE'): Promise<void> {
  const policy = { enabled: true, intervalSeconds: 3_600, limit, unhealthySeconds: 30 };
  const put = await lab.api(`${CLUSTER}/health-policy`, { method: 'PUT', body: JSON.stringify(policy) });
  expect(put.status).toBe(200);
}

/** @returns the id of the operation. */
async function healDecided(): Promise<string> {
  return waitFor(
    'a heal to be decided on',
    async () => {
      const check = { method: 'POST', body: '{}' };
      const { json } = await lab.api<{ operation: string | null }>(`${CLUSTER}/health/check`, check);
      return json.operation?.split('/').at(-1);
    },
    TEST_MS,
  );
}

async function agent(): Promise<{ readonly host: string; readonly vmid: number }> {
  const { nodes } = (await clusterOf(lab, NAME)) as unknown as {
    readonly nodes: readonly { readonly name: string; readonly host: string; readonly vmid: number }[];
  };
  const found = nodes.find(({ name }) => name === `${NAME}-agents-1`);
  if (found === undefined) throw new Error('there is no agent');
  return found;
}
