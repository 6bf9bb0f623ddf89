/** Which columns the tables of each kind have. */
import { resourceId, type PrinterColumn, type ResourceKind } from '../registry/resource-kind.js';
import { age, AGE, NAME, type Cell, type Column } from './column.js';
import {
  BINDING_COLUMNS,
  CERTIFICATE_REQUEST_COLUMNS,
  CLAIM_COLUMNS,
  CONFIG_MAP_COLUMNS,
  DEFINITION_COLUMNS,
  DISRUPTION_BUDGET_COLUMNS,
  EVENT_COLUMNS,
  INGRESS_CLASS_COLUMNS,
  LEASE_COLUMNS,
  NAMESPACE_COLUMNS,
  NETWORK_POLICY_COLUMNS,
  PRIORITY_COLUMNS,
  REVISION_COLUMNS,
  ROLE_COLUMNS,
  SECRET_COLUMNS,
  SERVICE_ACCOUNT_COLUMNS,
  STORAGE_CLASS_COLUMNS,
  VOLUME_COLUMNS,
} from './configuration-columns.js';
import { valuesAtJsonPath } from './json-path.js';
import { NODE_COLUMNS } from './node-columns.js';
import { POD_COLUMNS } from './pod-columns.js';
import {
  ENDPOINT_SLICE_COLUMNS,
  ENDPOINTS_COLUMNS,
  INGRESS_COLUMNS,
  SERVICE_COLUMNS,
} from './service-columns.js';
import {
  CRON_JOB_COLUMNS,
  DAEMON_SET_COLUMNS,
  DEPLOYMENT_COLUMNS,
  JOB_COLUMNS,
  REPLICA_SET_COLUMNS,
  REPLICATION_CONTROLLER_COLUMNS,
  STATEFUL_SET_COLUMNS,
} from './workload-columns.js';

const COLUMNS: ReadonlyMap<string, readonly Column[]> = new Map(
  Object.entries({
    nodes: NODE_COLUMNS,
    pods: POD_COLUMNS,
    namespaces: NAMESPACE_COLUMNS,
    services: SERVICE_COLUMNS,
    endpoints: ENDPOINTS_COLUMNS,
    configmaps: CONFIG_MAP_COLUMNS,
    secrets: SECRET_COLUMNS,
    serviceaccounts: SERVICE_ACCOUNT_COLUMNS,
    events: EVENT_COLUMNS,
    'events.events.k8s.io': EVENT_COLUMNS,
    persistentvolumes: VOLUME_COLUMNS,
    persistentvolumeclaims: CLAIM_COLUMNS,
    replicationcontrollers: REPLICATION_CONTROLLER_COLUMNS,
    'deployments.apps': DEPLOYMENT_COLUMNS,
    'replicasets.apps': REPLICA_SET_COLUMNS,
    'daemonsets.apps': DAEMON_SET_COLUMNS,
    'statefulsets.apps': STATEFUL_SET_COLUMNS,
    'controllerrevisions.apps': REVISION_COLUMNS,
    'jobs.batch': JOB_COLUMNS,
    'cronjobs.batch': CRON_JOB_COLUMNS,
    'poddisruptionbudgets.policy': DISRUPTION_BUDGET_COLUMNS,
    'leases.coordination.k8s.io': LEASE_COLUMNS,
    'endpointslices.discovery.k8s.io': ENDPOINT_SLICE_COLUMNS,
    'ingresses.networking.k8s.io': INGRESS_COLUMNS,
    'ingressclasses.networking.k8s.io': INGRESS_CLASS_COLUMNS,
    'networkpolicies.networking.k8s.io': NETWORK_POLICY_COLUMNS,
    'storageclasses.storage.k8s.io': STORAGE_CLASS_COLUMNS,
    'priorityclasses.scheduling.k8s.io': PRIORITY_COLUMNS,
    'roles.rbac.authorization.k8s.io': ROLE_COLUMNS,
    'clusterroles.rbac.authorization.k8s.io': ROLE_COLUMNS,
    'rolebindings.rbac.authorization.k8s.io': BINDING_COLUMNS,
    'clusterrolebindings.rbac.authorization.k8s.io': BINDING_COLUMNS,
    'customresourcedefinitions.apiextensions.k8s.io': DEFINITION_COLUMNS,
    'certificatesigningrequests.certificates.k8s.io': CERTIFICATE_REQUEST_COLUMNS,
  }),
);

const GENERIC: readonly Column[] = [NAME, AGE];

export function columnsOf(kind: ResourceKind): readonly Column[] {
  if (kind.custom === undefined) return COLUMNS.get(resourceId(kind.group, kind.plural)) ?? GENERIC;
  return kind.custom.columns.length === 0 ? GENERIC : [NAME, ...kind.custom.columns.map(definedColumn)];
}

function definedColumn({ name, type, jsonPath, format, description, priority }: PrinterColumn): Column {
  return {
    name,
    type,
    ...(format === undefined ? {} : { format }),
    ...(description === undefined ? {} : { description }),
    ...(priority === undefined ? {} : { priority }),
    cell: (object) => {
      const values = valuesAtJsonPath(object, jsonPath);
      const [value] = values;
      if (type === 'date') return typeof value === 'string' ? age(value) : '<unknown>';
      if (type === 'string' && values.length > 1) return values.map(textOf).join(',');
      return value === undefined ? null : cellOf(value);
    },
  };
}

function cellOf(value: unknown): Cell {
  return typeof value === 'number' || typeof value === 'boolean' ? value : textOf(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
