import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFile } from '../../lab/binaries/folders.js';
import { ClusterDriver } from '../workflows/cluster-driver.js';
import { startTestBed, type WorkflowTestBed } from '../workflows/environment.js';
import { FakeActivities } from '../workflows/fake-activities.js';
import { historyName, SCENARIOS } from './scenarios.js';

// Replay does not notice a changed timer, a changed limit or changed inputs. So some scenarios are run anew, and what
// they ask for is compared with what the committed histories asked for.

interface HistoryEvent {
  readonly eventId: string;
  readonly activityTaskCompletedEventAttributes?: {
    readonly scheduledEventId: string;
    readonly result?: { readonly payloads: readonly { readonly data: string }[] };
  };
  readonly activityTaskScheduledEventAttributes?: {
    readonly activityType: { readonly name: string };
    readonly input?: { readonly payloads: readonly { readonly data: string }[] };
    readonly scheduleToCloseTimeout?: string;
    readonly startToCloseTimeout?: string;
    readonly heartbeatTimeout?: string;
    readonly retryPolicy?: object;
  };
  readonly timerStartedEventAttributes?: { readonly startToFireTimeout: string };
}

let bed: WorkflowTestBed;
beforeAll(async () => {
  bed = await startTestBed();
});
afterAll(() => bed.close());

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const MAC = /BC:24:11(:[0-9A-F]{2}){3}/gi;
const MOMENT = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;

/**
 * Every activity with its input and limits, and every timer; what differs each time is left out. Things that go on
 * beside each other come in another order each time, so the order is left to the replays.
 */
function asked(history: string): unknown[] {
  const { events } = JSON.parse(history) as { events: HistoryEvent[] };
  let isRecorded = false;
  const requests = events.flatMap(
    ({ activityTaskScheduledEventAttributes: activity, timerStartedEventAttributes: timer }): unknown[] => {
      if (timer !== undefined) return [{ timer: timer.startToFireTimeout }];
      if (activity === undefined) return [];
      // Kept at the end since a later version; no choice depends on it.
      if (activity.activityType.name === 'keepSteps') return [];
      // Changes that come close together are told to the store as one: how often depends on the moment.
      if (activity.activityType.name === 'recordCluster' && isRecorded) return [];
      isRecorded ||= activity.activityType.name === 'recordCluster';
      const {
        activityType,
        input,
        scheduleToCloseTimeout,
        startToCloseTimeout,
        heartbeatTimeout,
        retryPolicy,
      } = activity;
      const text = (input?.payloads ?? []).map(({ data }) => Buffer.from(data, 'base64').toString()).join();
      const plain = text.replace(UUID, 'UUID').replace(MAC, 'MAC').replace(MOMENT, 'MOMENT');
      const limits = { scheduleToCloseTimeout, startToCloseTimeout, heartbeatTimeout, retryPolicy };
      return [{ activity: activityType.name, input: plain, limits }];
    },
  );
  return requests.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
}

/**
 * What services are made of comes from an activity: it is an answer, in the order in which it was given, and no choice
 * of the workflow. Its files may change from release to release.
 */
function recordedServiceSteps(name: string): unknown[] {
  const file = join(projectFile('test/replay/histories'), `${historyName(name, '/provision-1')}.json`);
  if (!existsSync(file)) return [];
  const { events } = JSON.parse(readFileSync(file, 'utf8')) as { events: HistoryEvent[] };
  const requests = events
    .filter(
      ({ activityTaskScheduledEventAttributes: activity }) => activity?.activityType.name === 'serviceSteps',
    )
    .map(({ eventId }) => eventId);
  return events.flatMap(({ activityTaskCompletedEventAttributes: completed }): unknown[] => {
    if (completed === undefined || !requests.includes(completed.scheduledEventId)) return [];
    const text = (completed.result?.payloads ?? []).map(({ data }) => Buffer.from(data, 'base64').toString());
    return [JSON.parse(text.join())];
  });
}

/** As they were before a removal was attested: a removal of today is compared with those that are. */
const SUPERSEDED: ReadonlySet<string> = new Set(['balanced-by-a-pair', 'records-outside']);

test.each([
  'served-one-server',
  'served-three-servers-two-workers',
  'served-hard-limit',
  'attested-in-stages',
  'attested-after-a-while',
  'balanced-by-a-pair',
  'records-outside',
  'talos-brought-to-release',
  'okd-bootstrapped',
])('what is asked for in %s is what was asked for when it was recorded', async (name) => {
  const { definition, prepare, run, keep } = SCENARIOS[name] ?? {};
  const activities = new FakeActivities();
  prepare?.(activities);
  const answers = recordedServiceSteps(name);
  activities.on('serviceSteps', (_args, callNumber) => answers[callNumber - 1]);
  const cluster = definition?.(name);
  if (cluster === undefined || run === undefined || keep === undefined)
    throw new Error(`no scenario ${name}`);

  await bed.run(activities, () => run(new ClusterDriver(bed.environment), cluster, bed));

  for (const part of keep) {
    if (SUPERSEDED.has(name) && part.startsWith('/decommission')) continue;
    const handle = bed.environment.client.workflow.getHandle(`cluster/${name}${part.replace('NAME', name)}`);
    const fresh = historyToJSON(await handle.fetchHistory());
    const file = join(projectFile('test/replay/histories'), `${historyName(name, part)}.json`);
    expect(asked(fresh)).toEqual(asked(readFileSync(file, 'utf8')));
  }
});
