/** The shape of a cluster as the API shows it. */
import * as z from 'zod';
import { CLUSTER_TYPES } from '../../domain/cluster-definition.js';
import { PHASES } from '../../domain/phase.js';
import { type NodeRecord, type StepRecord, type StepStatus } from '../../domain/step-record.js';
import { resolvedDefinition } from './definition.js';
import { operationKind, operationStatus } from './operation.js';
import { plan } from './plan.js';
import { errorCode } from './problem.js';

const STATUSES = [
  'pending',
  'running',
  'done',
  'overdue',
  'blocked',
  'skipped',
  'failed',
] as const satisfies readonly StepStatus[];

const moment = z.iso.datetime().meta({ description: 'UTC' });

export const node = z
  .object({
    name: z.string(),
    group: z.string(),
    role: z.string(),
    host: z.string().meta({ description: 'Proxmox host' }),
    vmid: z.int().nullable(),
    address: z.string(),
    status: z.string().meta({ description: 'The step that it is at, or `ready`' }),
    ready: z.boolean(),
    version: z.string().nullable().meta({ description: 'Kubelet version, once it has joined' }),
  })
  .meta({ id: 'Node' }) satisfies z.ZodType<NodeRecord>;

export const stepRecord = z
  .object({
    id: z.string(),
    title: z.string(),
    machine: z.string().nullable(),
    status: z.enum(STATUSES).meta({
      description:
        'overdue: past its soft limit and still tried; blocked: waits for a decision, as trying again cannot help',
    }),
    startedAt: moment.nullable(),
    endedAt: moment.nullable(),
    reason: z.string().nullable().meta({ description: 'Why it is overdue, blocked or failed' }),
    remedy: z.string().nullable(),
  })
  .meta({ id: 'StepRecord' }) satisfies z.ZodType<StepRecord>;

export const step = stepRecord
  .extend({
    seconds: z.number().nullable().meta({ description: 'From start to end; null until it has ended' }),
  })
  .meta({ id: 'Step' });
export type StepView = z.infer<typeof step>;

const summaryFields = {
  name: z.string(),
  uid: z.string().meta({ description: 'Tells two clusters of the same name, one after the other, apart' }),
  type: z.enum(CLUSTER_TYPES),
  version: z.string(),
  phase: z.enum(PHASES),
  createdAt: moment,
  updatedAt: moment,
};

export const clusterSummary = z.object(summaryFields).meta({ id: 'ClusterSummary' });
export type ClusterSummaryView = z.infer<typeof clusterSummary>;

export const clusterList = z
  .object({
    items: z.array(clusterSummary).meta({ description: 'Ordered by name' }),
    next: z.string().nullable().meta({ description: '`after` of the next page; null on the last one' }),
  })
  .meta({ id: 'ClusterList' });
export type ClusterListView = z.infer<typeof clusterList>;

export const cluster = z
  .object({
    ...summaryFields,
    stale: z.boolean().meta({ description: 'true: the last known state, as no worker answers' }),
    operation: z
      .object({ id: z.string(), kind: operationKind, status: operationStatus })
      .nullable()
      .meta({ description: 'The newest operation' }),
    definition: resolvedDefinition,
    plan: plan.nullable(),
    nodes: z.array(node),
    steps: z.array(step),
    failure: z.object({ code: errorCode, detail: z.string(), remedy: z.string() }).nullable(),
    timings: z.object({
      startedAt: moment,
      readyAt: moment.nullable(),
      seconds: z.number().nullable().meta({ description: 'From start to READY; null until then' }),
    }),
  })
  .meta({ id: 'Cluster' });
export type ClusterView = z.infer<typeof cluster>;
