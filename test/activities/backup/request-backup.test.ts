import { beforeEach, describe, expect, test } from '@jest/globals';
import { ScheduleNotFoundError, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { requestBackup } from '../../../activities/backup/request-backup.js';
import type { Store } from '../../../store/store.js';
import { aCluster, anOperation, aStore } from '../../store/store-builder.js';

const OPERATION = '0c0ffee0-0000-4000-8000-000000000001';
const ASKED = { cluster: 'edge', operationId: OPERATION };
const POLICY = {
  schedule: '15 3 * * *',
  destination: 'nas',
  retention: { keepLast: 2, keepDaily: 1, keepWeekly: 0 },
  drillSchedule: null,
};

let store: Store;
let updates: unknown[];
let deleted: string[];
let refusal: Error | null;
beforeEach(async () => {
  store = await aStore();
  updates = [];
  deleted = [];
  refusal = null;
  await store.clusters.put(aCluster({ phase: 'READY' }));
  await store.backupPolicies.put('edge', POLICY);
});

const client = {
  workflow: {
    getHandle: (workflowId: string) => ({
      executeUpdate: async (name: string, options: unknown) => {
        if (refusal !== null) throw refusal;
        updates.push([workflowId, name, options]);
      },
    }),
  },
  schedule: {
    getHandle: (id: string) => ({
      delete: async () => {
        if (deleted.includes(id)) throw new ScheduleNotFoundError('gone', id);
        deleted.push(id);
      },
    }),
  },
} as unknown as Client;

describe('a backup that is due', () => {
  test('is asked of the cluster as an operation, once for each run of the Schedule', async () => {
    const answers = [await requestBackup(store, client, ASKED), await requestBackup(store, client, ASKED)];

    const { destination, retention } = POLICY;
    const request = { backupId: OPERATION, destination, retention, reason: 'scheduled' };
    const asked = { operationId: OPERATION, operation: { kind: 'backup', request } };
    expect(answers).toEqual([1, 2].map(() => ({ requested: true, reason: null })));
    // Temporal knows the update by its id, and carries it out once.
    expect(updates).toEqual(
      [1, 2].map(() => ['cluster/edge', 'operate', { updateId: OPERATION, args: [asked] }]),
    );
    expect(await store.operations.get(OPERATION)).toMatchObject({ kind: 'backup', status: 'running' });
  });

  test('is not asked for while one is not over: they must not pile up', async () => {
    await store.operations.begin(anOperation({ id: 'earlier', kind: 'backup' }));

    expect(await requestBackup(store, client, ASKED)).toEqual({
      requested: false,
      reason: 'backup earlier is not over yet',
    });
    expect(updates).toEqual([]);
  });

  test('that the cluster refuses leaves no operation behind', async () => {
    refusal = new WorkflowUpdateFailedError('refused', new Error('cluster "edge" is being decommissioned'));

    const answer = await requestBackup(store, client, ASKED);

    expect(answer).toEqual({ requested: false, reason: 'cluster "edge" is being decommissioned' });
    expect(await store.operations.get(OPERATION)).toBeUndefined();
  });

  test('is asked for again when nobody answered', async () => {
    refusal = new Error('deadline exceeded');

    await expect(requestBackup(store, client, ASKED)).rejects.toMatchObject({ code: 'WORKER_UNAVAILABLE' });
    refusal = null;

    expect(await requestBackup(store, client, ASKED)).toEqual({ requested: true, reason: null });
  });

  test('of a cluster that is gone is due no more, and its Schedule ends', async () => {
    await store.clusters.put(aCluster({ phase: 'GONE' }));

    const answers = [await requestBackup(store, client, ASKED), await requestBackup(store, client, ASKED)];

    expect(answers.map(({ requested }) => requested)).toEqual([false, false]);
    expect(deleted).toEqual(['clusterwright/backup/edge']);
    expect(await store.backupPolicies.get('edge')).toBeUndefined();
  });
});
