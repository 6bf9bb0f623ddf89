/** The addresses of what is done to a cluster that is there, and of the list of all that was. */
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

const PAUSE_ANSWERS = {
  '202': jsonAnswer('It was told', 'Accepted', OPERATION_LOCATION),
  ...problemAnswers([
    'OPERATION_NOT_FOUND',
    'OPERATION_OVER',
    'OPERATION_NOT_PAUSABLE',
    'CLUSTER_NOT_FOUND',
    ...ORCHESTRATION_ERRORS,
    ...COMMON_ERRORS,
  ]),
};

export const OPERATION_PATHS: Paths = {
  '/api/v1/clusters/{name}/scale': {
    put: {
      operationId: 'scaleCluster',
      summary: 'Bring a node group to another number of machines',
      description:
        'Waits for the operations before it. A failure leaves the cluster READY, with the machines that it then has in its definition.',
      tags: ['clusters'],
      parameters: [parameterRef('ClusterName'), parameterRef('IdempotencyKey')],
      requestBody: jsonBody('ScaleRequest'),
      responses: {
        '202': jsonAnswer('The run has begun, or waits for its turn', 'Accepted', OPERATION_LOCATION),
        ...problemAnswers([
          ...BODY_ERRORS,
          'CLUSTER_NOT_FOUND',
          'NODE_GROUP_NOT_FOUND',
          'SCALE_REFUSED',
          'PHASE_CONFLICT',
          'IDEMPOTENCY_KEY_REUSED',
          ...ORCHESTRATION_ERRORS,
          ...COMMON_ERRORS,
        ]),
      },
    },
  },
  '/api/v1/clusters/{name}/upgrade': {
    post: {
      operationId: 'upgradeCluster',
      summary: 'Bring a cluster to another version',
      description:
        'Waits for the operations before it. A failure leaves the cluster READY; its version is the oldest of its control plane then. Asking for the same again goes on with it.',
      tags: ['clusters'],
      parameters: [parameterRef('ClusterName'), parameterRef('IdempotencyKey')],
      requestBody: jsonBody('UpgradeRequest'),
      responses: {
        '202': jsonAnswer('The run has begun, or waits for its turn', 'Accepted', OPERATION_LOCATION),
        ...problemAnswers([
          ...BODY_ERRORS,
          'CLUSTER_NOT_FOUND',
          'UPGRADE_NOT_AVAILABLE',
          'UPGRADE_REFUSED',
          'UPGRADE_HOP_MISSING',
          'PHASE_CONFLICT',
          'IDEMPOTENCY_KEY_REUSED',
          ...ORCHESTRATION_ERRORS,
          ...COMMON_ERRORS,
        ]),
      },
    },
  },
  '/api/v1/clusters/{name}/restore': {
    post: {
      operationId: 'restoreCluster',
      summary: 'Set a cluster back to the state of a backup',
      description:
        'On the machines that there are, and on new ones of the same names and addresses for those that are lost, even all. Nothing is touched before the backup is read back and proved. What is replaced on a machine is kept there.',
      tags: ['clusters'],
      parameters: [parameterRef('ClusterName'), parameterRef('IdempotencyKey')],
      requestBody: { ...jsonBody('RestoreRequest'), required: false },
      responses: {
        '202': jsonAnswer('The run has begun, or waits for its turn', 'Accepted', OPERATION_LOCATION),
        ...problemAnswers([
          ...BODY_ERRORS,
          'CLUSTER_NOT_FOUND',
          'BACKUP_NOT_FOUND',
          'BACKUP_BUSY',
          'RESTORE_NOT_POSSIBLE',
          'PHASE_CONFLICT',
          'IDEMPOTENCY_KEY_REUSED',
          ...ORCHESTRATION_ERRORS,
          ...COMMON_ERRORS,
        ]),
      },
    },
  },
  '/api/v1/operations': {
    get: {
      operationId: 'listOperations',
      summary: 'List the operations, newest first',
      tags: ['operations'],
      parameters: [parameterRef('Limit'), parameterRef('OfCluster'), parameterRef('Before')],
      responses: {
        '200': jsonAnswer('One page of them', 'OperationList'),
        ...problemAnswers(['INVALID_REQUEST', 'OPERATION_NOT_FOUND', ...COMMON_ERRORS]),
      },
    },
  },
  '/api/v1/operations/{id}/cancel': {
    post: {
      operationId: 'cancelOperation',
      summary: 'Cancel an operation that runs or waits for its turn',
      description:
        'One that runs stops where the cluster is whole, which may take a while. Neither the making of a cluster nor its end is cancelled.',
      tags: ['operations'],
      parameters: [parameterRef('OperationId')],
      responses: {
        '202': jsonAnswer('It was told', 'Accepted', OPERATION_LOCATION),
        ...problemAnswers([
          'OPERATION_NOT_FOUND',
          'OPERATION_OVER',
          'PHASE_CONFLICT',
          'CLUSTER_NOT_FOUND',
          ...ORCHESTRATION_ERRORS,
          ...COMMON_ERRORS,
        ]),
      },
    },
  },
  '/api/v1/operations/{id}/pause': {
    post: {
      operationId: 'pauseOperation',
      summary: 'Have an upgrade touch nothing more',
      description:
        'What is begun on a machine is brought to its end. Pausing what is paused changes nothing.',
      tags: ['operations'],
      parameters: [parameterRef('OperationId')],
      responses: PAUSE_ANSWERS,
    },
  },
  '/api/v1/operations/{id}/resume': {
    post: {
      operationId: 'resumeOperation',
      summary: 'Have an upgrade that is paused go on',
      description: 'Resuming what goes on changes nothing.',
      tags: ['operations'],
      parameters: [parameterRef('OperationId')],
      responses: PAUSE_ANSWERS,
    },
  },
};
