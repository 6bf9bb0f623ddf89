/** Every distribution with load balancers in front of it, from one request to nothing left. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clusterOf, decommission, example, provision, settled } from './clusters.js';
import { kubectl } from './kubectl.js';
import { LabProcess } from './lab-process.js';
import { remembered } from './remembered.js';

/** Five machines and more, each with programs of its own, on whatever runs the tests. */
const PATIENCE_MS = 270_000;

let lab: LabProcess;
let untouched: unknown;
beforeAll(async () => {
  lab = await LabProcess.start();
  untouched = await lab.control('/world');
});
afterAll(() => lab.stop());

describe.each([
  { file: 'k3s-ha', nodes: 5 },
  { file: 'rke2-ha', nodes: 5 },
  { file: 'vanilla-ha', nodes: 5 },
  { file: 'talos-ha', nodes: 5 },
  { file: 'okd-production', nodes: 3 },
])('examples/$file.json', ({ file, nodes }) => {
  const body = example(file);
  const { name } = JSON.parse(body.toString()) as { name: string };

  test('becomes READY, and every step of its plan was done', async () => {
    await provision(lab, body);

    const view = await settled(lab, name, PATIENCE_MS);

    expect(view).toMatchObject({ phase: 'READY', failure: null });
    expect(view.steps.filter(({ status }) => status !== 'done')).toEqual([]);
  });

  test('is reached by a stock kubectl through its load balancer', async () => {
    const lines = (await kubectl(lab, name, 'get', 'nodes', '--no-headers')).trim().split('\n');

    expect(lines).toHaveLength(nodes);
    for (const line of lines) expect(line).toMatch(/\sReady\s/);
  });

  test('is removed with nothing left behind', async () => {
    const { uid } = (await clusterOf(lab, name)) as unknown as { uid: string };

    await decommission(lab, name);

    expect(await lab.control('/world')).toEqual(untouched);
    expect(await remembered(lab, uid)).toEqual([]);
  });
});
