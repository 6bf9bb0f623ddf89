/** The addresses of certificates, and of secrets that are rotated. */
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

export const ROTATION_PATHS: Paths = {
  '/api/v1/clusters/{name}/certificates': {
    get: {
      operationId: 'listCertificates',
      summary: 'Show when the certificates of a cluster end, as they were last read',
      tags: ['clusters'],
      parameters: [parameterRef('ClusterName')],
      responses: {
        '200': jsonAnswer('What ends first comes first', 'CertificateList'),
        ...problemAnswers(['CLUSTER_NOT_FOUND', ...COMMON_ERRORS]),
      },
    },
  },
  '/api/v1/clusters/{name}/certificates/renew': {
    post: {
      operationId: 'renewCertificates',
      summary: 'Renew the certificates of a cluster in place, now',
      description:
        'Control planes one after the other, then the other nodes, then the kubeconfig. Authorities are not renewed. Waits for the operations before it.',
      tags: ['clusters'],
      parameters: [parameterRef('ClusterName'), parameterRef('IdempotencyKey')],
      requestBody: { ...jsonBody('RenewCertificatesRequest'), required: false },
      responses: {
        '202': jsonAnswer('The run has begun, or waits for its turn', 'Accepted', OPERATION_LOCATION),
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
  '/api/v1/clusters/{name}/secrets/rotate': {
    post: {
      operationId: 'rotateSecrets',
      summary: 'Replace the join token or the SSH key of a cluster',
      description:
        'What is valid stays valid until the new one is proved to work on every machine. A rotation that stopped is gone on with by the next one. Waits for the operations before it.',
      tags: ['clusters'],
      parameters: [parameterRef('ClusterName'), parameterRef('IdempotencyKey')],
      requestBody: jsonBody('RotateSecretsRequest'),
      responses: {
        '202': jsonAnswer('The run has begun, or waits for its turn', 'Accepted', OPERATION_LOCATION),
        ...problemAnswers([
          ...BODY_ERRORS,
          'CLUSTER_NOT_FOUND',
          'PHASE_CONFLICT',
          'SECRET_NOT_ROTATABLE',
          'IDEMPOTENCY_KEY_REUSED',
          ...ORCHESTRATION_ERRORS,
          ...COMMON_ERRORS,
        ]),
      },
    },
  },
};
