/** Columns of what makes pods. */
import { selectorOf, formatLabelSelector, type LabelSelectorObject } from '../model/label-selector.js';
import {
  hasCondition,
  type DaemonSet,
  type Deployment,
  type Job,
  type PodTemplate,
  type StatefulSet,
} from '../model/workloads.js';
import type { KubeObject } from '../model/kube-object.js';
import {
  age,
  AGE,
  column,
  duration,
  field,
  integer,
  joined,
  keysAndValues,
  NAME,
  wide,
  type Column,
} from './column.js';

interface Templated extends KubeObject {
  spec: { template?: PodTemplate; selector?: unknown };
}

const CONTAINERS = wide(
  column<Templated>('Containers', ({ spec }) => joined(containersOf(spec).map(({ name }) => name))),
);
const IMAGES = wide(
  column<Templated>('Images', ({ spec }) => joined(containersOf(spec).map(({ image }) => image ?? ''))),
);
const SELECTOR = wide(
  column<Templated>('Selector', ({ spec }) => {
    const text = formatLabelSelector(selectorOf(spec.selector as LabelSelectorObject | undefined) ?? []);
    return text === '' ? '<none>' : text;
  }),
);
const DETAILS = [CONTAINERS, IMAGES, SELECTOR];

export const DEPLOYMENT_COLUMNS: readonly Column[] = [
  NAME,
  column<Deployment>('Ready', ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas ?? 1}`),
  integer('Up-to-date', 'status.updatedReplicas'),
  integer('Available', 'status.availableReplicas'),
  AGE,
  ...DETAILS,
];

export const REPLICA_SET_COLUMNS: readonly Column[] = [
  NAME,
  integer('Desired', 'spec.replicas'),
  integer('Current', 'status.replicas'),
  integer('Ready', 'status.readyReplicas'),
  AGE,
  ...DETAILS,
];

export const REPLICATION_CONTROLLER_COLUMNS: readonly Column[] = [
  ...REPLICA_SET_COLUMNS.slice(0, -1),
  wide(
    column<Templated>('Selector', ({ spec }) =>
      keysAndValues(spec.selector as Record<string, string> | undefined),
    ),
  ),
];

export const DAEMON_SET_COLUMNS: readonly Column[] = [
  NAME,
  integer('Desired', 'status.desiredNumberScheduled'),
  integer('Current', 'status.currentNumberScheduled'),
  integer('Ready', 'status.numberReady'),
  integer('Up-to-date', 'status.updatedNumberScheduled'),
  integer('Available', 'status.numberAvailable'),
  column<DaemonSet>('Node Selector', ({ spec }) => keysAndValues(spec.template.spec?.nodeSelector)),
  AGE,
  ...DETAILS,
];

export const STATEFUL_SET_COLUMNS: readonly Column[] = [
  NAME,
  column<StatefulSet>('Ready', ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas ?? 1}`),
  AGE,
  CONTAINERS,
  IMAGES,
];

export const JOB_COLUMNS: readonly Column[] = [
  NAME,
  column<Job>('Status', (job) => {
    if (hasCondition(job, 'Complete')) return 'Complete';
    if (hasCondition(job, 'Failed')) return 'Failed';
    return hasCondition(job, 'Suspended') ? 'Suspended' : 'Running';
  }),
  column<Job>('Completions', ({ spec, status }) => `${status.succeeded ?? 0}/${spec.completions ?? 1}`),
  column<Job>('Duration', ({ status }) => {
    if (status.startTime === undefined) return '';
    const end = status.completionTime === undefined ? Date.now() : Date.parse(status.completionTime);
    return duration(end - Date.parse(status.startTime));
  }),
  AGE,
  ...DETAILS,
];

export const CRON_JOB_COLUMNS: readonly Column[] = [
  NAME,
  field('Schedule', 'spec.schedule'),
  field('Timezone', 'spec.timeZone'),
  {
    name: 'Suspend',
    cell: ({ spec }) => ((spec as { suspend?: boolean }).suspend === true ? 'True' : 'False'),
  },
  {
    name: 'Active',
    type: 'integer',
    cell: ({ status }) => ((status as { active?: unknown[] } | undefined)?.active ?? []).length,
  },
  {
    name: 'Last Schedule',
    cell: ({ status }) => {
      const last = (status as { lastScheduleTime?: string } | undefined)?.lastScheduleTime;
      return last === undefined ? '<none>' : age(last);
    },
  },
  AGE,
];

function containersOf({ template }: Templated['spec']): { name: string; image?: string }[] {
  return template?.spec?.containers ?? [];
}
