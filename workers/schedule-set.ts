/** Makes the Schedules on the Temporal server equal to those of the product. */
import { ScheduleAlreadyRunning, type ScheduleClient, type ScheduleOptions } from '@temporalio/client';

export interface AppliedSchedule {
  readonly scheduleId: string;
  readonly change: 'created' | 'updated';
}

/** Safe to repeat, and for several processes at once. A schedule that somebody paused stays paused. */
export async function applySchedules(
  client: Pick<ScheduleClient, 'create' | 'getHandle'>,
  schedules: readonly ScheduleOptions[],
): Promise<AppliedSchedule[]> {
  const applied: AppliedSchedule[] = [];
  for (const schedule of schedules) {
    const { scheduleId } = schedule;
    applied.push({ scheduleId, change: (await created(client, schedule)) ? 'created' : 'updated' });
  }
  return applied;
}

/** @returns false when it was there already, and is now as it has to be. */
async function created(
  client: Pick<ScheduleClient, 'create' | 'getHandle'>,
  schedule: ScheduleOptions,
): Promise<boolean> {
  try {
    await client.create(schedule);
    return true;
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
  const { spec, action, policies } = schedule;
  await client
    .getHandle(schedule.scheduleId)
    .update(({ state }) => ({ spec, action, state, ...(policies === undefined ? {} : { policies }) }));
  return false;
}
