/** A cluster that comes to another version, and is then set back to a backup, while its worker dies again and again. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clusterOf, decommission, ended, operate, outcomeOf, type Ended } from '../e2e/clusters.js';
import { kubectl } from '../e2e/kubectl.js';
import { LabProcess } from '../e2e/lab-process.js';
import { remembered } from '../e2e/remembered.js';
import { provisioned } from './day-two-clusters.js';
import { NAME } from './day-two-moments.js';
import { throughKills } from './survived-kills.js';
import { RESTORE, UPGRADE } from './upgrade-moments.js';
import { seenCluster, whole } from './whole-cluster.js';

const TEST_MS = 900_000;
const NEW = 'v1.33.1+k3s1';

let lab: LabProcess;
let untouched: unknown;
beforeAll(async () => {
  lab = await LabProcess.start();
  untouched = await lab.control('/world');
  await provisioned(lab, { servers: 3, agents: 1 });
}, TEST_MS);
afterAll(() => lab.stop());

const over = (id: string): Promise<Ended | null> => outcomeOf(lab, NAME, id);

test(
  'every machine comes to the version once, whatever the worker is killed in',
  async () => {
    const body = { version: NEW, strategy: 'ROLLING' };
    const start = (): Promise<string> => operate(lab, { name: NAME, path: '/upgrade', body });

    expect(await throughKills(lab, UPGRADE, start, over)).toMatchObject({ status: 'succeeded' });
    expect(await seenCluster(lab, NAME)).toEqual(whole({ servers: [1, 2, 3], agents: [2] }));
    const versions = '{range .items[*]}{.status.nodeInfo.kubeletVersion}{"\\n"}{end}';
    const listed = await kubectl(lab, NAME, 'get', 'nodes', '-o', `jsonpath=${versions}`);
    expect(listed.trim().split('\n')).toEqual([NEW, NEW, NEW, NEW]);
  },
  TEST_MS,
);

test(
  'the cluster is set back to a backup once, with the members that it had',
  async () => {
    const backup = await operate(lab, { name: NAME, path: '/backups' });
    expect(await ended(lab, NAME, backup)).toMatchObject({ status: 'succeeded' });
    await kubectl(lab, NAME, 'create', 'namespace', 'after-the-backup');
    const body = { backup, confirm: NAME };
    const start = (): Promise<string> => operate(lab, { name: NAME, path: '/restore', body });

    expect(await throughKills(lab, RESTORE, start, over)).toMatchObject({ status: 'succeeded' });
    expect(await seenCluster(lab, NAME)).toEqual(whole({ servers: [1, 2, 3], agents: [2] }));
    expect(await kubectl(lab, NAME, 'get', 'namespaces')).not.toContain('after-the-backup');
  },
  TEST_MS,
);

test(
  'nothing of it is left in the end',
  async () => {
    const { uid } = (await clusterOf(lab, NAME)) as unknown as { uid: string };

    await decommission(lab, NAME);

    expect(await lab.control('/world')).toEqual(untouched);
    expect(await remembered(lab, uid)).toEqual([]);
  },
  TEST_MS,
);
