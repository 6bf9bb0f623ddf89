/** A gate that is open once a Job has succeeded. */
import { createHash } from 'node:crypto';
import { BatchV1Api, CoreV1Api, type KubeConfig, type V1Job } from '@kubernetes/client-node';
import { fail } from '../../domain/errors.js';
import type { JobGate } from '../../domain/upgrade/upgrade-gate.js';
import { isNotFound, kubernetesError } from '../kubernetes/client.js';
import { FIELD_MANAGER, ourLabels } from '../kubernetes/services/labels.js';

export interface GateJob {
  readonly gate: JobGate;
  readonly machine: string;
  readonly subject: string;
}

const COMPONENT = 'upgrade-gate';

/**
 * Makes the Job where it is not there yet.
 * @returns why it has not succeeded yet; `null` when it has.
 * @throws `UPGRADE_GATE_FAILED` when it has failed, `KUBERNETES_UNREACHABLE`, `KUBERNETES_REJECTED`
 */
export async function jobObjection(config: KubeConfig, job: GateJob): Promise<string | null> {
  const { namespace } = job.gate;
  const name = jobName(job);
  const found = (await readJob(config, job)) ?? (await makeJob(config, job));
  if (hasCondition(found, 'Complete')) return null;
  const failed = found.status?.conditions?.find(({ type, status }) => type === 'Failed' && status === 'True');
  if (failed === undefined) return `the Job ${namespace}/${name} has not succeeded yet`;
  const said = await lastWords(config, job);
  throw fail('UPGRADE_GATE_FAILED', `the Job ${namespace}/${name} failed: ${said ?? failed.message ?? ''}`);
}

/** Its pods go with it. One that is not there is gone. */
export async function removeJob(config: KubeConfig, job: GateJob): Promise<void> {
  const { namespace } = job.gate;
  try {
    await config
      .makeApiClient(BatchV1Api)
      .deleteNamespacedJob({ name: jobName(job), namespace, propagationPolicy: 'Background' });
  } catch {
    // It is gone, or ends by itself after its time: the gate is decided whatever becomes of it.
  }
}

function jobName({ subject }: GateJob): string {
  return `${COMPONENT}-${createHash('sha256').update(subject).digest('hex').slice(0, 20)}`;
}

async function readJob(config: KubeConfig, job: GateJob): Promise<V1Job | undefined> {
  try {
    const { namespace } = job.gate;
    return await config.makeApiClient(BatchV1Api).readNamespacedJob({ name: jobName(job), namespace });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw kubernetesError(error);
  }
}

async function makeJob(config: KubeConfig, job: GateJob): Promise<V1Job> {
  const { gate, machine } = job;
  const { namespace, image, command, timeoutSeconds } = gate;
  const labels = ourLabels(FIELD_MANAGER, COMPONENT);
  const body: V1Job = {
    metadata: { name: jobName(job), namespace, labels },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: timeoutSeconds,
      ttlSecondsAfterFinished: timeoutSeconds,
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: 'Never',
          containers: [
            {
              ...{ name: 'gate', image, command: [...command] },
              env: [{ name: 'NODE_NAME', value: machine }],
              terminationMessagePolicy: 'FallbackToLogsOnError',
            },
          ],
        },
      },
    },
  };
  try {
    return await config
      .makeApiClient(BatchV1Api)
      .createNamespacedJob({ namespace, body, fieldManager: FIELD_MANAGER });
  } catch (error) {
    throw kubernetesError(error);
  }
}

/** What its container said last. */
async function lastWords(config: KubeConfig, job: GateJob): Promise<string | undefined> {
  try {
    const { items } = await config.makeApiClient(CoreV1Api).listNamespacedPod({
      namespace: job.gate.namespace,
      labelSelector: `batch.kubernetes.io/job-name=${jobName(job)}`,
    });
    const ended = items.flatMap(({ status }) => status?.containerStatuses?.[0]?.state?.terminated ?? []);
    return ended.at(-1)?.message?.trim();
  } catch {
    return undefined;
  }
}

function hasCondition({ status }: V1Job, wanted: string): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === wanted && is === 'True') ?? false;
}
