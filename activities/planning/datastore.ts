/** External datastores of K3s: definitions name them, the worker's configuration has their addresses and passwords. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { fail, type Fault } from '../../domain/errors.js';
import { k3sSettings } from '../../platforms/k3s/settings.js';
import type { SecretVault } from '../../store/store.js';

/** Address of each, with its credentials, by the name that definitions mean it by. */
export type Datastores = ReadonlyMap<string, string>;

/** The placeholder of K3s's own configuration has this name. */
const SECRET = 'datastore-endpoint';

/** It is said before there are machines. */
export function datastoreFaults(definition: ClusterDefinition, datastores: Datastores): Fault[] {
  const name = definition.type === 'K3S' ? k3sSettings(definition).datastore : null;
  if (name === null || datastores.has(name)) return [];
  const detail = `there is no datastore "${name}" in DATASTORES_PATH`;
  return [{ pointer: '/platformConfig/datastore', detail, code: 'DATASTORE_UNKNOWN' }];
}

/** Its address may have changed since it was planned: what is configured now counts. @throws `DATASTORE_UNKNOWN` */
export async function sealDatastore(
  vault: Pick<SecretVault, 'put'>,
  datastores: Datastores,
  { clusterUid, name }: { readonly clusterUid: string; readonly name: string },
): Promise<void> {
  const endpoint = datastores.get(name);
  if (endpoint === undefined) {
    throw fail('DATASTORE_UNKNOWN', `there is no datastore "${name}" in DATASTORES_PATH`);
  }
  await vault.put(clusterUid, SECRET, endpoint);
}
