import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { aDeployment, addNode, call, eventually, startLabCluster, type LabCluster } from './lab-cluster.js';

let cluster: LabCluster;

beforeAll(async () => {
  cluster = await startLabCluster({ components: ['local-storage', 'servicelb'] });
  addNode(cluster, 'worker-1');
  addNode(cluster, 'worker-2', { labels: { disk: 'ssd' } });
});

afterAll(() => cluster.close());

interface PodJson {
  readonly metadata: { readonly name: string; readonly uid: string; readonly ownerReferences?: unknown[] };
  readonly spec: { readonly nodeName?: string; readonly containers: { image: string }[] };
  readonly status: {
    readonly phase: string;
    readonly podIP?: string;
    readonly conditions?: { type: string; status: string; message?: string }[];
  };
}

const APPS = '/apis/apps/v1/namespaces/default';
const CORE = '/api/v1/namespaces/default';

async function pods(selector: string): Promise<PodJson[]> {
  const query = new URLSearchParams({ labelSelector: selector });
  return (await call(cluster, 'GET', `${CORE}/pods?${query.toString()}`)).json['items'] as PodJson[];
}

async function running(selector: string, count: number): Promise<PodJson[]> {
  return eventually(async () => {
    const found = await pods(selector);
    return found.length === count && found.every(({ status }) => status.phase === 'Running')
      ? found
      : undefined;
  });
}

async function merge(path: string, body: object): Promise<void> {
  await call(cluster, 'PATCH', path, { body, headers: { 'content-type': 'application/merge-patch+json' } });
}

function aTemplate(name: string, spec: object = {}) {
  return {
    metadata: { labels: { app: name } },
    spec: { containers: [{ name: 'main', image: 'nginx' }], ...spec },
  };
}

describe('a deployment', () => {
  test('replaces its pods when its template changes, and never has too few of them', async () => {
    await call(cluster, 'POST', `${APPS}/deployments`, { body: aDeployment('rolling', 4) });
    const before = await running('app=rolling', 4);
    await merge(`${APPS}/deployments/rolling`, {
      spec: { template: { spec: { containers: [{ name: 'main', image: 'nginx:1.28' }] } } },
    });
    const after = await eventually(async () => {
      const found = await running('app=rolling', 4);
      return found.every(({ spec }) => spec.containers[0]?.image === 'nginx:1.28') ? found : undefined;
    });
    const { json } = await call(cluster, 'GET', `${APPS}/replicasets?labelSelector=app%3Drolling`);

    const uids = new Set(before.map(({ metadata }) => metadata.uid));
    expect(after.some(({ metadata }) => uids.has(metadata.uid))).toBe(false);
    expect(
      (json['items'] as { spec: { replicas: number } }[])
        .map(({ spec }) => spec.replicas)
        .sort((a, b) => a - b),
    ).toEqual([0, 4]);
  });

  test('takes its replica sets and pods with it when it is deleted', async () => {
    await call(cluster, 'POST', `${APPS}/deployments`, { body: aDeployment('leaving', 2) });
    await running('app=leaving', 2);
    await call(cluster, 'DELETE', `${APPS}/deployments/leaving`);
    await eventually(async () => ((await pods('app=leaving')).length === 0 ? true : undefined));

    const { json } = await call(cluster, 'GET', `${APPS}/replicasets?labelSelector=app%3Dleaving`);
    expect(json['items']).toEqual([]);
  });

  test('leaves its pods behind when it is deleted as an orphan maker', async () => {
    await call(cluster, 'POST', `${APPS}/deployments`, { body: aDeployment('parent', 1) });
    await running('app=parent', 1);
    await call(cluster, 'DELETE', `${APPS}/deployments/parent`, { body: { propagationPolicy: 'Orphan' } });
    await eventually(async () =>
      (await call(cluster, 'GET', `${APPS}/deployments/parent`)).status === 404 ? true : undefined,
    );

    const { json } = await call(cluster, 'GET', `${APPS}/replicasets?labelSelector=app%3Dparent`);
    expect(json['items']).toMatchObject([{ metadata: { name: expect.stringContaining('parent-') } }]);
    expect(await pods('app=parent')).toHaveLength(1);
  });

  test('is gone after its dependants when it is deleted in the foreground', async () => {
    await call(cluster, 'POST', `${APPS}/deployments`, { body: aDeployment('patient', 2) });
    await running('app=patient', 2);
    await call(cluster, 'DELETE', `${APPS}/deployments/patient`, {
      body: { propagationPolicy: 'Foreground' },
    });
    await eventually(async () =>
      (await call(cluster, 'GET', `${APPS}/deployments/patient`)).status === 404 ? true : undefined,
    );

    expect(await pods('app=patient')).toEqual([]);
  });
});

describe('a stateful set', () => {
  test('makes pods with names and volumes of their own', async () => {
    await call(cluster, 'POST', `${APPS}/statefulsets`, {
      body: {
        metadata: { name: 'db' },
        spec: {
          replicas: 2,
          serviceName: 'db',
          selector: { matchLabels: { app: 'db' } },
          template: aTemplate('db'),
          volumeClaimTemplates: [
            {
              metadata: { name: 'data' },
              spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
            },
          ],
        },
      },
    });
    const found = await running('app=db', 2);
    const claims = (await call(cluster, 'GET', `${CORE}/persistentvolumeclaims`)).json['items'] as {
      metadata: { name: string };
      status: { phase: string };
    }[];

    expect(found.map(({ metadata }) => metadata.name)).toEqual(['db-0', 'db-1']);
    expect(claims.map(({ metadata, status }) => [metadata.name, status.phase])).toEqual([
      ['data-db-0', 'Bound'],
      ['data-db-1', 'Bound'],
    ]);
  });
});

describe('a daemon set', () => {
  test('runs on each node that it selects, cordoned ones too', async () => {
    await merge('/api/v1/nodes/worker-2', { spec: { unschedulable: true } });
    await call(cluster, 'POST', `${APPS}/daemonsets`, {
      body: {
        metadata: { name: 'agent' },
        spec: {
          selector: { matchLabels: { app: 'agent' } },
          template: aTemplate('agent', { nodeSelector: { disk: 'ssd' } }),
        },
      },
    });
    const [only] = await running('app=agent', 1);
    await merge('/api/v1/nodes/worker-2', { spec: { unschedulable: null } });

    expect(only?.spec.nodeName).toBe('worker-2');
  });
});

describe('a job', () => {
  test('is complete when as many pods have succeeded as it asks for', async () => {
    const job = '/apis/batch/v1/namespaces/default/jobs';
    await call(cluster, 'POST', job, {
      body: {
        metadata: { name: 'sums' },
        spec: { completions: 3, template: aTemplate('sums', { restartPolicy: 'Never' }) },
      },
    });
    const status = await eventually(async () => {
      const { json } = await call(cluster, 'GET', `${job}/sums`);
      const found = json['status'] as { succeeded?: number; conditions?: { type: string }[] };
      return found.conditions?.some(({ type }) => type === 'Complete') === true ? found : undefined;
    });

    expect(status.succeeded).toBe(3);
  });
});

describe('a pod', () => {
  test('that fits nowhere waits, and says why', async () => {
    const body = {
      metadata: { name: 'huge', labels: { app: 'huge' } },
      spec: { containers: [{ name: 'a', image: 'b', resources: { requests: { cpu: '64' } } }] },
    };
    await call(cluster, 'POST', `${CORE}/pods`, { body });
    const message = await eventually(async () => {
      const [pod] = await pods('app=huge');
      return pod?.status.conditions?.find(({ type }) => type === 'PodScheduled')?.message;
    });
    addNode(cluster, 'worker-3', { cores: 96 });
    const [pod] = await running('app=huge', 1);

    expect(message).toBe('0/2 nodes are available: 2 Insufficient cpu.');
    expect(pod?.spec.nodeName).toBe('worker-3');
  });

  test('has an address of the network of its node, and is behind the services that select it', async () => {
    await call(cluster, 'POST', `${CORE}/services`, {
      body: {
        metadata: { name: 'front' },
        spec: { selector: { app: 'front' }, ports: [{ port: 80, targetPort: 8_080 }] },
      },
    });
    await call(cluster, 'POST', `${CORE}/pods`, {
      body: { metadata: { name: 'front', labels: { app: 'front' } }, spec: aTemplate('front').spec },
    });
    const [pod] = await running('app=front', 1);
    const address = pod?.status.podIP;
    const subsets = await eventually(async () => {
      const { json } = await call(cluster, 'GET', `${CORE}/endpoints/front`);
      return json['subsets'] as object[] | undefined;
    });

    expect(address).toMatch(/^10\.42\.\d+\.\d+$/);
    expect(subsets).toMatchObject([{ addresses: [{ ip: address }], ports: [{ port: 8_080 }] }]);
  });
});

describe('a namespace', () => {
  test('that the cluster cannot do without is not deleted', async () => {
    const { json } = await call(cluster, 'DELETE', '/api/v1/namespaces/kube-system');

    expect(json).toMatchObject({ code: 403, reason: 'Forbidden' });
  });

  test('is gone once all that was in it is', async () => {
    await call(cluster, 'POST', '/api/v1/namespaces', { body: { metadata: { name: 'short' } } });
    await call(cluster, 'POST', '/apis/apps/v1/namespaces/short/deployments', {
      body: aDeployment('web', 2),
    });
    const deleted = await call(cluster, 'DELETE', '/api/v1/namespaces/short');
    await eventually(async () =>
      (await call(cluster, 'GET', '/api/v1/namespaces/short')).status === 404 ? true : undefined,
    );
    const { json } = await call(cluster, 'GET', '/api/v1/namespaces/short/pods');

    expect(deleted.json).toMatchObject({ status: { phase: 'Terminating' } });
    expect(json['items']).toEqual([]);
  });

  test('takes nothing new while it is going', async () => {
    await call(cluster, 'POST', '/api/v1/namespaces', { body: { metadata: { name: 'held' } } });
    const held = { metadata: { name: 'stays', finalizers: ['example.com/hold'] } };
    await call(cluster, 'POST', '/api/v1/namespaces/held/configmaps', { body: held });
    await call(cluster, 'DELETE', '/api/v1/namespaces/held');
    const late = await call(cluster, 'POST', '/api/v1/namespaces/held/configmaps', {
      body: { metadata: { name: 'late' } },
    });
    await eventually(async () => {
      const { json } = await call(cluster, 'GET', '/api/v1/namespaces/held/configmaps/stays');
      return (json['metadata'] as { deletionTimestamp?: string }).deletionTimestamp;
    });
    await merge('/api/v1/namespaces/held/configmaps/stays', { metadata: { finalizers: null } });

    expect(late.json).toMatchObject({ code: 403, reason: 'Forbidden' });
    await eventually(async () =>
      (await call(cluster, 'GET', '/api/v1/namespaces/held')).status === 404 ? true : undefined,
    );
  });
});

describe('a load balancer', () => {
  test('has the addresses of the nodes that its pods run on', async () => {
    await call(cluster, 'POST', `${CORE}/services`, {
      body: { metadata: { name: 'public' }, spec: { type: 'LoadBalancer', ports: [{ port: 443 }] } },
    });
    const ingress = await eventually(async () => {
      const { json } = await call(cluster, 'GET', `${CORE}/services/public`);
      const { loadBalancer } = json['status'] as { loadBalancer: { ingress?: { ip: string }[] } };
      return loadBalancer.ingress !== undefined && loadBalancer.ingress.length >= 2
        ? loadBalancer.ingress
        : undefined;
    });

    expect(ingress.map(({ ip }) => ip)).toEqual(expect.arrayContaining(['10.0.0.5', '10.0.0.6']));
  });
});
