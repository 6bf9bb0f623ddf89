/** Keeps the registry in step with the CustomResourceDefinitions. */
import type { Cluster } from '../cluster.js';
import { objectKey, type KubeObject } from '../model/kube-object.js';
import { valueAt } from '../model/json.js';
import { resourceId } from '../registry/resource-kind.js';
import type { Change } from '../store/event-log.js';
import { registerDefinition } from './definition-strategy.js';

const DEFINITIONS = 'customresourcedefinitions.apiextensions.k8s.io';

/**
 * A kind is known as soon as its definition is stored: a client that applies both at once finds it.
 * @returns a function that ends it.
 */
export function followDefinitions(cluster: Cluster): () => void {
  for (const definition of cluster.store.list(DEFINITIONS)) registerDefinition(cluster.registry, definition);
  return cluster.store.subscribe(({ resource, type, object }: Change) => {
    if (resource !== DEFINITIONS) return;
    if (type !== 'DELETED') registerDefinition(cluster.registry, object);
    else setImmediate(() => forget(cluster, object));
  });
}

function forget(cluster: Cluster, definition: KubeObject): void {
  if (cluster.store.at(DEFINITIONS, definition.metadata.name) !== undefined) return;
  const group = String(valueAt(definition, ['spec', 'group']));
  const resource = resourceId(group, String(valueAt(definition, ['spec', 'names', 'plural'])));
  for (const object of cluster.store.list(resource)) cluster.store.delete(resource, objectKey(object));
  cluster.registry.removeDefinedBy(definition.metadata.name);
}
