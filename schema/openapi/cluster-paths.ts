/** The addresses of clusters and their operations. */
import type { ErrorCode } from '../../domain/errors.js';
import {
  BODY_ERRORS,
  COMMON_ERRORS,
  jsonAnswer,
  jsonBody,
  OPERATION_LOCATION,
  ORCHESTRATION_ERRORS,
  parameterRef,
  type Paths,
  problemAnswers,
} from './operation.js';

/** What a plan can run into while it looks at Proxmox VE and at the leases. */
const PLANNING_ERRORS: readonly ErrorCode[] = [
  'PLATFORM_NOT_AVAILABLE',
  'PLAN_INFEASIBLE',
  'ADDRESSES_EXHAUSTED',
  'VMIDS_EXHAUSTED',
  'TEMPLATE_NOT_FOUND',
  'PROXMOX_UNREACHABLE',
  'PROXMOX_CERTIFICATE_MISMATCH',
  'PROXMOX_UNAUTHENTICATED',
  'PROXMOX_PERMISSION',
  'PROXMOX_REJECTED',
  'PROXMOX_FAILED',
];

export const CLUSTER_PATHS: Paths = {
  '/api/v1/clusters/provision': {
    post: {
      operationId: 'provisionCluster',
      summary: 'Make a cluster',
      description:
        'Checks the definition and plans it, starts the run and answers; the run goes on by itself.',
      tags: ['clusters'],
      parameters: [parameterRef('IdempotencyKey')],
      requestBody: jsonBody('ClusterDefinition'),
      responses: {
        '202': jsonAnswer('The run has begun', 'Accepted', OPERATION_LOCATION),
        ...problemAnswers([
          ...BODY_ERRORS,
          'CLUSTER_EXISTS',
          'CLUSTER_BUSY',
          'IDEMPOTENCY_KEY_REUSED',
          ...PLANNING_ERRORS,
          ...ORCHESTRATION_ERRORS,
          ...COMMON_ERRORS,
        ]),
      },
    },
  },
  '/api/v1/clusters/plan': {
    post: {
      operationId: 'planCluster',
      summary: 'Show what a provision would do',
      description: 'Takes the same body as a provision. Nothing is made, leased or started.',
      tags: ['clusters'],
      requestBody: jsonBody('ClusterDefinition'),
      responses: {
        '200': jsonAnswer('The plan', 'PlanAnswer'),
        ...problemAnswers([...BODY_ERRORS, ...PLANNING_ERRORS, ...ORCHESTRATION_ERRORS, ...COMMON_ERRORS]),
      },
    },
  },
  '/api/v1/clusters/preflight': {
    post: {
      operationId: 'checkCluster',
      summary: 'Look at all that a provision would need',
      description:
        'Takes the same body as a provision. Privileges, quorum, clocks, storages, bridges, images and addresses are looked at; nothing is made, leased or started.',
      tags: ['clusters'],
      requestBody: jsonBody('ClusterDefinition'),
      responses: {
        '200': jsonAnswer('What was found', 'PreflightAnswer'),
        ...problemAnswers([...BODY_ERRORS, ...ORCHESTRATION_ERRORS, ...COMMON_ERRORS]),
      },
    },
  },
  '/api/v1/clusters': {
    get: {
      operationId: 'listClusters',
      summary: 'List the clusters',
      tags: ['clusters'],
      parameters: [parameterRef('Limit'), parameterRef('After'), parameterRef('IncludeGone')],
      responses: {
        '200': jsonAnswer('One page of them', 'ClusterList'),
        ...problemAnswers(['INVALID_REQUEST', ...COMMON_ERRORS]),
      },
    },
  },
  '/api/v1/clusters/{name}': {
    get: {
      operationId: 'getCluster',
      summary: 'Show a cluster with its nodes and steps',
      tags: ['clusters'],
      parameters: [parameterRef('ClusterName')],
      responses: {
        '200': jsonAnswer('The cluster; `stale` when it is the last known state', 'Cluster'),
        ...problemAnswers(['CLUSTER_NOT_FOUND', ...COMMON_ERRORS]),
      },
    },
    delete: {
      operationId: 'decommissionCluster',
      summary: 'Remove a cluster and all that it has',
      tags: ['clusters'],
      parameters: [parameterRef('ClusterName'), parameterRef('Confirm'), parameterRef('IdempotencyKey')],
      responses: {
        '202': jsonAnswer('The run has begun', 'Accepted', OPERATION_LOCATION),
        ...problemAnswers([
          'INVALID_REQUEST',
          'CLUSTER_NOT_FOUND',
          'CLUSTER_PROTECTED',
          'CLUSTER_BUSY',
          'PHASE_CONFLICT',
          'IDEMPOTENCY_KEY_REUSED',
          ...ORCHESTRATION_ERRORS,
          ...COMMON_ERRORS,
        ]),
      },
    },
  },
  '/api/v1/clusters/{name}/kubeconfig': {
    get: {
      operationId: 'getKubeconfig',
      summary: "Get the administrator's kubeconfig",
      tags: ['clusters'],
      parameters: [parameterRef('ClusterName')],
      responses: {
        '200': {
          description: 'A kubeconfig that gives full access to the cluster',
          content: { 'application/yaml': { schema: { type: 'string' } } },
        },
        ...problemAnswers([
          'CLUSTER_NOT_FOUND',
          'KUBECONFIG_NOT_READY',
          'SECRET_UNREADABLE',
          ...COMMON_ERRORS,
        ]),
      },
    },
  },
  '/api/v1/clusters/{name}/scrape-targets': {
    get: {
      operationId: 'listScrapeTargets',
      summary: 'List the exporters of a cluster, for the service discovery of Prometheus',
      description:
        'Empty without a service of type MONITORING. An error lets Prometheus keep the list that it has.',
      tags: ['clusters'],
      parameters: [parameterRef('ClusterName'), parameterRef('DiscoveryFormat')],
      responses: {
        '200': jsonAnswer('The exporters of the nodes that have joined', 'ScrapeTargetList'),
        ...problemAnswers([
          'INVALID_REQUEST',
          'CLUSTER_NOT_FOUND',
          ...ORCHESTRATION_ERRORS,
          ...COMMON_ERRORS,
        ]),
      },
    },
  },
  '/api/v1/clusters/{name}/steps/{step}': {
    post: {
      operationId: 'decideStep',
      summary: 'Decide on a step that waits',
      tags: ['clusters'],
      parameters: [parameterRef('ClusterName'), parameterRef('Step')],
      requestBody: jsonBody('StepDecision'),
      responses: {
        '200': jsonAnswer('The step after the decision', 'StepRecord'),
        ...problemAnswers([
          ...BODY_ERRORS,
          'CLUSTER_NOT_FOUND',
          'STEP_NOT_WAITING',
          'STEP_NOT_SKIPPABLE',
          ...ORCHESTRATION_ERRORS,
          ...COMMON_ERRORS,
        ]),
      },
    },
  },
  '/api/v1/operations/{id}': {
    get: {
      operationId: 'getOperation',
      summary: 'Show an operation',
      tags: ['operations'],
      parameters: [parameterRef('OperationId')],
      responses: {
        '200': jsonAnswer('The operation', 'Operation'),
        ...problemAnswers(['OPERATION_NOT_FOUND', ...COMMON_ERRORS]),
      },
    },
  },
};
