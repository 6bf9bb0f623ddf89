import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { nodeObjection, readNodeVersions } from '../../../activities/kubernetes/node.js';
import { addNode, startLabCluster, type LabCluster } from '../../lab/kubernetes/lab-cluster.js';

let cluster: LabCluster;

beforeAll(async () => {
  cluster = await startLabCluster({ distribution: 'talos', version: 'v1.33.0' });
  addNode(cluster, 'ubuntu', { version: 'v1.32.4' });
  addNode(cluster, 'talos', { version: 'v1.33.0', osImage: 'Talos (v1.10.2)' });
});

afterAll(() => cluster.close());

test('the version of a node is that of its kubelet, and that of Talos where its system is that', async () => {
  expect(await readNodeVersions(cluster.config)).toEqual({ ubuntu: 'v1.32.4', talos: 'v1.10.2' });
});

test.each([
  ['ubuntu', 'v1.32.4', null],
  ['ubuntu', 'v1.33.0', 'its version is v1.32.4, not v1.33.0'],
  ['talos', 'v1.10.2', null],
  ['talos', 'v1.33.0', 'its version is v1.10.2, not v1.33.0'],
  ['talos', null, null],
])('%s is expected to be at %s', async (node, version, objection) => {
  expect(await nodeObjection(cluster.config, { node, version, votes: false })).toBe(objection);
});
