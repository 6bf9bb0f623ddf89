import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AppsV1Api, RbacAuthorizationV1Api } from '@kubernetes/client-node';
import { imagesFrom } from '../../../../activities/kubernetes/services/images.js';
import { monitoringObjects } from '../../../../activities/kubernetes/services/monitoring/monitoring-objects.js';
import { addNode } from '../../../lab/kubernetes/lab-cluster.js';
import { ServicesWorld } from './services-world.js';

const CONFIGURATION = { namespace: 'watch', nodeExporterPort: 9101, kubeStateMetricsPort: 30_910 } as const;

let world: ServicesWorld;

beforeAll(async () => {
  world = await ServicesWorld.open();
  addNode(world.kubernetes, 'demo-server-2', {
    taints: [{ key: 'node-role.kubernetes.io/control-plane', value: '', effect: 'NoSchedule' }],
  });
  const { clusterUid } = world;
  const request = { clusterUid, type: 'K3S', configuration: CONFIGURATION } as const;
  await world.run(() => world.activities.provideMonitoring(request));
});

afterAll(() => world.close());

describe('the exporters', () => {
  test('run on every node, and once for the API', async () => {
    const apps = world.kubernetes.config.makeApiClient(AppsV1Api);
    const namespace = CONFIGURATION.namespace;
    const daemonSet = await apps.readNamespacedDaemonSet({ namespace, name: 'node-exporter' });
    const deployment = await apps.readNamespacedDeployment({ namespace, name: 'kube-state-metrics' });

    expect(daemonSet.status?.numberAvailable).toBe(2);
    expect(deployment.status?.availableReplicas).toBe(1);
  });

  test('may look and nothing else, and see no secret', async () => {
    const rbac = world.kubernetes.config.makeApiClient(RbacAuthorizationV1Api);
    const { rules = [] } = await rbac.readClusterRole({ name: 'kube-state-metrics' });

    expect(new Set(rules.flatMap(({ verbs }) => verbs))).toEqual(new Set(['list', 'watch']));
    expect(rules.flatMap(({ resources = [] }) => resources)).not.toContain('secrets');
  });

  test('are found at a port of every node', async () => {
    const service = await world
      .core()
      .readNamespacedService({ namespace: CONFIGURATION.namespace, name: 'kube-state-metrics' });

    expect(service.spec?.ports?.[0]?.nodePort).toBe(30_910);
  });
});

test('images come from a mirror under the same paths, each at one version', () => {
  const images = imagesFrom('registry.lab.internal:5000/k8s');

  expect(images('kubeStateMetrics')).toMatch(
    /^registry\.lab\.internal:5000\/k8s\/kube-state-metrics\/kube-state-metrics:v\d+\.\d+\.\d+$/,
  );
  const text = JSON.stringify(monitoringObjects({ ...CONFIGURATION, type: 'K3S', images }));
  expect(
    text.match(/"image":"[^"]*"/g)?.every((image) => image.includes('registry.lab.internal:5000/k8s/')),
  ).toBe(true);
});

test('only OKD has to let an account use the node', () => {
  const bindings = (type: 'K3S' | 'OKD'): number =>
    monitoringObjects({ ...CONFIGURATION, type, images: imagesFrom(null) }).filter(
      ({ kind }) => kind === 'RoleBinding',
    ).length;

  expect([bindings('K3S'), bindings('OKD')]).toEqual([0, 1]);
});
