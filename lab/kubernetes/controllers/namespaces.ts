/** Gives each namespace what every namespace has, and empties those that are to go. */
import type { Cluster } from '../cluster.js';
import { ensure, remove } from '../api/writer.js';
import { isFinished } from '../api/update.js';
import { isTerminating, objectKey } from '../model/kube-object.js';
import type { Namespace } from '../model/workloads.js';
import { resourceId } from '../registry/resource-kind.js';
import type { Controller } from './controller.js';
import { ownKeys } from './control-loop.js';

const ROOT_CA_CONFIG_MAP = 'kube-root-ca.crt';
const FINALIZER = 'kubernetes';

export const namespaces: Controller = {
  name: 'namespaces',
  *keys(changed) {
    yield* ownKeys(changed, 'namespaces');
    if (changed.type === 'DELETED' && changed.object.metadata.namespace !== undefined)
      yield changed.object.metadata.namespace;
  },
  reconcile: (key, cluster) => {
    const namespace = cluster.store.at('namespaces', key) as Namespace | undefined;
    if (namespace === undefined) return;
    if (isTerminating(namespace)) empty(cluster, namespace);
    else furnish(cluster, key);
  },
};

function furnish(cluster: Cluster, namespace: string): void {
  ensure(cluster, 'serviceaccounts', { metadata: { name: 'default', namespace } });
  ensure(cluster, 'configmaps', {
    metadata: { name: ROOT_CA_CONFIG_MAP, namespace },
    data: { 'ca.crt': cluster.keys.serverAuthority.certificate },
  });
}

function empty(cluster: Cluster, namespace: Namespace): void {
  const { name } = namespace.metadata;
  const resources = cluster.registry
    .storedKinds()
    .filter((kind) => kind.namespaced)
    .map(({ group, plural }) => resourceId(group, plural));
  for (const resource of resources) {
    for (const object of cluster.store.list(resource, name)) {
      if (!isTerminating(object)) remove(cluster, resource, objectKey(object));
    }
  }
  if (resources.some((resource) => cluster.store.list(resource, name).length > 0)) return;
  const finalizers = (namespace.spec.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER);
  const last = { ...namespace, spec: { finalizers } };
  if (isFinished(last)) cluster.store.delete('namespaces', name);
  else if (finalizers.length !== namespace.spec.finalizers?.length) cluster.store.put('namespaces', last);
}
