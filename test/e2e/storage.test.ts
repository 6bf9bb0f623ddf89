/** A cluster with storage and exporters of its own, from one request to nothing left. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clusterOf, decommission, example, provision, settled } from './clusters.js';
import { kubectl } from './kubectl.js';
import { LabProcess, waitFor } from './lab-process.js';
import { remembered } from './remembered.js';

interface World {
  readonly proxmox: { readonly volumes: readonly { readonly volid: string }[] };
}

interface Target {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

const NAME = 'k3s-storage';
const CLAIM = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
};
const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'database' },
  spec: {
    containers: [{ name: 'main', image: 'nginx:1.27', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
  },
};

let lab: LabProcess;
let untouched: unknown;
beforeAll(async () => {
  lab = await LabProcess.start();
  untouched = await lab.control('/world');
});
afterAll(() => lab.stop());

test('it becomes READY, with a default class that a claim was bound with', async () => {
  await provision(lab, example(NAME));

  const view = await settled(lab, NAME);

  expect(view).toMatchObject({ phase: 'READY', failure: null });
  expect(view.steps.filter(({ status }) => status !== 'done')).toEqual([]);
  expect(view.steps.map(({ id }) => id)).toEqual(
    expect.arrayContaining(['service-fast', 'service-shared', 'service-monitoring']),
  );
  const classes = await kubectl(lab, NAME, 'get', 'storageclass', '--no-headers');
  expect(classes.match(/^\S+ \(default\)/gm)).toEqual(['fast (default)']);
  expect((await kubectl(lab, NAME, 'get', 'pv,pvc', '--all-namespaces', '--no-headers')).trim()).toBe('');
});

test('its exporters are listed for Prometheus, one for each node and one for the API', async () => {
  const { nodes } = await clusterOf(lab, NAME);
  const address = (name: string) => nodes.find((node) => node.name === name)?.address;

  const { status, json } = await lab.api<Target[]>(`/api/v1/clusters/${NAME}/scrape-targets`);

  expect(status).toBe(200);
  expect(json.map(({ targets }) => targets[0] ?? '').toSorted()).toEqual(
    [
      `${address(`${NAME}-agents-1`)}:9100`,
      `${address(`${NAME}-server-1`)}:30910`,
      `${address(`${NAME}-server-1`)}:9100`,
    ].toSorted(),
  );
  expect(new Set(json.map(({ labels }) => labels['cluster']))).toEqual(new Set([NAME]));
});

test('what its people store lies on Proxmox VE, and goes with the cluster', async () => {
  const { uid } = (await clusterOf(lab, NAME)) as unknown as { uid: string };
  const file = join(lab.stateDir, 'database.json');
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [CLAIM, POD] }));
  await kubectl(lab, NAME, 'apply', '--validate=false', '-f', file);
  await waitFor(
    'the pod to run',
    async () => {
      return (await kubectl(lab, NAME, 'get', 'pod', 'database', '--no-headers')).includes('Running');
    },
    60_000,
  );
  const stored = async () => {
    const { proxmox } = await lab.control<World>('/world');
    return JSON.stringify(proxmox).match(/vm-9999-pvc-/g) ?? [];
  };
  expect(await stored()).not.toEqual([]);

  await decommission(lab, NAME);

  expect(await stored()).toEqual([]);
  expect(await lab.control('/world')).toEqual(untouched);
  expect(await remembered(lab, uid)).toEqual([]);
});
