import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { TASK_QUEUES } from '../../domain/task-queues.js';
import { SCHEDULES } from '../../workers/schedules.js';

const bundle = readFileSync(new URL('../../workflows/index.ts', import.meta.url), 'utf8');
const workflows = [...bundle.matchAll(/^export \{ (\w+) \}/gm)].map(([, name]) => name);

test.each(SCHEDULES.map((schedule) => [schedule.scheduleId, schedule] as const))(
  '%s starts a workflow of the bundle, where workers are, and leaves out a tick that comes too early',
  (scheduleId, { action, policies }) => {
    expect(scheduleId).toMatch(/^clusterwright\//);
    expect(workflows).toContain(action.workflowType);
    expect(action.taskQueue).toBe(TASK_QUEUES.workflows);
    expect(policies?.overlap).toBe('SKIP');
  },
);
