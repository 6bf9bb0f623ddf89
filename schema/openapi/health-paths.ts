/** The addresses of the health of clusters. */
import {
  BODY_ERRORS,
  COMMON_ERRORS,
  jsonAnswer,
  jsonBody,
  ORCHESTRATION_ERRORS,
  parameterRef,
  type Paths,
  problemAnswers,
} from './operation.js';

export const HEALTH_PATHS: Paths = {
  '/api/v1/clusters/{name}/health': {
    get: {
      operationId: 'getClusterHealth',
      summary: 'Show which machines are unwell, and what was decided about them',
      tags: ['clusters'],
      parameters: [parameterRef('ClusterName')],
      responses: {
        '200': jsonAnswer('What the last look saw, and the last decisions', 'ClusterHealth'),
        ...problemAnswers(['CLUSTER_NOT_FOUND', ...COMMON_ERRORS]),
      },
    },
  },
  '/api/v1/clusters/{name}/health/check': {
    post: {
      operationId: 'checkClusterHealth',
      summary: 'Look at the machines of a cluster now',
      description: 'What is due is done, as in each look of the schedule; with `dryRun` it is only said.',
      tags: ['clusters'],
      parameters: [parameterRef('ClusterName')],
      requestBody: { ...jsonBody('HealthCheckRequest'), required: false },
      responses: {
        '200': jsonAnswer('What was seen and decided', 'HealthCheck'),
        ...problemAnswers([
          ...BODY_ERRORS,
          'CLUSTER_NOT_FOUND',
          'PHASE_CONFLICT',
          ...ORCHESTRATION_ERRORS,
          ...COMMON_ERRORS,
        ]),
      },
    },
  },
  '/api/v1/clusters/{name}/health-policy': {
    get: {
      operationId: 'getHealthPolicy',
      summary: 'Show how a cluster is looked after',
      tags: ['clusters'],
      parameters: [parameterRef('ClusterName')],
      responses: {
        '200': jsonAnswer('The policy', 'HealthPolicy'),
        ...problemAnswers(['CLUSTER_NOT_FOUND', ...COMMON_ERRORS]),
      },
    },
    put: {
      operationId: 'putHealthPolicy',
      summary: 'Say how a cluster is looked after',
      tags: ['clusters'],
      parameters: [parameterRef('ClusterName')],
      requestBody: jsonBody('HealthPolicyRequest'),
      responses: {
        '200': jsonAnswer('The policy, from now on', 'HealthPolicy'),
        ...problemAnswers([...BODY_ERRORS, 'CLUSTER_NOT_FOUND', ...ORCHESTRATION_ERRORS, ...COMMON_ERRORS]),
      },
    },
  },
};
