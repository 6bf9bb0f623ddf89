import { CoreV1Api } from '@kubernetes/client-node';
import { afterEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createKubernetesValidation, type CanaryRequest } from '../../../activities/validation/activities.js';
import { WORKER } from '../../domain/validation/subject.js';
import {
  addNode,
  call,
  eventually,
  startLabCluster,
  type LabCluster,
} from '../../lab/kubernetes/lab-cluster.js';
import { aStore } from '../../store/store-builder.js';
import { aRequest, CLUSTER_UID, evidenceOf, inActivity, statuses } from './observe-request.js';

const NAMESPACE = 'clusterwright-canary-7';
const RUN = ['canary-scheduled', 'canary-resolved', 'canary-ingress'];

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function aCluster(components: readonly string[] = ['coredns', 'traefik']): Promise<LabCluster> {
  const cluster = await startLabCluster({ components });
  cleanups.push(() => cluster.close());
  addNode(cluster, WORKER.name);
  if (components.includes('traefik')) {
    const path = '/apis/networking.k8s.io/v1/ingressclasses/traefik';
    await eventually(async () => (await call(cluster, 'GET', path)).status === 200 || undefined);
  }
  return cluster;
}

/** Serves as an ingress controller would. @param answer what the pod says. */
async function anIngress(answer: string): Promise<{ readonly port: number; readonly hosts: string[] }> {
  const hosts: string[] = [];
  const server: Server = createServer((request, response) => {
    hosts.push(request.headers.host ?? '');
    response.end(answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return { port: (server.address() as AddressInfo).port, hosts };
}

async function activitiesOn(cluster: LabCluster, ingressPort: number, patienceMs = 20_000) {
  const store = await aStore();
  await store.secrets.put(CLUSTER_UID, 'kubeconfig', cluster.kubeconfig);
  return createKubernetesValidation({ store, proxyUrl: null, imageMirror: null, ingressPort, patienceMs });
}

function aCanary(checks: readonly string[], machines = [{ ...WORKER, address: '127.0.0.1' }]): CanaryRequest {
  return { ...aRequest('CANARY', { checks, machines }), number: 7 };
}

test('a workload is scheduled, found, reached and removed', async () => {
  const cluster = await aCluster();
  const { port, hosts } = await anIngress('canary-5d7f-abcde');
  const activities = await activitiesOn(cluster, port);

  const results = await inActivity(() => activities.runCanary(aCanary(RUN)));
  const removed = await inActivity(() => activities.removeCanary(aCanary(['canary-removed'])));

  expect(statuses(results)).toEqual({
    'canary-scheduled': 'passed',
    'canary-resolved': 'passed',
    'canary-ingress': 'passed',
  });
  expect(hosts[0]).toBe(`${NAMESPACE}.edge.lab.internal`);
  expect(statuses(removed)).toEqual({ 'canary-removed': 'passed' });
  const { items } = await cluster.config.makeApiClient(CoreV1Api).listNamespace();
  expect(items.map(({ metadata }) => metadata?.name)).not.toContain(NAMESPACE);
});

test('an Ingress by which somebody else answers does not count', async () => {
  const cluster = await aCluster();
  const { port } = await anIngress('404 page not found');
  const activities = await activitiesOn(cluster, port, 2_000);

  const results = await inActivity(() => activities.runCanary(aCanary(RUN)));

  expect(statuses(results)).toMatchObject({ 'canary-resolved': 'passed', 'canary-ingress': 'failed' });
  expect(evidenceOf(results, 'canary-ingress')[0]).toMatch(/127\.0\.0\.1:\d+ answers 200/);
});

test('a workload that finds no node fails, and what needs it is not tried', async () => {
  const cluster = await aCluster(['coredns']);
  cluster.plane.setNodeReady(WORKER.name, false, 'NodeStatusUnknown');
  const activities = await activitiesOn(cluster, 80, 1_000);

  const results = await inActivity(() => activities.runCanary(aCanary(RUN)));

  expect(statuses(results)).toEqual({
    'canary-scheduled': 'failed',
    'canary-resolved': 'unknown',
    'canary-ingress': 'skipped',
  });
});

test('a namespace of that name that is somebody else’s is not touched', async () => {
  const cluster = await aCluster(['coredns']);
  const core = cluster.config.makeApiClient(CoreV1Api);
  await core.createNamespace({ body: { metadata: { name: NAMESPACE } } });
  const activities = await activitiesOn(cluster, 80, 1_000);

  await expect(inActivity(() => activities.runCanary(aCanary(RUN)))).rejects.toMatchObject({
    code: 'CLUSTER_OBJECT_TAKEN',
  });
  await inActivity(() => activities.removeCanary(aCanary(['canary-removed'])));

  expect((await core.readNamespace({ name: NAMESPACE })).metadata?.deletionTimestamp).toBeUndefined();
});
