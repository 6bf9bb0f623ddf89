/** Jobs: pods until enough of them have succeeded. */
import type { Cluster } from '../cluster.js';
import { change } from '../api/writer.js';
import { isTerminating, objectKey, timestamp } from '../model/kube-object.js';
import { hasCondition, setCondition, type Condition, type Job } from '../model/workloads.js';
import type { Controller } from './controller.js';
import { ownerKeys, ownKeys } from './control-loop.js';
import { createPods, isActive, isReady, podsOf, removePod } from './pods.js';

const RESOURCE = 'jobs.batch';

export const jobs: Controller = {
  name: RESOURCE,
  *keys(changed) {
    yield* ownKeys(changed, RESOURCE);
    if (changed.resource === 'pods') yield* ownerKeys(changed, 'Job');
  },
  reconcile: (key, cluster) => {
    const job = cluster.store.at(RESOURCE, key) as Job | undefined;
    if (job === undefined || isTerminating(job) || hasCondition(job, 'Complete')) return;
    const pods = podsOf(cluster, job);
    const active = pods.filter(isActive);
    const succeeded = pods.filter(({ status }) => status.phase === 'Succeeded').length;
    const completions = job.spec.completions ?? 1;
    if (job.spec.suspend === true) for (const pod of active) removePod(cluster, pod);
    else {
      const wanted = Math.min(job.spec.parallelism ?? 1, completions - succeeded);
      createPods(cluster, job, job.spec.template, wanted - active.length);
    }
    report(cluster, job, succeeded);
  },
};

function report(cluster: Cluster, job: Job, succeeded: number): void {
  const now = timestamp();
  const active = podsOf(cluster, job).filter(isActive);
  const ready = active.filter(isReady).length;
  change<Job>(cluster, RESOURCE, objectKey(job), ({ spec, status }) => {
    const conditions: Condition[] = (status.conditions ??= []);
    if (spec.suspend === true)
      setCondition(conditions, { type: 'Suspended', status: 'True', reason: 'JobSuspended' }, now);
    else status.startTime ??= now;
    Object.assign(status, { active: active.length, ready, succeeded });
    for (const name of ['active', 'ready', 'succeeded'] as const) if (status[name] === 0) delete status[name];
    if (succeeded < (spec.completions ?? 1)) return;
    status.completionTime = now;
    const reached = {
      status: 'True',
      reason: 'CompletionsReached',
      message: 'Reached expected number of succeeded pods',
    };
    setCondition(conditions, { type: 'SuccessCriteriaMet', ...reached }, now);
    setCondition(conditions, { type: 'Complete', ...reached }, now);
  });
}
