/** `POST /clusters/{name}/restore`. */
import type { Router } from 'express';
import { fail } from '../../domain/errors.js';
import { LATEST, parseRestoreRequest } from '../../schema/restore-request.js';
import type { BackupRecord } from '../../store/backup-port.js';
import type { ApiDependencies } from '../dependencies.js';
import { acceptOperation } from '../operations.js';
import { onlyMethods } from './only-methods.js';
import { acceptedBody } from './operations.js';

export function restoreRoutes(router: Router, dependencies: ApiDependencies): void {
  const { orchestrator } = dependencies;

  router.post('/clusters/:name/restore', async (request, response) => {
    const { name } = request.params;
    const wish = parseRestoreRequest(request.body);
    if (!wish.ok) throw fail('INVALID_REQUEST', 'the request is not valid', { faults: wish.faults });
    const { backup: wanted, confirm } = wish.value;
    const { id: backupId, destination } = await backupFor(dependencies, name, wanted);
    const asked = { kind: 'restore', cluster: name } as const;
    const accepted = await acceptOperation(dependencies, request, asked, async ({ id }) => {
      await orchestrator.operate(id, name, { kind: 'restore', request: { backupId, destination, confirm } });
    });
    const body = acceptedBody(accepted);
    response.status(202).location(body.links.operation).json(body);
  });
  onlyMethods(router, '/clusters/:name/restore', 'POST');
}

/**
 * One that is complete, and of this very cluster: another one of the name had other authorities and tokens.
 * @throws `CLUSTER_NOT_FOUND`, `BACKUP_NOT_FOUND`, `BACKUP_BUSY`, `RESTORE_NOT_POSSIBLE`
 */
async function backupFor(
  { store: { clusters, backups } }: ApiDependencies,
  name: string,
  wanted: string,
): Promise<BackupRecord> {
  const cluster = await clusters.get(name);
  if (cluster === undefined || cluster.phase === 'GONE') {
    throw fail('CLUSTER_NOT_FOUND', `there is no cluster "${name}"`);
  }
  const { uid: clusterUid } = cluster;
  if (wanted === LATEST) {
    const [latest] = await backups.list({ clusterUid, state: 'complete', limit: 1 });
    if (latest !== undefined) return latest;
    throw fail('BACKUP_NOT_FOUND', `cluster "${name}" has no complete backup`);
  }
  const record = await backups.get(wanted);
  if (record?.cluster !== name) throw fail('BACKUP_NOT_FOUND', `cluster "${name}" has no backup "${wanted}"`);
  if (record.clusterUid !== clusterUid) {
    throw fail(
      'RESTORE_NOT_POSSIBLE',
      `the backup ${wanted} is of another cluster that had the name "${name}"`,
    );
  }
  switch (record.state) {
    case 'complete':
      return record;
    case 'failed':
      throw fail(
        'RESTORE_NOT_POSSIBLE',
        `the backup ${wanted} failed: ${record.failure ?? 'there is nothing of it'}`,
      );
    case 'running':
    case 'removing':
      throw fail(
        'BACKUP_BUSY',
        `the backup ${wanted} is ${record.state === 'running' ? 'being taken' : 'being removed'}`,
      );
  }
}
