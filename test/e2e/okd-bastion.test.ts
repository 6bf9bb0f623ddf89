/** OKD from a bastion: it installs, serves network boot and names, and is the way out; some workers are for INFRA. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clusterOf, decommission, example, provision, settled } from './clusters.js';
import { kubectl } from './kubectl.js';
import { LabProcess } from './lab-process.js';
import { remembered } from './remembered.js';

interface Listed<T> {
  readonly items: readonly T[];
}

interface Node {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly taints?: readonly { readonly key: string; readonly effect: string }[] };
}

interface SigningRequest {
  readonly spec: { readonly request: string; readonly signerName: string; readonly username: string };
  readonly status: {
    readonly certificate?: string;
    readonly conditions?: readonly { readonly type: string }[];
  };
}

/** Eleven machines, each with programs of its own, on whatever runs the tests. */
const PATIENCE_MS = 270_000;
const NAME = 'okd-bastion';
const ROLE = 'node-role.kubernetes.io/';

let lab: LabProcess;
let untouched: unknown;
beforeAll(async () => {
  lab = await LabProcess.start();
  untouched = await lab.control('/world');
}, 180_000);
afterAll(() => lab.stop(), 60_000);

async function listed<T>(...what: readonly string[]): Promise<readonly T[]> {
  const text = await kubectl(lab, NAME, 'get', ...what, '-o', 'json');
  return (JSON.parse(text) as Listed<T>).items;
}

const machine = (group: string, ...numbers: readonly number[]): string[] =>
  numbers.map((number) => `${NAME}-${group}-${number}`);

test('becomes READY, every step of its plan was done, and the bootstrap machine is gone', async () => {
  await provision(lab, example(NAME));

  const view = await settled(lab, NAME, PATIENCE_MS);

  expect(view).toMatchObject({ phase: 'READY', failure: null });
  expect(view.steps.filter(({ status }) => status !== 'done')).toEqual([]);
  const { proxmox } = await lab.control<{ proxmox: { vms: { name: string }[] } }>('/world');
  expect(proxmox.vms.map(({ name }) => name).sort()).toEqual(
    [
      ...machine('bastion', 1),
      ...machine('infra', 1, 2),
      ...machine('load-balancer', 1, 2),
      ...machine('masters', 1, 2, 3),
      ...machine('workers', 1, 2),
    ].sort(),
  );
}, 300_000);

test('its nodes carry the labels and taints of their groups, and no other machine is a node', async () => {
  const nodes = await listed<Node>('nodes');

  const marks = nodes.map(({ metadata: { name, labels }, spec: { taints = [] } }) => ({
    name,
    roles: Object.keys(labels)
      .filter((label) => label.startsWith(ROLE))
      .map((label) => label.slice(ROLE.length))
      .sort(),
    tier: labels['example.com/tier'],
    taints: taints.map(({ key, effect }) => `${key}:${effect}`),
  }));
  const master = { roles: ['control-plane', 'master'], taints: [`${ROLE}master:NoSchedule`] };
  const infra = { roles: ['infra', 'worker'], taints: [`${ROLE}infra:NoSchedule`] };
  const worker = { roles: ['worker'], tier: 'general', taints: [] };
  expect(marks.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual([
    ...machine('infra', 1, 2).map((name) => ({ name, tier: undefined, ...infra })),
    ...machine('masters', 1, 2, 3).map((name) => ({ name, tier: undefined, ...master })),
    ...machine('workers', 1, 2).map((name) => ({ name, ...worker })),
  ]);
}, 60_000);

test('each node asked for two certificates, and both were approved', async () => {
  const requests = await listed<SigningRequest>('certificatesigningrequests');

  const issued = requests.filter(
    ({ status: { certificate, conditions = [] } }) =>
      certificate !== undefined && conditions.some(({ type }) => type === 'Approved'),
  );
  expect(requests.length - issued.length).toBe(0);
  const serving = issued.filter(({ spec }) => spec.signerName === 'kubernetes.io/kubelet-serving');
  expect(serving.map(({ spec }) => spec.username).sort()).toEqual(
    [...machine('infra', 1, 2), ...machine('masters', 1, 2, 3), ...machine('workers', 1, 2)]
      .map((name) => `system:node:${name}`)
      .sort(),
  );
  expect(issued).toHaveLength(serving.length * 2);
}, 60_000);

test('is removed with nothing left behind', async () => {
  const { uid } = (await clusterOf(lab, NAME)) as unknown as { uid: string };

  await decommission(lab, NAME);

  expect(await lab.control('/world')).toEqual(untouched);
  expect(await remembered(lab, uid)).toEqual([]);
}, 180_000);
