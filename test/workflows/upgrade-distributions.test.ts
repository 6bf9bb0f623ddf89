import { describe, expect, test } from '@jest/globals';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { aLoadBalancer, PAIR } from '../builders/service.js';
import { FakeActivities } from './fake-activities.js';
import { short, versionsOf } from './upgraded-cluster.js';
import { onCluster, useWorld } from './world.js';

const world = useWorld();

const VANILLA: Partial<ClusterDefinition> = {
  type: 'VANILLA',
  version: 'v1.32.4',
  platformConfig: { cni: 'FLANNEL', imageRepository: 'registry.k8s.io', registries: null },
};
const TALOS: Partial<ClusterDefinition> = {
  type: 'TALOS',
  version: 'v1.9.1',
  platformConfig: {
    installerImage: 'ghcr.io/siderolabs/installer',
    installDisk: '',
    cni: 'flannel',
    patches: [],
  },
};

/** `server-1 upgrade-kubeadm`, in the order in which machines were told. */
function ownSteps({ calls }: FakeActivities, from: number): string[] {
  return calls.slice(from).flatMap(({ args }) => {
    const step = (args['step'] as { readonly id?: string } | undefined)?.id;
    return step?.startsWith('upgrade-') === true ? [`${String(args['address'])} ${step}`] : [];
  });
}

/** Nodes that have joined run the release of their image until they are proved to run another one. */
function talosVersions(activities: FakeActivities): Readonly<Record<string, string>> {
  const joined = activities.of('waitForNode').map(({ args }) => [args['node'], args['version'] ?? 'v1.9.1']);
  return Object.fromEntries(joined) as Readonly<Record<string, string>>;
}

describe('an upgrade in place', () => {
  test('of kubeadm installs the kubelet after the control plane of each machine', async () => {
    const activities = new FakeActivities();
    await onCluster(
      world,
      [3, 1],
      activities,
      async (handle) => {
        const before = activities.calls.length;
        const wish = { version: 'v1.33.1', strategy: 'IN_PLACE' } as const;

        const state = await world.driver.ended(handle, await world.driver.upgrade(handle, wish));

        expect(state).toMatchObject({ failure: null, operation: { status: 'succeeded' } });
        const machine = (address: string, middle: string): string[] =>
          ['kubeadm', 'containerd', middle, 'kubelet', 'restart'].map((id) => `${address} upgrade-${id}`);
        expect(ownSteps(activities, before)).toEqual([
          ...machine('10.1.107.100', 'control-plane'),
          ...machine('10.1.107.101', 'control-plane'),
          ...machine('10.1.107.102', 'control-plane'),
          ...machine('10.1.107.103', 'node'),
        ]);
        expect(versionsOf(state)).toEqual(
          ['server-1', 'server-2', 'server-3', 'worker-1'].map((name) => `${name} v1.33.1`),
        );
      },
      VANILLA,
    );
  });

  test('of Talos asks each machine for its new release, and then for its membership', async () => {
    const activities = new FakeActivities();
    activities.on('nodeVersions', () => ({ versions: talosVersions(activities) }));
    await onCluster(
      world,
      [3, 1],
      activities,
      async (handle) => {
        const before = activities.calls.length;
        const wish = { version: 'v1.10.2', strategy: 'IN_PLACE' } as const;

        const state = await world.driver.ended(handle, await world.driver.upgrade(handle, wish));

        expect(state).toMatchObject({ failure: null, operation: { status: 'succeeded' } });
        expect(ownSteps(activities, before)).toEqual([
          ...['10.1.107.100', '10.1.107.101', '10.1.107.102'].flatMap((address) => [
            `${address} upgrade-talos`,
            `${address} upgrade-etcd-member`,
          ]),
          '10.1.107.103 upgrade-talos',
        ]);
        const told = activities.of('runTalosStep').at(-1)?.args as { definition?: ClusterDefinition };
        expect(told.definition?.version).toBe('v1.10.2');
        const awaited = activities.of('waitForNode').slice(-4);
        expect(awaited.map(({ args }) => `${short(args['node'])} ${String(args['version'])}`)).toEqual(
          ['server-1', 'server-2', 'server-3', 'worker-1'].map((name) => `${name} v1.10.2`),
        );
      },
      TALOS,
    );
  });
});

test('Talos passes through each minor version, as each brings one of Kubernetes', async () => {
  const activities = new FakeActivities();
  await onCluster(
    world,
    [1, 0],
    activities,
    async (handle) => {
      const wish = { version: 'v1.11.0', strategy: 'IN_PLACE' } as const;

      await expect(world.driver.upgrade(handle, wish)).rejects.toMatchObject({
        cause: { type: 'UPGRADE_HOP_MISSING' },
      });
    },
    TALOS,
  );
});

test('load balancers go on sending to the only server: its API is needed while it is emptied', async () => {
  const activities = new FakeActivities();
  await onCluster(
    world,
    [1, 1],
    activities,
    async (handle) => {
      const before = activities.calls.length;

      const state = await world.driver.ended(
        handle,
        await world.driver.upgrade(handle, { strategy: 'IN_PLACE' }),
      );

      expect(state).toMatchObject({ failure: null, operation: { status: 'succeeded' } });
      const drained = activities.calls.slice(before).filter(({ name }) => name === 'balancerDrains');
      expect(new Set(drained.map(({ args }) => short(args['machine'])))).toEqual(new Set(['worker-1']));
    },
    { services: [aLoadBalancer({ configuration: { machines: PAIR } })] },
  );
});
