/** What the tests of a file share: a server with workers, and a driver of clusters on it. */
import { afterAll, beforeAll } from '@jest/globals';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { aClusterOf } from '../builders/definition.js';
import { ClusterDriver, uniqueName, type ClusterHandle } from './cluster-driver.js';
import { startLocalTestBed, startTestBed, type WorkflowTestBed } from './environment.js';
import type { FakeActivities } from './fake-activities.js';

export interface World {
  bed: WorkflowTestBed;
  driver: ClusterDriver;
}

/** A world where time is skipped; begins before the tests of the file, and ends after them. */
export function useWorld(start: () => Promise<WorkflowTestBed> = startTestBed): World {
  const world = {} as World;
  beforeAll(async () => {
    Object.assign(world, worldOn(await start()));
  });
  afterAll(() => world.bed.close());
  return world;
}

/** For the tests of the block in which it is called `world` is one where time passes: see {@link startLocalTestBed}. */
export function whereTimePasses(world: World): void {
  let skipping: World;
  beforeAll(async () => {
    skipping = { ...world };
    Object.assign(world, worldOn(await startLocalTestBed()));
  });
  afterAll(async () => {
    await world.bed.close();
    Object.assign(world, skipping);
  });
}

/** What is kept of an operation, which is told a moment after it has ended. @returns arguments of `finishOperation` */
export async function recordedEnd(
  { driver }: World,
  handle: ClusterHandle,
  activities: FakeActivities,
  id: string,
): Promise<Record<string, unknown>> {
  const recorded = (): Record<string, unknown> | undefined =>
    activities.of('finishOperation').find(({ args }) => args['id'] === id)?.args;
  await driver.stateWhen(handle, () => recorded() !== undefined);
  return recorded() ?? {};
}

const worldOn = (bed: WorkflowTestBed): World => ({ bed, driver: new ClusterDriver(bed.environment) });

/** Runs `work` on a READY cluster, with the number of calls made until then, and then ends the cluster. */
export async function onCluster(
  { bed, driver }: World,
  [servers, workers]: readonly [number, number],
  activities: FakeActivities,
  work: (handle: ClusterHandle, ready: { readonly name: string; readonly from: number }) => Promise<void>,
  change: Partial<ClusterDefinition> = {},
): Promise<void> {
  await bed.run(activities, async () => {
    const name = uniqueName();
    const handle = await driver.provision(aClusterOf(servers, workers, { ...change, name }));
    await driver.settled(handle);
    await work(handle, { name, from: activities.calls.length });
    await driver.decommission(handle);
  });
}
