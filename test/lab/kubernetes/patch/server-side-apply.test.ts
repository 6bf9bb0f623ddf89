import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { call, startLabCluster, type LabCluster } from '../lab-cluster.js';

let cluster: LabCluster;

beforeAll(async () => {
  cluster = await startLabCluster();
});

afterAll(() => cluster.close());

const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';

function aConfiguration(name: string, spec: object) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'main', image: 'nginx' }] },
      },
      ...spec,
    },
  };
}

async function apply(name: string, manager: string, configuration: object, force = false) {
  const query = new URLSearchParams({ fieldManager: manager, force: String(force) });
  return call(cluster, 'PATCH', `${DEPLOYMENTS}/${name}?${query.toString()}`, {
    headers: { 'content-type': 'application/apply-patch+yaml' },
    body: configuration,
  });
}

function containers({ json }: { json: Record<string, unknown> }): { name: string; env?: object[] }[] {
  return (json['spec'] as { template: { spec: { containers: { name: string; env?: object[] }[] } } }).template
    .spec.containers;
}

describe('server-side apply', () => {
  test('creates what is not there, and writes nothing when nothing changes', async () => {
    const made = await apply('fresh', 'ci', aConfiguration('fresh', { replicas: 0 }));
    await apply('fresh', 'ci', aConfiguration('fresh', { replicas: 0 }));
    const again = await apply('fresh', 'ci', aConfiguration('fresh', { replicas: 0 }));

    expect([made.status, again.status]).toEqual([201, 200]);
    expect(again.json['metadata']).toMatchObject({
      generation: 1,
      managedFields: expect.arrayContaining([expect.objectContaining({ manager: 'ci', operation: 'Apply' })]),
    });
  });

  test('refuses to change what another manager holds, unless it is forced to', async () => {
    await apply('shared', 'one', aConfiguration('shared', { replicas: 0 }));
    const refused = await apply('shared', 'two', aConfiguration('shared', { replicas: 5 }));
    const forced = await apply('shared', 'two', aConfiguration('shared', { replicas: 5 }), true);
    const late = await apply('shared', 'one', aConfiguration('shared', { replicas: 0 }));

    expect(refused.json).toMatchObject({
      code: 409,
      details: {
        causes: [
          {
            reason: 'FieldManagerConflict',
            field: '.spec.replicas',
            message: 'conflict with "one" using apps/v1',
          },
        ],
      },
    });
    expect(forced.json).toMatchObject({ spec: { replicas: 5 } });
    expect(late.status).toBe(409);
  });

  test('takes away what its manager no longer asks for, and nobody else holds', async () => {
    const withSidecar = aConfiguration('trimmed', { replicas: 0, paused: true });
    withSidecar.spec.template.spec.containers.push({ name: 'side', image: 'fluent' });
    await apply('trimmed', 'ci', withSidecar);
    const trimmed = await apply('trimmed', 'ci', aConfiguration('trimmed', { replicas: 0 }));

    expect(containers(trimmed).map(({ name }) => name)).toEqual(['main']);
    expect(trimmed.json['spec']).not.toHaveProperty('paused');
    expect(trimmed.json['spec']).toHaveProperty('strategy');
  });

  test('merges the lists of two managers by their keys', async () => {
    await apply('joint', 'one', aConfiguration('joint', { replicas: 0 }));
    const environment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'joint' },
      spec: { template: { spec: { containers: [{ name: 'main', env: [{ name: 'A', value: '1' }] }] } } },
    };
    await apply('joint', 'two', environment);
    const kept = await apply('joint', 'one', aConfiguration('joint', { replicas: 0 }));

    expect(containers(kept)).toMatchObject([
      { name: 'main', image: 'nginx', env: [{ name: 'A', value: '1' }] },
    ]);
  });

  test.each([
    ['no field manager', '', aConfiguration('x', {})],
    ['another name', 'ci', aConfiguration('y', {})],
    ['no kind', 'ci', { metadata: { name: 'x' } }],
  ])('is refused with %s', async (_what, manager, configuration) => {
    expect((await apply('x', manager, configuration)).status).toBe(400);
  });
});
