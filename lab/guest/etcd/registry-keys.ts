/** Where the API keeps its objects in etcd (https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data): by kind and name. */
import { objectKey, type KubeObject } from '../../kubernetes/model/kube-object.js';
import type { StoredCluster } from '../../kubernetes/store/object-store.js';

/** Groups of the API's own kinds, which have no folder of their own. */
const OWN_GROUPS = /^(apps|batch|policy|autoscaling|extensions|.+\.k8s\.io)$/;

/** By key. */
export function registryObjects({ objects }: StoredCluster): Map<string, KubeObject> {
  return new Map(
    Object.entries(objects).flatMap(([resource, all]) =>
      all.map((object) => [`/registry/${folderOf(resource)}/${objectKey(object)}`, object] as const),
    ),
  );
}

function folderOf(resource: string): string {
  const [plural = '', ...rest] = resource.split('.');
  const group = rest.join('.');
  return group === '' || OWN_GROUPS.test(group) ? plural : `${group}/${plural}`;
}
