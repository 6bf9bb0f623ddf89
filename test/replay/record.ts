/**
 * Records histories that are not there yet, from the scenarios: `npm run histories:record`. A history that exists is
 * never recorded anew: when it does not replay, the change to the workflow is at fault.
 */
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TASK_QUEUES } from '../../domain/task-queues.js';
import { projectFile } from '../../lab/binaries/folders.js';
import type { cluster } from '../../workflows/cluster.js';
import { aDefinition } from '../builders/definition.js';
import { ClusterDriver } from '../workflows/cluster-driver.js';
import { startLocalTestBed, startTestBed, type WorkflowTestBed } from '../workflows/environment.js';
import { FakeActivities } from '../workflows/fake-activities.js';
import { CONTINUED, historyName, SCENARIOS, STANDALONE, standaloneId } from './scenarios.js';

const FOLDER = projectFile('test/replay/histories');
mkdirSync(FOLDER, { recursive: true });

async function keep(bed: WorkflowTestBed, name: string, workflowId: string, runId?: string): Promise<void> {
  const path = join(FOLDER, `${name}.json`);
  if (existsSync(path)) return;
  const history = await bed.environment.client.workflow.getHandle(workflowId, runId).fetchHistory();
  // Stack traces tell of the machine that it was recorded on, and nothing of the workflow.
  const withoutTraces = (key: string, value: unknown): unknown => (key === 'stackTrace' ? '' : value);
  writeFileSync(path, `${JSON.stringify(JSON.parse(historyToJSON(history)), withoutTraces, 1)}\n`);
  process.stdout.write(`recorded ${name}\n`);
}

async function recordScenarios(): Promise<void> {
  const bed = await startTestBed();
  try {
    for (const [name, { definition, prepare, run, keep: parts }] of Object.entries(SCENARIOS)) {
      if (parts.every((part) => existsSync(join(FOLDER, `${historyName(name, part)}.json`)))) continue;
      const activities = new FakeActivities();
      prepare?.(activities);
      const cluster = definition(name);
      await bed.run(activities, () => run(new ClusterDriver(bed.environment), cluster, bed));
      for (const part of parts) {
        await keep(bed, historyName(name, part), `cluster/${name}${part.replace('NAME', name)}`);
      }
    }
    for (const [name, { workflow, args, prepare }] of Object.entries(STANDALONE)) {
      if (existsSync(join(FOLDER, `${name}.json`))) continue;
      const activities = new FakeActivities();
      prepare?.(activities);
      const workflowId = standaloneId(name);
      const options = { workflowId, taskQueue: TASK_QUEUES.workflows, args: [...args] };
      await bed.run(activities, () => bed.environment.client.workflow.execute(workflow, options));
      await keep(bed, name, workflowId);
    }
  } finally {
    await bed.close();
  }
}

/** Only the real server says when a history has become long; here it says so after a few events. */
async function recordContinuedAsNew(): Promise<void> {
  const names = [1, 2].map((run) => `${CONTINUED}--cluster-${run}`);
  if (names.every((name) => existsSync(join(FOLDER, `${name}.json`)))) return;
  const bed = await startLocalTestBed([
    '--dynamic-config-value',
    'limit.historyCount.suggestContinueAsNew=20',
  ]);
  const { environment } = bed;
  try {
    await bed.run(new FakeActivities(), async () => {
      const driver = new ClusterDriver(environment);
      const first = await driver.provision(aDefinition({ name: CONTINUED }));
      const { runId } = await first.describe();
      const current = environment.client.workflow.getHandle<typeof cluster>(`cluster/${CONTINUED}`);
      let last = runId;
      for (let attempt = 0; last === runId && attempt < 200; attempt += 1) {
        await environment.sleep(100);
        last = (await current.describe()).runId;
      }
      if (last === runId) throw new Error('the cluster did not continue as new');
      await driver.decommission(current);
      last = (await current.describe()).runId;
      await keep(bed, names[0] ?? '', `cluster/${CONTINUED}`, runId);
      await keep(bed, names[1] ?? '', `cluster/${CONTINUED}`, last);
    });
  } finally {
    await bed.close();
  }
}

await recordScenarios();
await recordContinuedAsNew();
