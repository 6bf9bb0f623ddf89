import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { aDeployment, addNode, call, eventually, startLabCluster, type LabCluster } from './lab-cluster.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lab-kubernetes-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

async function availableReplicas(cluster: LabCluster, name: string): Promise<number | undefined> {
  const { json } = await call(cluster, 'GET', `/apis/apps/v1/namespaces/default/deployments/${name}`);
  return (json['status'] as { availableReplicas?: number } | undefined)?.availableReplicas;
}

describe('a control plane that is opened again after a restart', () => {
  test('has the same CA, takes the old credentials and has all objects', async () => {
    const first = await startLabCluster({ stateDir: folder });
    addNode(first, 'server-1');
    const made = await call(first, 'POST', CONFIG_MAPS, {
      body: { metadata: { name: 'kept' }, data: { a: '1' } },
    });
    await first.close();

    const second = await startLabCluster({ stateDir: folder });
    const kept = await call(second, 'GET', `${CONFIG_MAPS}/kept`);
    // The old client certificate, over the new connection.
    const old = await call({ ...second, config: first.config }, 'GET', '/api/v1/nodes');
    await second.close();

    expect(second.plane.caHash).toBe(first.plane.caHash);
    expect(second.plane.nodeNames()).toEqual(['server-1']);
    expect(kept.json).toEqual(made.json);
    expect(old.status).toBe(200);
  });

  test('goes on with its revisions, and tells old watches to list again', async () => {
    const first = await startLabCluster({ stateDir: folder });
    const before = await call(first, 'POST', CONFIG_MAPS, { body: { metadata: { name: 'before' } } });
    await first.close();

    const second = await startLabCluster({ stateDir: folder });
    const after = await call(second, 'POST', CONFIG_MAPS, { body: { metadata: { name: 'after' } } });
    const watch = await call(second, 'GET', `${CONFIG_MAPS}?watch=true&resourceVersion=2`);
    await second.close();

    const revision = ({ json }: typeof before): number =>
      Number((json['metadata'] as { resourceVersion: string }).resourceVersion);
    expect(revision(after)).toBeGreaterThan(revision(before));
    expect(watch.json).toMatchObject({
      type: 'ERROR',
      object: { kind: 'Status', code: 410, reason: 'Expired' },
    });
  });

  test('starts the pods that had not come up', async () => {
    const first = await startLabCluster({ stateDir: folder });
    await call(first, 'POST', '/apis/apps/v1/namespaces/default/deployments', {
      body: aDeployment('late', 2),
    });
    await first.close();

    const second = await startLabCluster({ stateDir: folder });
    addNode(second, 'server-1');
    const available = await eventually(async () =>
      (await availableReplicas(second, 'late')) === 2 ? 2 : undefined,
    );
    await second.close();

    expect(available).toBe(2);
  });

  test('knows the custom resources that were defined', async () => {
    const first = await startLabCluster({ stateDir: folder });
    await call(first, 'POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      body: {
        metadata: { name: 'widgets.example.com' },
        spec: {
          group: 'example.com',
          scope: 'Cluster',
          names: { plural: 'widgets', kind: 'Widget' },
          versions: [{ name: 'v1', served: true, storage: true }],
        },
      },
    });
    await call(first, 'POST', '/apis/example.com/v1/widgets', {
      body: { metadata: { name: 'a' }, spec: { size: 1 } },
    });
    await first.close();

    const second = await startLabCluster({ stateDir: folder });
    const widget = await call(second, 'GET', '/apis/example.com/v1/widgets/a');
    await second.close();

    expect(widget.json['spec']).toEqual({ size: 1 });
  });
});
