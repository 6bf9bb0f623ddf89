/** The addresses of backups. */
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

export const BACKUP_PATHS: Paths = {
  '/api/v1/clusters/{name}/backups': {
    post: {
      operationId: 'takeBackup',
      summary: 'Take a backup of a cluster',
      description:
        'A snapshot of etcd, the authorities of a control-plane machine, and what the service knows of the cluster, sealed. It waits for its turn among the operations of the cluster.',
      tags: ['backups'],
      parameters: [parameterRef('ClusterName'), parameterRef('IdempotencyKey')],
      requestBody: { ...jsonBody('BackupRequest'), required: false },
      responses: {
        '202': jsonAnswer(
          'It was accepted; the backup has the id of the operation',
          'Accepted',
          OPERATION_LOCATION,
        ),
        ...problemAnswers([
          ...BODY_ERRORS,
          'CLUSTER_NOT_FOUND',
          'PHASE_CONFLICT',
          'BACKUP_NOT_POSSIBLE',
          'IDEMPOTENCY_KEY_REUSED',
          ...ORCHESTRATION_ERRORS,
          ...COMMON_ERRORS,
        ]),
      },
    },
    get: {
      operationId: 'listBackups',
      summary: 'List the backups of a cluster, also of one that is gone',
      tags: ['backups'],
      parameters: [parameterRef('ClusterName'), parameterRef('BackupLimit'), parameterRef('BeforeBackup')],
      responses: {
        '200': jsonAnswer('A page of backups', 'BackupList'),
        ...problemAnswers(['INVALID_REQUEST', ...COMMON_ERRORS]),
      },
    },
  },
  '/api/v1/clusters/{name}/backups/{id}': {
    get: {
      operationId: 'getBackup',
      summary: 'Show a backup',
      tags: ['backups'],
      parameters: [parameterRef('ClusterName'), parameterRef('OperationId')],
      responses: {
        '200': jsonAnswer('The backup', 'Backup'),
        ...problemAnswers(['BACKUP_NOT_FOUND', ...COMMON_ERRORS]),
      },
    },
    delete: {
      operationId: 'removeBackup',
      summary: 'Remove a backup from its destination',
      tags: ['backups'],
      parameters: [parameterRef('ClusterName'), parameterRef('OperationId')],
      responses: {
        '202': jsonAnswer('It is being removed; then it is not found any more', 'Backup'),
        ...problemAnswers(['BACKUP_NOT_FOUND', 'BACKUP_BUSY', ...ORCHESTRATION_ERRORS, ...COMMON_ERRORS]),
      },
    },
  },
  '/api/v1/clusters/{name}/backups/{id}/drill': {
    post: {
      operationId: 'drillBackup',
      summary: 'Restore a backup for a trial, into a machine of its own',
      description:
        'Runs beside the operations of the cluster, and touches nothing of it. What came of it is shown with the backup; the machine is removed whatever that is.',
      tags: ['backups'],
      parameters: [parameterRef('ClusterName'), parameterRef('OperationId')],
      responses: {
        '202': jsonAnswer('It has begun', 'Backup'),
        ...problemAnswers([
          'CLUSTER_NOT_FOUND',
          'BACKUP_NOT_FOUND',
          'BACKUP_BUSY',
          'BACKUP_DRILL_NOT_POSSIBLE',
          ...ORCHESTRATION_ERRORS,
          ...COMMON_ERRORS,
        ]),
      },
    },
  },
  '/api/v1/clusters/{name}/backup-policy': {
    get: {
      operationId: 'getBackupPolicy',
      summary: 'Show when a cluster is backed up by itself',
      tags: ['backups'],
      parameters: [parameterRef('ClusterName')],
      responses: {
        '200': jsonAnswer('The policy', 'BackupPolicy'),
        ...problemAnswers(['BACKUP_POLICY_NOT_FOUND', ...COMMON_ERRORS]),
      },
    },
    put: {
      operationId: 'putBackupPolicy',
      summary: 'Have a cluster backed up by a schedule',
      tags: ['backups'],
      parameters: [parameterRef('ClusterName')],
      requestBody: jsonBody('BackupPolicyRequest'),
      responses: {
        '200': jsonAnswer('The policy, from now on', 'BackupPolicy'),
        ...problemAnswers([
          ...BODY_ERRORS,
          'CLUSTER_NOT_FOUND',
          'BACKUP_NOT_POSSIBLE',
          ...ORCHESTRATION_ERRORS,
          ...COMMON_ERRORS,
        ]),
      },
    },
    delete: {
      operationId: 'deleteBackupPolicy',
      summary: 'Have a cluster not backed up by a schedule any more',
      tags: ['backups'],
      parameters: [parameterRef('ClusterName')],
      responses: {
        '204': { description: 'It is gone; the backups stay' },
        ...problemAnswers(['BACKUP_POLICY_NOT_FOUND', ...ORCHESTRATION_ERRORS, ...COMMON_ERRORS]),
      },
    },
  },
};
