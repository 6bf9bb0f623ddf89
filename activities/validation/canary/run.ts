/** Runs the workload, and looks at each thing that it needs of the cluster in turn. */
import { BatchV1Api, AppsV1Api, CoreV1Api, NetworkingV1Api, type KubeConfig } from '@kubernetes/client-node';
import { fail } from '../../../domain/errors.js';
import type { CanaryFacts, CanaryStep } from '../../../domain/validation/facts/canary.js';
import { isNotFound } from '../../kubernetes/client.js';
import { problemOf } from '../../kubernetes/services/availability.js';
import { FIELD_MANAGER } from '../../kubernetes/services/labels.js';
import { httpProbe } from './http-probe.js';
import {
  canaryDeployment,
  canaryIngress,
  canaryNamespace,
  canaryService,
  DEPLOYMENT,
  INGRESS,
  LOOK_UP,
  lookUpJob,
  type Canary,
} from './objects.js';
import { within } from './within.js';

export interface CanaryRun {
  readonly config: KubeConfig;
  readonly canary: Canary;
  /** Whether there is somebody who would serve its Ingress. */
  readonly hasIngress: boolean;
  /** Where an Ingress answers when it does not say so itself. */
  readonly nodeAddresses: readonly string[];
  readonly proxyUrl: string | null;
  readonly ingressPort: number;
  /** How long each step may take. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

const CONFLICT = 409;
const MOST_ADDRESSES = 3;
const PROBE_TIMEOUT_MS = 5_000;

type Steps = Omit<CanaryFacts, 'canaryRemoved'>;

export async function runCanary(run: CanaryRun): Promise<Steps> {
  await makeObjects(run);
  const canaryScheduled = await within(run, 'it runs', () => schedulingObjection(run));
  if (canaryScheduled.kind !== 'done') {
    const detail = 'it does not run';
    return {
      canaryScheduled,
      canaryResolved: { kind: 'not-tried', detail },
      canaryIngress: run.hasIngress ? { kind: 'not-tried', detail } : NO_INGRESS,
    };
  }
  const resolved = await within(run, 'its service was found and took a connection', () =>
    lookUpObjection(run),
  );
  const reached = run.hasIngress
    ? await within(run, 'it answered through its Ingress', () => ingressObjection(run))
    : NO_INGRESS;
  return { canaryScheduled, canaryResolved: resolved, canaryIngress: reached };
}

const NO_INGRESS: CanaryStep = { kind: 'none', detail: 'the cluster has no IngressClass' };

async function makeObjects({ config, canary, hasIngress }: CanaryRun): Promise<void> {
  const { namespace } = canary;
  const core = config.makeApiClient(CoreV1Api);
  await made(() => core.createNamespace({ body: canaryNamespace(canary) }));
  const found = await core.readNamespace({ name: namespace });
  if (found.metadata?.labels?.['app.kubernetes.io/managed-by'] !== FIELD_MANAGER)
    throw fail('CLUSTER_OBJECT_TAKEN', `the namespace ${namespace} is somebody else’s`);
  await made(() =>
    config.makeApiClient(AppsV1Api).createNamespacedDeployment({ namespace, body: canaryDeployment(canary) }),
  );
  await made(() => core.createNamespacedService({ namespace, body: canaryService(canary) }));
  if (hasIngress) {
    await made(() =>
      config
        .makeApiClient(NetworkingV1Api)
        .createNamespacedIngress({ namespace, body: canaryIngress(canary) }),
    );
  }
}

/** Another attempt may have made it. */
async function made(create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if ((error as { code?: unknown }).code !== CONFLICT) throw error;
  }
}

async function schedulingObjection({ config, canary }: CanaryRun): Promise<string | null> {
  const { namespace } = canary;
  const { status } = await config
    .makeApiClient(AppsV1Api)
    .readNamespacedDeployment({ namespace, name: DEPLOYMENT });
  if ((status?.availableReplicas ?? 0) > 0) return null;
  const { items } = await config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace });
  return items.flatMap((pod) => problemOf(pod) ?? [])[0] ?? 'its pod is not ready yet';
}

async function lookUpObjection({ config, canary }: CanaryRun): Promise<string | null> {
  const { namespace } = canary;
  const api = config.makeApiClient(BatchV1Api);
  try {
    const { status } = await api.readNamespacedJob({ namespace, name: LOOK_UP });
    if ((status?.succeeded ?? 0) > 0) return null;
    const failed = status?.conditions?.find(({ type, status: is }) => type === 'Failed' && is === 'True');
    return failed === undefined
      ? `its service is not found yet (${status?.failed ?? 0} attempts failed)`
      : `its service is not found: ${failed.message ?? failed.reason ?? 'every attempt failed'}`;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await made(() => api.createNamespacedJob({ namespace, body: lookUpJob(canary) }));
    return 'it is being looked for';
  }
}

async function ingressObjection(run: CanaryRun): Promise<string | null> {
  const { config, canary, nodeAddresses, proxyUrl, ingressPort: port, signal } = run;
  const { namespace, hostName } = canary;
  const { status } = await config
    .makeApiClient(NetworkingV1Api)
    .readNamespacedIngress({ namespace, name: INGRESS });
  const told = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []);
  const addresses = [...new Set([...told, ...nodeAddresses])].slice(0, MOST_ADDRESSES);
  const objections: string[] = [];
  for (const address of addresses) {
    const how = { address, port, hostName, proxyUrl, signal, path: '/hostname', timeoutMs: PROBE_TIMEOUT_MS };
    const objection = await probeObjection(how);
    if (objection === null) return null;
    objections.push(`${address}:${port} ${objection}`);
  }
  return objections.length === 0 ? 'there is no address to ask' : objections.join('; ');
}

async function probeObjection(probe: Parameters<typeof httpProbe>[0]): Promise<string | null> {
  try {
    const { status, body } = await httpProbe(probe);
    // The pod answers with its name: anybody else may answer 200 as well.
    if (status === 200 && body.startsWith(`${DEPLOYMENT}-`)) return null;
    return `answers ${status}`;
  } catch (error) {
    probe.signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}
