/** `POST`/`GET /clusters/{name}/vm-backups`. */
import type { Router } from 'express';
import { fail } from '../../domain/errors.js';
import type { VmBackup } from '../../domain/vm-backup/vm-backup.js';
import type { VmBackupView } from '../../schema/responses.js';
import { parseVmBackupRequest } from '../../schema/vm-backup-request.js';
import type { ApiDependencies } from '../dependencies.js';
import { acceptOperation } from '../operations.js';
import { onlyMethods } from './only-methods.js';
import { acceptedBody } from './operations.js';

export function vmBackupRoutes(router: Router, dependencies: ApiDependencies): void {
  const { store, orchestrator } = dependencies;

  router.post('/clusters/:name/vm-backups', async (request, response) => {
    const { name } = request.params;
    const wish = parseVmBackupRequest(request.body);
    if (!wish.ok) throw fail('INVALID_REQUEST', 'the request is not valid', { faults: wish.faults });
    const asked = { kind: 'vm-backup', cluster: name } as const;
    const accepted = await acceptOperation(dependencies, request, asked, async ({ id }) => {
      const backup = { ...wish.value, backupId: id };
      await orchestrator.operate(id, name, { kind: 'vm-backup', request: backup });
    });
    const body = acceptedBody(accepted);
    response.status(202).location(body.links.operation).json(body);
  });

  router.get('/clusters/:name/vm-backups', async (request, response) => {
    const { name } = request.params;
    const cluster = await store.clusters.get(name);
    if (cluster === undefined) throw fail('CLUSTER_NOT_FOUND', `there is no cluster "${name}"`);
    const { items, notSeen } = await orchestrator.vmBackups(request.id, name, cluster.uid);
    response.json({ items: items.map(vmBackupView), notSeen });
  });
  onlyMethods(router, '/clusters/:name/vm-backups', 'GET', 'POST');
}

function vmBackupView({ clusterUid: _cluster, machineUuid: _uuid, ...backup }: VmBackup): VmBackupView {
  return backup;
}
