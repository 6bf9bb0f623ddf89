import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { talosMachine } from '../../../activities/talos/access.js';
import { METHODS } from '../../../activities/talos/api/methods.js';
import { throughProxy } from '../../../schema/kubeconfig.js';
import { until } from '../../lab/guest/lab.js';
import {
  addressOf,
  anEnvironment,
  aTalosDefinition,
  CLUSTER_UID,
  ENDPOINT,
  nameOf,
  TalosWorld,
  uuidOf,
} from './talos-world.js';

// Each machine is waited for; a busy host takes long.

let world: TalosWorld;

beforeEach(async () => {
  world = await TalosWorld.open();
});

afterEach(async () => {
  await world.close();
});

const CONTROL_PLANE = { kind: 'apply-configuration', role: 'controlplane' } as const;
const WORKER = { kind: 'apply-configuration', role: 'worker' } as const;

function stateOf(number: number): string | undefined {
  return world.lab.guests.inspect().machines.find(({ name }) => name === nameOf(number))?.state;
}

async function kubernetes(): Promise<CoreV1Api> {
  const text = (await world.store.secrets.get(CLUSTER_UID, 'kubeconfig')) ?? '';
  const config = new KubeConfig();
  config.loadFromString(throughProxy(text, world.access.proxyUrl));
  return config.makeApiClient(CoreV1Api);
}

describe('waitForTalos', () => {
  test('waits for a machine that comes up later, and says what it waits for', async () => {
    const environment = anEnvironment();
    const silent = environment.heard(/10\.1\.107\.101:50000/);
    const waiting = environment.run(world.activities.waitForTalos, world.target(1));
    await silent;

    world.powerOn(1);
    await waiting;

    expect(stateOf(1)).toBe('maintenance');
  });
});

describe('a cluster of two control-plane machines and a worker', () => {
  test('comes up, and each thing is done once however often it is asked for', async () => {
    for (const number of [1, 2, 3]) world.powerOn(number);
    const worker = {
      labels: { tier: 'edge' },
      taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' as const }],
    };

    const first = await Promise.all([
      world.step(1, CONTROL_PLANE),
      world.step(2, CONTROL_PLANE),
      world.step(3, WORKER, { machine: worker }),
    ]);
    expect(first).toEqual([{ changed: true }, { changed: true }, { changed: true }]);
    expect(await world.step(1, CONTROL_PLANE)).toEqual({ changed: false });

    expect(await world.step(1, { kind: 'bootstrap' })).toEqual({ changed: true });
    expect(await world.step(1, { kind: 'bootstrap' })).toEqual({ changed: false });
    await world.step(2, { kind: 'etcd-member' });
    await world.step(3, { kind: 'answers', role: 'worker' }, { machine: worker });
    await anEnvironment().run(world.activities.fetchTalosKubeconfig, {
      ...world.target(1),
      cluster: 'edge',
      endpoint: ENDPOINT,
    });

    const api = await kubernetes();
    const nodes = await until(async () => {
      const { items } = await api.listNode();
      const ready = items.filter(({ status }) =>
        status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True'),
      );
      return ready.length === 3 && items;
    });
    expect(nodes.map(({ metadata }) => metadata?.name)).toEqual(['edge-1', 'edge-2', 'edge-3']);
    expect(nodes[2]?.metadata?.labels).toMatchObject({ tier: 'edge' });
    expect(nodes[2]?.spec?.taints).toEqual([{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }]);
    expect(nodes[0]?.status?.nodeInfo?.kubeletVersion).toBe('v1.32.0');
  });

  test('goes on after a power cut of all machines', async () => {
    await world.formed();

    world.powerOff(1);
    world.powerOn(1);
    await world.step(1, { kind: 'etcd-member' });

    expect(await world.step(1, CONTROL_PLANE)).toEqual({ changed: false });
  });
});

describe('applying the configuration', () => {
  test('of a worker does not wait for a control plane, nor when it is asked for again', async () => {
    world.powerOn(3);

    expect(await world.step(3, WORKER)).toEqual({ changed: true });
    expect(await world.step(3, WORKER)).toEqual({ changed: false });
    expect(await world.store.talos.acceptedConfiguration(uuidOf(3))).toMatch(/^[0-9a-f]{64}$/);
  });

  test('of a patch that Talos does not know fails with the words of Talos, and without a secret', async () => {
    world.powerOn(1);
    const definition = aTalosDefinition([{ machine: { instal: { disk: '/dev/sdb' } } }]);

    const failure = world.step(1, CONTROL_PLANE, { definition });

    await expect(failure).rejects.toMatchObject({
      code: 'TALOS_REJECTED',
      message: expect.stringMatching(/unknown keys found during decoding:\nmachine:\n +instal:/),
    });
    expect(stateOf(1)).toBe('maintenance');
  });

  test('with a disk that is not there says that the machine came back', async () => {
    world.powerOn(1);
    const definition = aTalosDefinition([{ machine: { install: { disk: '/dev/nvme0n1' } } }]);
    const environment = anEnvironment();
    const cameBack = environment.heard(/come back to maintenance mode/);

    const step = world.step(1, CONTROL_PLANE, { definition, environment, timeoutSeconds: 30 });
    await cameBack;
    environment.cancel();

    await expect(step).rejects.toThrow(/CANCELLED/i);
  });

  test('does not take a machine of another cluster for ours', async () => {
    await world.formed();
    await world.store.secrets.removeCluster(CLUSTER_UID);

    const failure = world.step(1, CONTROL_PLANE, { timeoutSeconds: 0 });

    await expect(failure).rejects.toMatchObject({
      code: 'TALOS_NOT_READY',
      message: expect.stringMatching(/does not answer yet|does not run with it yet/),
    });
  });
});

describe('the bootstrap', () => {
  test('is given to one machine for ever: another one is never told', async () => {
    world.powerOn(2);
    await world.step(2, CONTROL_PLANE);
    await world.store.talos.giveBootstrap(CLUSTER_UID, uuidOf(1));

    const failure = world.step(2, { kind: 'bootstrap' });

    await expect(failure).rejects.toMatchObject({
      code: 'TALOS_BOOTSTRAP_GIVEN',
      message: expect.stringContaining(uuidOf(1)),
    });
    expect(world.lab.guests.inspect().machines[0]?.services).toMatchObject({ etcd: 'Preparing' });
  });

  test('whose reply was lost is looked for', async () => {
    world.powerOn(1);
    await world.step(1, CONTROL_PLANE);
    const machine = await talosMachine(world.access, world.target(1), new AbortController().signal);
    await machine.asMember((connection) => connection.call(METHODS.bootstrap, { recoverEtcd: false }));

    expect(await world.step(1, { kind: 'bootstrap' })).toEqual({ changed: false });
  });

  test('of a machine that is not configured yet waits', async () => {
    world.powerOn(1);

    const failure = world.step(1, { kind: 'bootstrap' }, { timeoutSeconds: 0 });

    await expect(failure).rejects.toMatchObject({ code: 'TALOS_NOT_READY' });
  });
});

test('a machine that lost its secrets never becomes a member: it has another authority', async () => {
  await world.formed();
  world.powerOn(4);
  await world.store.secrets.removeCluster(CLUSTER_UID);
  await world.step(4, CONTROL_PLANE);

  const failure = world.step(4, { kind: 'etcd-member' }, { timeoutSeconds: 1 });

  await expect(failure).rejects.toMatchObject({
    code: 'TALOS_NOT_READY',
    message: expect.stringContaining(`${addressOf(4)}:50000: etcd is Preparing`),
  });
});
