import { AppsV1Api, CoreV1Api, PolicyV1Api, type V1Pod } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  createGuestValidation,
  createKubernetesValidation,
} from '../../../activities/validation/activities.js';
import { SERVERS } from '../../domain/validation/subject.js';
import { addNode, eventually, startLabCluster, type LabCluster } from '../../lab/kubernetes/lab-cluster.js';
import { aReservation, aStore } from '../../store/store-builder.js';
import { aServer, USER_KEYS } from '../ssh/ssh-server.js';
import { aRequest, CLUSTER_UID, inActivity } from './observe-request.js';

const NODE = SERVERS[0]?.name ?? '';

describe('pods of core components', () => {
  let cluster: LabCluster;
  let core: CoreV1Api;
  beforeEach(async () => {
    cluster = await startLabCluster({ components: ['coredns'] });
    core = cluster.config.makeApiClient(CoreV1Api);
    addNode(cluster, NODE);
    await eventually(async () => {
      const { items } = await cluster.config
        .makeApiClient(AppsV1Api)
        .listNamespacedDeployment({ namespace: 'kube-system' });
      return items[0]?.status?.availableReplicas === 1 || undefined;
    });
  });
  afterEach(() => cluster.close());

  const pods = async (): Promise<V1Pod[]> =>
    (await core.listNamespacedPod({ namespace: 'kube-system' })).items;

  async function crash(): Promise<string> {
    const [pod] = await pods();
    const { name = '' } = pod?.metadata ?? {};
    const [container] = pod?.status?.containerStatuses ?? [];
    if (pod === undefined || container === undefined) throw new Error('there is no pod to crash');
    container.state = { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s' } };
    await core.replaceNamespacedPodStatus({ namespace: 'kube-system', name, body: pod });
    return name;
  }

  async function restart() {
    const store = await aStore();
    await store.secrets.put(CLUSTER_UID, 'kubeconfig', cluster.kubeconfig);
    const activities = createKubernetesValidation({ store, proxyUrl: null, imageMirror: null });
    return inActivity(() => activities.restartPods(aRequest('KUBERNETES')));
  }

  test('that crash are made anew', async () => {
    const crashed = await crash();

    const { outcome, detail } = await restart();

    expect(outcome).toBe('done');
    expect(detail).toEqual([`kube-system/${crashed} was evicted, to be made anew`]);
    await eventually(async () => {
      const names = (await pods()).map(({ metadata }) => metadata?.name);
      return (names.length > 0 && !names.includes(crashed)) || undefined;
    });
  });

  test('that run are left alone', async () => {
    const before = (await pods()).map(({ metadata }) => metadata?.uid);

    expect(await restart()).toEqual({
      outcome: 'refused',
      detail: ['nothing was found that may safely be touched'],
    });
    expect((await pods()).map(({ metadata }) => metadata?.uid)).toEqual(before);
  });

  test('are left alone where a budget says so, and on a node that is not Ready', async () => {
    const crashed = await crash();
    const selector = { matchLabels: { 'k8s-app': 'kube-dns' } };
    await cluster.config.makeApiClient(PolicyV1Api).createNamespacedPodDisruptionBudget({
      namespace: 'kube-system',
      body: { metadata: { name: 'dns' }, spec: { minAvailable: 1, selector } },
    });
    const refused = await restart();
    cluster.plane.setNodeReady(NODE, false, 'NodeStatusUnknown');
    const unreachable = await restart();

    expect(refused).toMatchObject({ outcome: 'refused' });
    expect(refused.detail[0]).toBe(
      `kube-system/${crashed} was left alone: a budget for disruptions does not allow it`,
    );
    expect(unreachable.detail[0]).toMatch(/left alone: its node is not Ready/);
  });
});

describe('the clock of a machine', () => {
  const machine = { ...SERVERS[0], name: NODE, address: '127.0.0.1' } as (typeof SERVERS)[number];

  async function resync(offsetMs: number, synchronised: boolean) {
    const store = await aStore();
    await store.machines.reserve({
      ...aReservation(['m-1']),
      machines: [{ uuid: 'm-1', name: NODE, host: 'hv5' }],
    });
    await store.secrets.put(CLUSTER_UID, 'ssh-private-key', USER_KEYS.private);
    const scripts: string[] = [];
    const { port } = await aServer(({ command, stdin }) => {
      if (command.startsWith('date'))
        return { stdout: `${Math.floor((Date.now() + offsetMs) / 1_000)} 000000000\n` };
      if (command.startsWith('timedatectl')) return { code: synchronised ? 0 : 1 };
      scripts.push(stdin);
      return { stdout: 'restarted chrony\n' };
    });
    const activities = createGuestValidation({ store, proxyUrl: null, port });
    const request = aRequest('GUESTS', { machines: [machine] });
    return { result: await inActivity(() => activities.resyncTime(request)), scripts };
  }

  test('is set anew where it is off, or nobody keeps it', async () => {
    const off = await resync(60_000, true);
    const unkept = await resync(0, false);

    for (const { result, scripts } of [off, unkept]) {
      expect(result).toEqual({ outcome: 'done', detail: [`${NODE}: restarted chrony`] });
      expect(scripts).toHaveLength(1);
    }
  });

  test('is left alone where it is right', async () => {
    const { result, scripts } = await resync(500, true);

    expect(result.outcome).toBe('refused');
    expect(scripts).toEqual([]);
  });
});
