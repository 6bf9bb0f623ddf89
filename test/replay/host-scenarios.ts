/** Hosts that are drained, and clusters whose machines leave them. */
import { randomUUID } from 'node:crypto';
import { operateUpdate } from '../../workflows/messages.js';
import { aClusterOf } from '../builders/definition.js';
import type { FakeActivities } from '../workflows/fake-activities.js';
import type { Scenario, StandaloneScenario } from './scenarios.js';

export const MOVE_SCENARIOS: Readonly<Record<string, Scenario>> = {
  'machines-moved': {
    definition: (name) => aClusterOf(3, 1, { name }),
    run: async (driver, definition) => {
      const { name } = definition;
      const handle = await driver.provision(definition);
      await driver.settled(handle);
      const operationId = randomUUID();
      const machines = [
        { name: `${name}-worker-1`, to: 'hv9', mode: 'LIVE', isRunning: true },
        { name: `${name}-server-2`, to: 'hv9', mode: 'OFFLINE', isRunning: true },
      ] as const;
      const request = { from: 'hv5', machines, drainTimeoutSeconds: 300 };
      await handle.executeUpdate(operateUpdate, {
        updateId: operationId,
        args: [{ operationId, operation: { kind: 'move-machines', request } }],
      });
      await driver.stateWhen(
        handle,
        ({ operation }) => operation?.id === operationId && operation.status !== 'running',
      );
      await driver.decommission(handle);
    },
    keep: ['/move-machines-2', '/decommission-3'],
  },
};

function plannedMoves(activities: FakeActivities): void {
  const move = (cluster: string, vmid: number) => ({
    ...{ cluster, clusterUid: `uid-${cluster}`, machine: `${cluster}-worker-1`, vmid, role: 'WORKER' },
    ...{ from: 'hv5', to: 'hv6', mode: 'LIVE', isRunning: true },
  });
  activities.on('planHostDrain', () => ({
    ...{ host: 'hv5', moves: [move('a', 1), move('b', 2)], stays: [], others: [], warnings: [] },
  }));
}

const request = { clusters: null, targets: null, drainTimeoutSeconds: 300 };

export const HOST_RUNS: Readonly<Record<string, StandaloneScenario>> = {
  'host-drained': {
    workflow: 'drainHost',
    args: [{ host: 'hv5', number: 1, request }],
    prepare: plannedMoves,
  },
  'drain-planned': { workflow: 'planDrain', args: [{ host: 'hv5', request }], prepare: plannedMoves },
};
