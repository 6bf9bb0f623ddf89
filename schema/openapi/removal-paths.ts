/** The addresses of what guards a cluster's end, and of what attests it. */
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

export const REMOVAL_PATHS: Paths = {
  '/api/v1/clusters/{name}/protection': {
    put: {
      operationId: 'protectCluster',
      summary: 'Protect a cluster against removal, or take the protection off',
      tags: ['clusters'],
      parameters: [parameterRef('ClusterName')],
      requestBody: jsonBody('ProtectionRequest'),
      responses: {
        '200': jsonAnswer('Whether it is protected from now on', 'Protection'),
        ...problemAnswers([...BODY_ERRORS, 'CLUSTER_NOT_FOUND', ...ORCHESTRATION_ERRORS, ...COMMON_ERRORS]),
      },
    },
  },
  '/api/v1/clusters/{name}/removals': {
    get: {
      operationId: 'listRemovals',
      summary: 'List the certificates of removal of all clusters that had this name',
      tags: ['clusters'],
      parameters: [parameterRef('ClusterName')],
      responses: {
        '200': jsonAnswer('The certificates; none while no cluster of the name was removed', 'RemovalList'),
        ...problemAnswers(COMMON_ERRORS),
      },
    },
  },
  '/api/v1/removals/{id}': {
    get: {
      operationId: 'getRemoval',
      summary: 'Show a certificate of removal',
      tags: ['clusters'],
      parameters: [parameterRef('OperationId')],
      responses: {
        '200': jsonAnswer('The certificate', 'RemovalCertificate'),
        ...problemAnswers(['REMOVAL_NOT_FOUND', ...COMMON_ERRORS]),
      },
    },
  },
};
