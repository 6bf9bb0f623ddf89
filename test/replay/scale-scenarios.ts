/** Clusters that are scaled. */
import { aClusterOf } from '../builders/definition.js';
import { activityError } from '../workflows/fake-activities.js';
import type { ClusterDriver, ClusterHandle } from '../workflows/cluster-driver.js';
import type { ScaleRequest } from '../../domain/scale/scale-request.js';
import type { Scenario } from './scenarios.js';

async function scaled(
  driver: ClusterDriver,
  handle: ClusterHandle,
  request: Partial<ScaleRequest>,
): Promise<void> {
  const id = await driver.scale(handle, request);
  await driver.stateWhen(handle, ({ operation }) => operation?.id === id && operation.status !== 'running');
}

export const SCALE_SCENARIOS: Readonly<Record<string, Scenario>> = {
  'workers-scaled': {
    definition: (name) => aClusterOf(1, 1, { name }),
    run: async (driver, definition) => {
      const handle = await driver.provision(definition);
      await driver.settled(handle);
      await scaled(driver, handle, { targetCount: 3, maxSurge: 2 });
      await scaled(driver, handle, { targetCount: 1 });
      await driver.decommission(handle);
    },
    keep: ['', '/scale-2', '/scale-3'],
  },
  'control-plane-scaled': {
    definition: (name) => aClusterOf(1, 0, { name }),
    run: async (driver, definition) => {
      const handle = await driver.provision(definition);
      await driver.settled(handle);
      await scaled(driver, handle, { nodeGroup: 'server', targetCount: 3, maxSurge: 2 });
      await scaled(driver, handle, { nodeGroup: 'server', targetCount: 1 });
      await driver.decommission(handle);
    },
    keep: ['/scale-2', '/scale-3'],
  },
  'scale-blocked-by-a-budget': {
    definition: (name) => aClusterOf(1, 2, { name }),
    prepare: (activities) =>
      activities.on('drainNode', () => {
        throw activityError('DRAIN_BLOCKED', 'PodDisruptionBudget "cart" allows none');
      }),
    run: async (driver, definition) => {
      const handle = await driver.provision(definition);
      await driver.settled(handle);
      await scaled(driver, handle, { targetCount: 1 });
      await driver.decommission(handle);
    },
    keep: ['', '/scale-2'],
  },
  'scale-cancelled': {
    definition: (name) => aClusterOf(1, 1, { name }),
    prepare: (activities) =>
      activities.on('waitForSsh', ({ address }) => {
        if (address === '10.1.107.102') throw activityError('SSH_UNREACHABLE', 'no route');
      }),
    run: async (driver, definition) => {
      const handle = await driver.provision(definition);
      await driver.settled(handle);
      const id = await driver.scale(handle, { targetCount: 2 });
      await driver.stateWhen(handle, ({ nodes }) => nodes.filter(({ vmid }) => vmid !== null).length === 3);
      await driver.cancel(handle, id);
      await driver.stateWhen(handle, ({ operation }) => operation?.status === 'cancelled');
      await driver.decommission(handle);
    },
    keep: ['', '/scale-2'],
  },
};
