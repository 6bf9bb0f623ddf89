/** A cluster that is upgraded behind load balancers while somebody uses its API all the time. */
import { VersionApi } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProxiedKubeConfig } from '../../activities/kubernetes/proxied-kube-config.js';
import { clusterOf, decommission, ended, example, operate, provision, settled } from './clusters.js';
import { kubectl } from './kubectl.js';
import { LabProcess } from './lab-process.js';
import { remembered } from './remembered.js';

const NAME = 'k3s-newer';
const NEW = 'v1.33.1+k3s1';
const PATIENCE_MS = 540_000;
const PROBE_EVERY_MS = 100;
/** What a connection that breaks when its server stops may cost, in probes: the balancers have others already. */
const MOST_LOST_IN_A_ROW = 5;

/** The example's cluster with one worker. */
function aRequest(): string {
  const body = JSON.parse(example('k3s-ha').toString()) as { nodeGroups: { role: string; count: number }[] };
  const nodeGroups = body.nodeGroups.map((group) => ({
    ...group,
    count: group.role === 'CONTROL_PLANE' ? 3 : 1,
  }));
  return JSON.stringify({ ...body, name: NAME, nodeGroups });
}

/** Asks the API by the kubeconfig that users get. @returns what ends it, and tells how it went. */
async function startProber(): Promise<() => Promise<{ probes: number; lostInARow: number; said: string[] }>> {
  const config = new ProxiedKubeConfig();
  config.loadFromString((await lab.api(`/api/v1/clusters/${NAME}/kubeconfig`)).text);
  const said: string[] = [];
  const over = new AbortController();
  let probes = 0;
  let lost = 0;
  let lostInARow = 0;
  const asking = (async () => {
    while (!over.signal.aborted) {
      probes += 1;
      try {
        await config.makeApiClient(VersionApi).getCode();
        lost = 0;
      } catch (error) {
        lost += 1;
        said.push(String(error));
      }
      lostInARow = Math.max(lost, lostInARow);
      await sleep(PROBE_EVERY_MS);
    }
  })();
  return async () => {
    over.abort();
    await asking;
    return { probes, lostInARow, said };
  };
}

let lab: LabProcess;
beforeAll(async () => {
  lab = await LabProcess.start();
});
afterAll(() => lab.stop());

test('three servers and a worker come to a newer version, and the API answers all the while', async () => {
  const untouched = await lab.control('/world');
  await provision(lab, aRequest());
  expect(await settled(lab, NAME, PATIENCE_MS)).toMatchObject({ phase: 'READY' });
  const { uid } = (await clusterOf(lab, NAME)) as unknown as { uid: string };
  const endProber = await startProber();

  const id = await operate(lab, {
    ...{ name: NAME, path: '/upgrade' },
    body: { version: NEW, strategy: 'ROLLING' },
  });
  const outcome = await ended(lab, NAME, id, PATIENCE_MS);
  const { probes, lostInARow, said } = await endProber();

  expect(outcome).toEqual({
    status: 'succeeded',
    detail: `the state before is kept as the backup ${id} at "lab"`,
  });
  const template =
    '{range .items[*]}{.metadata.name} {.status.nodeInfo.kubeletVersion} {.spec.unschedulable}{"\\n"}{end}';
  const nodes = (await kubectl(lab, NAME, 'get', 'nodes', '-o', `jsonpath=${template}`)).trim().split('\n');
  expect(nodes.map((node) => node.trim()).sort()).toEqual(
    ['agents-2', 'server-1', 'server-2', 'server-3'].map((name) => `${NAME}-${name} ${NEW}`),
  );
  expect(await clusterOf(lab, NAME)).toMatchObject({ phase: 'READY', version: NEW, failure: null });
  expect(probes).toBeGreaterThan(20);
  expect({ said, ok: lostInARow <= MOST_LOST_IN_A_ROW }).toEqual({ said, ok: true });

  await decommission(lab, NAME);
  expect(await lab.control('/world')).toEqual(untouched);
  expect(await remembered(lab, uid)).toEqual([]);
}, 1_500_000);
