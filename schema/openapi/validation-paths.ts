/** The addresses of validations. */
import {
  BODY_ERRORS,
  COMMON_ERRORS,
  jsonAnswer,
  jsonBody,
  locationOf,
  ORCHESTRATION_ERRORS,
  parameterRef,
  type Paths,
  problemAnswers,
} from './operation.js';

const LOCATION = locationOf('Address of the validation');

export const VALIDATION_PATHS: Paths = {
  '/api/v1/clusters/{name}/validate': {
    post: {
      operationId: 'validateCluster',
      summary: 'Look whether a cluster is sound',
      description:
        'May run beside other operations. Without `remediateIssues` nothing of the cluster is changed but for a workload that is run for a moment and removed again.',
      tags: ['clusters'],
      parameters: [parameterRef('ClusterName'), parameterRef('IdempotencyKey')],
      requestBody: { ...jsonBody('ValidationRequest'), required: false },
      responses: {
        '202': jsonAnswer('It has begun', 'ValidationAccepted', LOCATION),
        ...problemAnswers([
          ...BODY_ERRORS,
          'CLUSTER_NOT_FOUND',
          'PHASE_CONFLICT',
          'IDEMPOTENCY_KEY_REUSED',
          ...ORCHESTRATION_ERRORS,
          ...COMMON_ERRORS,
        ]),
      },
    },
  },
  '/api/v1/clusters/{name}/validations': {
    get: {
      operationId: 'listValidations',
      summary: 'List validations of a cluster',
      description: 'The latest hundred are kept.',
      tags: ['clusters'],
      parameters: [
        parameterRef('ClusterName'),
        parameterRef('ValidationLimit'),
        parameterRef('BeforeNumber'),
      ],
      responses: {
        '200': jsonAnswer('A page of validations', 'ValidationList'),
        ...problemAnswers(['INVALID_REQUEST', 'CLUSTER_NOT_FOUND', ...COMMON_ERRORS]),
      },
    },
  },
  '/api/v1/clusters/{name}/validations/{id}': {
    get: {
      operationId: 'getValidation',
      summary: 'Show what a validation found',
      tags: ['clusters'],
      parameters: [parameterRef('ClusterName'), parameterRef('OperationId')],
      responses: {
        '200': jsonAnswer('The validation', 'ValidationResult'),
        ...problemAnswers(['VALIDATION_NOT_FOUND', ...COMMON_ERRORS]),
      },
    },
  },
};
