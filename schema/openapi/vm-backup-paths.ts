/** The addresses of backups of VMs. */
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

export const VM_BACKUP_PATHS: Paths = {
  '/api/v1/clusters/{name}/vm-backups': {
    post: {
      operationId: 'backUpVms',
      summary: 'Back the VMs of a cluster up through Proxmox VE',
      description:
        'Machines of the control plane one at a time, each with a proof that etcd keeps its quorum without it, then the others. It waits for its turn among the operations of the cluster.',
      tags: ['backups'],
      parameters: [parameterRef('ClusterName'), parameterRef('IdempotencyKey')],
      requestBody: jsonBody('VmBackupRequest'),
      responses: {
        '202': jsonAnswer(
          'It was accepted; the backups have the id of the operation',
          'Accepted',
          OPERATION_LOCATION,
        ),
        ...problemAnswers([
          ...BODY_ERRORS,
          'CLUSTER_NOT_FOUND',
          'NODE_GROUP_NOT_FOUND',
          'PHASE_CONFLICT',
          'IDEMPOTENCY_KEY_REUSED',
          ...ORCHESTRATION_ERRORS,
          ...COMMON_ERRORS,
        ]),
      },
    },
    get: {
      operationId: 'listVmBackups',
      summary: 'List the backups of the VMs of a cluster, also of one that is gone',
      description: 'As Proxmox VE has them now, of those that the service took.',
      tags: ['backups'],
      parameters: [parameterRef('ClusterName')],
      responses: {
        '200': jsonAnswer('The backups', 'VmBackupList'),
        ...problemAnswers(['CLUSTER_NOT_FOUND', ...ORCHESTRATION_ERRORS, ...COMMON_ERRORS]),
      },
    },
  },
};
