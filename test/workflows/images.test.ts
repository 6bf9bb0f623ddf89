import { describe, expect, test } from '@jest/globals';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { randomUUID } from 'node:crypto';
import type { PlannedImage } from '../../domain/plan.js';
import { TASK_QUEUES } from '../../domain/task-queues.js';
import type { collectImages } from '../../workflows/collect-images.js';
import type { ensureImages, EnsureImagesInput } from '../../workflows/ensure-images.js';
import { activityError, FakeActivities } from './fake-activities.js';
import { useWorld } from './world.js';

const world = useWorld();

const anImage = (name: string): PlannedImage => ({
  volume: `local:import/${name}.qcow2`,
  content: 'import',
  url: null,
  checksum: null,
});

function ensuring(images: EnsureImagesInput['images']): Promise<WorkflowHandle<typeof ensureImages>> {
  return world.bed.environment.client.workflow.start<typeof ensureImages>('ensureImages', {
    workflowId: `images/${randomUUID()}`,
    taskQueue: TASK_QUEUES.workflows,
    args: [{ clusterUid: 'uid-1', cluster: 'edge', images }],
  });
}

/** Type and message of our own error that a workflow failed with. */
async function failureOf(result: Promise<unknown>): Promise<[string | undefined, string | undefined]> {
  const error: unknown = await result.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  let cause: unknown = error instanceof WorkflowFailedError ? error.cause : undefined;
  while (cause instanceof Error && !(cause instanceof ApplicationFailure)) cause = cause.cause;
  return cause instanceof ApplicationFailure
    ? [cause.type ?? undefined, cause.message]
    : [undefined, undefined];
}

describe('images of an operation', () => {
  test('are brought to their hosts, for the cluster, and told in the order of the wishes', async () => {
    const activities = new FakeActivities();
    const images = ['hv5', 'hv6', 'hv7'].map((host) => ({ image: anImage('debian'), host }));
    await world.bed.run(activities, async () => {
      const handle = await ensuring(images);

      const result = await handle.result();

      expect(result.images.map(({ host }) => host)).toEqual(['hv5', 'hv6', 'hv7']);
      expect(activities.of('ensureImage').map(({ args }) => args)).toEqual(
        expect.arrayContaining(images.map((each) => ({ ...each, clusterUid: 'uid-1' }))),
      );
    });
  });

  test('are fetched eight at a time', async () => {
    const activities = new FakeActivities();
    let [running, most] = [0, 0];
    activities.on('ensureImage', async () => {
      running += 1;
      most = Math.max(most, running);
      // As long as others may come, they do.
      for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
      running -= 1;
    });
    await world.bed.run(activities, async () => {
      const handle = await ensuring(
        Array.from({ length: 20 }, (_, index) => ({ image: anImage(`image-${index}`), host: 'hv5' })),
      );

      expect((await handle.result()).images).toHaveLength(20);
    });
    expect(most).toBeLessThanOrEqual(8);
    expect(most).toBeGreaterThan(1);
  });

  test('fail the operation’s step at once when trying again cannot help', async () => {
    const activities = new FakeActivities();
    activities.on('ensureImage', () => {
      throw activityError('IMAGE_CHECKSUM_MISMATCH', 'got a != expect b');
    });
    await world.bed.run(activities, async () => {
      // One only: the test server gets stuck when an activity ends while its cancellation is on its way.
      const handle = await ensuring([{ image: anImage('debian'), host: 'hv6' }]);

      const failure = await failureOf(handle.result());

      expect(failure).toEqual(['IMAGE_CHECKSUM_MISMATCH', 'got a != expect b']);
      expect(activities.of('ensureImage')).toHaveLength(1);
    });
  });

  test('are tried again for a quarter of an hour before the operation hears why', async () => {
    const activities = new FakeActivities();
    activities.on('ensureImage', () => {
      throw activityError('IMAGE_DOWNLOAD_FAILED', 'the server refused it');
    });
    await world.bed.run(activities, async () => {
      const handle = await ensuring([{ image: anImage('debian'), host: 'hv5' }]);

      const failure = await failureOf(handle.result());

      expect(failure[0]).toBe('IMAGE_DOWNLOAD_FAILED');
      expect(activities.of('ensureImage')).toHaveLength(8);
    });
  });
});

describe('a collection', () => {
  const PLACES = ['a', 'b', 'c'].map((name) => ({ volume: `local:import/${name}.qcow2`, host: 'hv5' }));

  function collecting(): Promise<WorkflowHandle<typeof collectImages>> {
    return world.bed.environment.client.workflow.start<typeof collectImages>('collectImages', {
      workflowId: `collect-images-${randomUUID()}`,
      taskQueue: TASK_QUEUES.workflows,
      args: [],
    });
  }

  test('reports what it removed, what came into use, and what it could not remove', async () => {
    const activities = new FakeActivities();
    const shared = { volume: 'nas:iso/d.iso', host: null };
    activities.on('listUnusedImages', () => ({
      unusedSince: '2026-01-01T00:00:00.000Z',
      images: [...PLACES, shared],
    }));
    activities.on('removeImage', ({ volume }) => {
      if (volume === PLACES[1]?.volume) return { removed: false };
      if (volume === PLACES[2]?.volume) throw activityError('IDENTITY_MISMATCH', 'not named for it');
      return undefined;
    });
    await world.bed.run(activities, async () => {
      const report = await (await collecting()).result();

      expect(report).toEqual({
        removed: ['local:import/a.qcow2 on hv5', 'nas:iso/d.iso'],
        kept: ['local:import/b.qcow2 on hv5'],
        failed: [
          { image: 'local:import/c.qcow2 on hv5', code: 'IDENTITY_MISMATCH', detail: 'not named for it' },
        ],
      });
      expect(activities.of('removeImage')[0]?.args).toMatchObject({
        unusedSince: '2026-01-01T00:00:00.000Z',
      });
    });
  });

  test('does not wait for a host that stays down: the next one tries again', async () => {
    const activities = new FakeActivities();
    activities.on('listUnusedImages', () => ({
      unusedSince: '2026-01-01T00:00:00.000Z',
      images: PLACES.slice(0, 1),
    }));
    activities.on('removeImage', () => {
      throw activityError('PROXMOX_NODE_UNREACHABLE', '595');
    });
    await world.bed.run(activities, async () => {
      const report = await (await collecting()).result();

      expect(report.failed).toMatchObject([{ code: 'PROXMOX_NODE_UNREACHABLE' }]);
      expect(activities.of('removeImage').length).toBeGreaterThan(1);
    });
  });

  test('of nothing does nothing', async () => {
    const activities = new FakeActivities();
    await world.bed.run(activities, async () => {
      expect(await (await collecting()).result()).toEqual({ removed: [], kept: [], failed: [] });
    });
    expect(activities.of('removeImage')).toEqual([]);
  });
});
