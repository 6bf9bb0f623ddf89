/** Clusters that are upgraded. */
import type { UpgradeRequest } from '../../domain/upgrade/upgrade-request.js';
import { aClusterOf } from '../builders/definition.js';
import { activityError } from '../workflows/fake-activities.js';
import type { ClusterDriver, ClusterHandle } from '../workflows/cluster-driver.js';
import type { Scenario } from './scenarios.js';

const GATES = [{ kind: 'HTTP', url: 'http://shop/ok', expectedStatus: 200, timeoutSeconds: 60 }] as const;

async function upgraded(
  driver: ClusterDriver,
  handle: ClusterHandle,
  request: Partial<UpgradeRequest>,
): Promise<void> {
  const id = await driver.upgrade(handle, request);
  await driver.stateWhen(handle, ({ operation }) => operation?.id === id && operation.status !== 'running');
}

function once(servers: number, workers: number, request: Partial<UpgradeRequest>): Omit<Scenario, 'keep'> {
  return {
    definition: (name) => aClusterOf(servers, workers, { name }),
    run: async (driver, definition) => {
      const handle = await driver.provision(definition);
      await driver.settled(handle);
      await upgraded(driver, handle, request);
      await driver.decommission(handle);
    },
  };
}

export const UPGRADE_SCENARIOS: Readonly<Record<string, Scenario>> = {
  'upgraded-in-place': {
    ...once(3, 1, { strategy: 'IN_PLACE', version: 'v1.34.0+k3s1', via: ['v1.33.1+k3s1'], gates: GATES }),
    keep: ['', '/upgrade-2'],
  },
  'upgraded-rolling': { ...once(1, 2, { gates: GATES }), keep: ['/upgrade-2'] },
  'upgrade-rolled-back': {
    ...once(1, 2, { strategy: 'IN_PLACE', gates: GATES, rollback: true }),
    prepare: (activities) =>
      activities.on('passGate', ({ machine }) => {
        if (String(machine).endsWith('worker-2'))
          throw activityError('UPGRADE_GATE_FAILED', 'it answers 500');
      }),
    keep: ['/upgrade-2'],
  },
  'upgrade-of-green-given-up': {
    ...once(1, 2, { strategy: 'BLUE_GREEN', maxSurge: 2 }),
    prepare: (activities) =>
      activities.on('drainNode', ({ node }) => {
        if (String(node).endsWith('worker-2')) throw activityError('DRAIN_BLOCKED', '"cart" allows none');
      }),
    keep: ['/upgrade-2'],
  },
  'upgrade-held-and-cancelled': {
    definition: (name) => aClusterOf(1, 2, { name }),
    run: async (driver, definition) => {
      const handle = await driver.provision(definition);
      await driver.settled(handle);
      const canary = { workers: 1, pause: true };
      const id = await driver.upgrade(handle, { strategy: 'IN_PLACE', canary });
      await driver.stateWhen(handle, ({ nodes }) =>
        nodes.some(({ name, version }) => name.endsWith('worker-1') && version === 'v1.33.1+k3s1'),
      );
      await driver.cancel(handle, id);
      await driver.stateWhen(handle, ({ operation }) => operation?.status === 'cancelled');
      await driver.decommission(handle);
    },
    keep: ['', '/upgrade-2'],
  },
};
