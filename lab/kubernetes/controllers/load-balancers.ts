/** ServiceLB of K3s: a DaemonSet for each LoadBalancer service, and the addresses of the nodes that it runs on. */
import type { Cluster } from '../cluster.js';
import { change, create, remove } from '../api/writer.js';
import { isTerminating, keyOf, objectKey, splitKey, type KubeObject } from '../model/kube-object.js';
import type { DaemonSet, Node, Service } from '../model/workloads.js';
import type { Controller } from './controller.js';
import { ownKeys } from './control-loop.js';
import { isReady, podsOf } from './pods.js';

const SETS = 'daemonsets.apps';
const NAME_LABEL = 'svccontroller.k3s.cattle.io/svcname';
const NAMESPACE_LABEL = 'svccontroller.k3s.cattle.io/svcnamespace';
const IMAGE = 'rancher/klipper-lb:v0.4.9';

export const loadBalancers: Controller = {
  name: 'service-lb',
  *keys(changed) {
    yield* ownKeys(changed, 'services');
    const { labels } = changed.object.metadata;
    const isOurs = changed.resource === 'pods' || changed.resource === SETS;
    if (isOurs && labels?.[NAME_LABEL] !== undefined)
      yield keyOf(labels[NAMESPACE_LABEL], labels[NAME_LABEL]);
  },
  reconcile: (key, cluster) => {
    if (!cluster.options.components.includes('servicelb')) return;
    const service = cluster.store.at('services', key) as Service | undefined;
    const set = setOf(cluster, key);
    const isWanted = service?.spec.type === 'LoadBalancer' && !isTerminating(service);
    if (!isWanted) {
      if (set !== undefined) remove(cluster, SETS, objectKey(set));
      if (service?.status.loadBalancer?.ingress !== undefined) publish(cluster, service, []);
      return;
    }
    publish(cluster, service, addresses(cluster, set ?? createSet(cluster, service)));
  },
};

function setOf(cluster: Cluster, key: string): DaemonSet | undefined {
  const { namespace, name } = splitKey(key);
  return (cluster.store.list(SETS, 'kube-system') as DaemonSet[]).find(
    ({ metadata }) =>
      metadata.labels?.[NAME_LABEL] === name && metadata.labels[NAMESPACE_LABEL] === namespace,
  );
}

function createSet(cluster: Cluster, { metadata, spec }: Service): KubeObject {
  const name = `svclb-${metadata.name}-${metadata.uid.slice(0, 8)}`;
  const labels = {
    app: name,
    [NAME_LABEL]: metadata.name,
    [NAMESPACE_LABEL]: metadata.namespace ?? 'default',
  };
  return create(cluster, SETS, {
    metadata: { name, namespace: 'kube-system', labels },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels },
        spec: {
          automountServiceAccountToken: false,
          containers: (spec.ports ?? []).map(({ name: port, port: number, protocol = 'TCP' }) => ({
            name: `lb-${protocol.toLowerCase()}-${number}`,
            image: IMAGE,
            ports: [
              {
                name: `lb-${port ?? number}`.slice(0, 15),
                containerPort: number,
                hostPort: number,
                protocol,
              },
            ],
          })),
          tolerations: [
            { key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' },
            { key: 'CriticalAddonsOnly', operator: 'Exists' },
          ],
        },
      },
    },
  });
}

function addresses(cluster: Cluster, set: KubeObject): string[] {
  return podsOf(cluster, set)
    .filter(isReady)
    .map(({ spec }) => cluster.store.at('nodes', spec.nodeName ?? '') as Node | undefined)
    .flatMap((node) => node?.status.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? [])
    .sort();
}

function publish(cluster: Cluster, service: Service, ips: readonly string[]): void {
  change<Service>(cluster, 'services', objectKey(service), (draft) => {
    draft.status.loadBalancer = ips.length === 0 ? {} : { ingress: ips.map((ip) => ({ ip, ipMode: 'VIP' })) };
  });
}
