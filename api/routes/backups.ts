/** `POST`/`GET /clusters/{name}/backups`, `GET`/`DELETE …/{id}`, and `GET`/`PUT`/`DELETE /clusters/{name}/backup-policy`. */
import type { Router } from 'express';
import { mayBeDrilled } from '../../domain/backup/drill.js';
import { storedBytes } from '../../domain/backup/manifest.js';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { fail } from '../../domain/errors.js';
import { parseBackupListQuery, parseBackupPolicy, parseBackupRequest } from '../../schema/backup-request.js';
import type { BackupView } from '../../schema/responses.js';
import type { BackupRecord } from '../../store/backup-port.js';
import type { ApiDependencies } from '../dependencies.js';
import { acceptOperation } from '../operations.js';
import { onlyMethods } from './only-methods.js';
import { acceptedBody } from './operations.js';

export function backupRoutes(router: Router, dependencies: ApiDependencies): void {
  const { store, orchestrator } = dependencies;

  router.post('/clusters/:name/backups', async (request, response) => {
    const { name } = request.params;
    const wish = parseBackupRequest(request.body);
    if (!wish.ok) throw fail('INVALID_REQUEST', 'the request is not valid', { faults: wish.faults });
    await requireEtcd(dependencies, name);
    const asked = { kind: 'backup', cluster: name } as const;
    const accepted = await acceptOperation(dependencies, request, asked, async ({ id }) => {
      const backup = { ...wish.value, backupId: id, reason: 'requested' } as const;
      await orchestrator.operate(id, name, { kind: 'backup', request: backup });
    });
    const body = acceptedBody(accepted);
    response.status(202).location(body.links.operation).json(body);
  });

  router.get('/clusters/:name/backups', async (request, response) => {
    const query = parseBackupListQuery(request.query);
    if (!query.ok) throw fail('INVALID_REQUEST', 'the query is not valid', { faults: query.faults });
    const { limit } = query.value;
    const cluster = request.params.name;
    // One more than asked for tells whether there is a next page.
    const records = await store.backups.list({ cluster, ...query.value, limit: limit + 1 });
    const items = records.slice(0, limit).map(backupView);
    response.json({ items, next: records.length > limit ? (items.at(-1)?.id ?? null) : null });
  });
  onlyMethods(router, '/clusters/:name/backups', 'GET', 'POST');

  router.get('/clusters/:name/backups/:id', async (request, response) => {
    response.json(backupView(await backupOf(dependencies, request.params)));
  });

  router.delete('/clusters/:name/backups/:id', async (request, response) => {
    const record = await backupOf(dependencies, request.params);
    // Marked at once, so that nobody restores from it while a worker is waited for.
    if (!(await store.backups.removing(record.id))) {
      throw fail('BACKUP_BUSY', `the backup ${record.id} is being taken`);
    }
    await orchestrator.removeBackup(record.id);
    response.status(202).json(backupView({ ...record, state: 'removing' }));
  });
  onlyMethods(router, '/clusters/:name/backups/:id', 'GET', 'DELETE');

  router.post('/clusters/:name/backups/:id/drill', async (request, response) => {
    const record = await backupOf(dependencies, request.params);
    await requireDrillable(dependencies, record);
    await orchestrator.drillBackup(record.cluster, record.id);
    response.status(202).json(backupView(record));
  });
  onlyMethods(router, '/clusters/:name/backups/:id/drill', 'POST');

  router.get('/clusters/:name/backup-policy', async (request, response) => {
    const { name } = request.params;
    const policy = await store.backupPolicies.get(name);
    if (policy === undefined) throw noPolicy(name);
    response.json(policy);
  });

  router.put('/clusters/:name/backup-policy', async (request, response) => {
    const { name } = request.params;
    const policy = parseBackupPolicy(request.body);
    if (!policy.ok) throw fail('INVALID_REQUEST', 'the policy is not valid', { faults: policy.faults });
    await requireEtcd(dependencies, name);
    // The policy first: a Schedule that finds none ends itself.
    const kept = await store.backupPolicies.put(name, policy.value);
    await orchestrator.scheduleBackups(name, kept.schedule);
    await orchestrator.scheduleDrills(name, kept.drillSchedule);
    response.json(kept);
  });

  router.delete('/clusters/:name/backup-policy', async (request, response) => {
    const { name } = request.params;
    if ((await store.backupPolicies.get(name)) === undefined) throw noPolicy(name);
    // The Schedule first: asked again after a failure, there is still something to remove.
    await orchestrator.unscheduleBackups(name);
    await orchestrator.scheduleDrills(name, null);
    await store.backupPolicies.remove(name);
    response.status(204).end();
  });
  onlyMethods(router, '/clusters/:name/backup-policy', 'GET', 'PUT', 'DELETE');
}

/** @throws `CLUSTER_NOT_FOUND`; `BACKUP_NOT_POSSIBLE` where it is known from the definition. */
async function requireEtcd({ store }: ApiDependencies, name: string): Promise<void> {
  const record = await store.clusters.get(name);
  if (record === undefined || record.phase === 'GONE') {
    throw fail('CLUSTER_NOT_FOUND', `there is no cluster "${name}"`);
  }
  const datastore = externalDatastore(record.definition);
  if (datastore === null) return;
  throw fail(
    'BACKUP_NOT_POSSIBLE',
    `cluster "${name}" keeps its state in the external datastore "${datastore}"`,
  );
}

/** @throws `CLUSTER_NOT_FOUND`, `BACKUP_DRILL_NOT_POSSIBLE`, `BACKUP_BUSY` */
async function requireDrillable({ store }: ApiDependencies, backup: BackupRecord): Promise<void> {
  const cluster = await store.clusters.get(backup.cluster);
  if (cluster === undefined || !mayBeDrilled(cluster.phase)) {
    throw fail('CLUSTER_NOT_FOUND', `there is no cluster "${backup.cluster}", or it is being removed`);
  }
  if (cluster.uid !== backup.clusterUid) {
    throw fail('BACKUP_DRILL_NOT_POSSIBLE', `the backup ${backup.id} is of an earlier cluster of this name`);
  }
  if (backup.state !== 'complete') throw fail('BACKUP_BUSY', `the backup ${backup.id} is ${backup.state}`);
}

function externalDatastore({ type, platformConfig }: ClusterDefinition): string | null {
  const { datastore } = platformConfig as { readonly datastore?: unknown };
  return type === 'K3S' && typeof datastore === 'string' ? datastore : null;
}

/** @throws `BACKUP_NOT_FOUND` */
async function backupOf(
  { store }: ApiDependencies,
  { name, id }: { readonly name: string; readonly id: string },
): Promise<BackupRecord> {
  const record = await store.backups.get(id);
  if (record?.cluster === name) return record;
  throw fail('BACKUP_NOT_FOUND', `cluster "${name}" has no backup "${id}"`);
}

function noPolicy(name: string) {
  return fail('BACKUP_POLICY_NOT_FOUND', `cluster "${name}" is not backed up by a schedule`);
}

function backupView({ manifest, ...record }: BackupRecord): BackupView {
  return {
    ...record,
    takenAt: manifest?.takenAt ?? null,
    type: manifest?.type ?? null,
    version: manifest?.version ?? null,
    machine: manifest?.machine ?? null,
    storedBytes: manifest === null ? null : storedBytes(manifest),
    keyId: manifest?.encryption.keyId ?? null,
    parts: [...(manifest?.parts ?? [])],
  };
}
