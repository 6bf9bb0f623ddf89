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
};
