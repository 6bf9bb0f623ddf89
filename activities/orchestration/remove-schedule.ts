import { ScheduleNotFoundError, type Client } from '@temporalio/client';

/** Removing what is not there is no error. */
export async function removeSchedule(client: Client, id: string): Promise<void> {
  try {
    await client.schedule.getHandle(id).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}
