/** Facts about namespaces, services, names, certificates and storage of the cluster. */
import { CertificatesV1Api, DiscoveryV1Api, NetworkingV1Api, StorageV1Api } from '@kubernetes/client-node';
import type { KubernetesFacts, WaitingFact } from '../../../domain/validation/facts/kubernetes.js';
import { CLIENT_SIGNER, SERVING_SIGNER } from '../../kubernetes/csr-identity.js';
import { isSystemNamespace } from '../../../domain/validation/system-namespaces.js';
import { all, type Calls } from './calls.js';
import { ageOf } from './workload-facts.js';

const ENFORCE = 'pod-security.kubernetes.io/enforce';
const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';
/** Where distributions have the DNS of the cluster, and what they call it. */
const DNS_SERVICES = [
  ['kube-system', 'kube-dns'],
  ['kube-system', 'rke2-coredns-rke2-coredns'],
  ['openshift-dns', 'dns-default'],
] as const;
const CANARY_OF = 'clusterwright-canary';

export async function namespaceFacts(calls: Calls): Promise<KubernetesFacts['namespaces']> {
  const namespaces = await calls.namespaces();
  return namespaces
    .map(({ metadata }) => {
      const gone = metadata?.deletionTimestamp?.getTime();
      return {
        name: metadata?.name ?? '',
        goingSeconds: gone === undefined ? null : Math.max(0, (Date.now() - gone) / 1_000),
        enforced: metadata?.labels?.[ENFORCE] ?? null,
      };
    })
    .filter(({ name }) => !name.startsWith(CANARY_OF));
}

/** Pods that are ready behind whichever of the services is there. */
export async function dnsEndpoints({ config }: Calls): Promise<KubernetesFacts['dnsEndpoints']> {
  const api = config.makeApiClient(DiscoveryV1Api);
  let ready = 0;
  for (const [namespace, service] of DNS_SERVICES) {
    const { items } = await api.listNamespacedEndpointSlice({
      namespace,
      labelSelector: `kubernetes.io/service-name=${service}`,
    });
    ready += items
      .flatMap(({ endpoints }) => endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready !== false).length;
  }
  return { ready };
}

/** Of kubelets, and decided by nobody. */
export async function pendingRequests({ config }: Calls): Promise<WaitingFact[]> {
  const api = config.makeApiClient(CertificatesV1Api);
  const requests = await all((page) => api.listCertificateSigningRequest(page));
  return requests
    .filter(
      ({ spec, status }) =>
        [CLIENT_SIGNER, SERVING_SIGNER].includes(spec.signerName) && (status?.conditions ?? []).length === 0,
    )
    .map(({ metadata, spec }) => ({
      name: metadata?.name ?? '',
      seconds: ageOf({ ...(metadata === undefined ? {} : { metadata }) }),
      why: `asked by ${spec.username ?? 'nobody'}`,
    }));
}

export async function pendingClaims({ core }: Calls): Promise<WaitingFact[]> {
  const claims = await all((page) => core.listPersistentVolumeClaimForAllNamespaces(page));
  return claims
    .filter(({ status }) => status?.phase === 'Pending')
    .map(({ metadata, spec }) => ({
      name: `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`,
      seconds: ageOf({ ...(metadata === undefined ? {} : { metadata }) }),
      why: `class ${spec?.storageClassName ?? 'not named'}`,
    }));
}

/** Those of users that open a port to whoever reaches the nodes. */
export async function exposedServices({ core }: Calls): Promise<KubernetesFacts['exposedServices']> {
  const services = await all((page) => core.listServiceForAllNamespaces(page));
  return services.flatMap(({ metadata, spec }) => {
    const { namespace = '', name = '' } = metadata ?? {};
    const type = spec?.type ?? 'ClusterIP';
    const isOpen =
      type === 'NodePort' || (type === 'LoadBalancer' && !spec?.loadBalancerSourceRanges?.length);
    if (!isOpen || isSystemNamespace(namespace)) return [];
    const ports = (spec?.ports ?? []).map(({ port, nodePort }) => nodePort ?? port).join(', ');
    return [{ service: `${namespace}/${name}`, how: `${type} on port ${ports}` }];
  });
}

export async function ingressClasses({ config }: Calls): Promise<string[]> {
  const classes = await all((page) => config.makeApiClient(NetworkingV1Api).listIngressClass(page));
  return classes.flatMap(({ metadata }) => metadata?.name ?? []);
}

export async function defaultStorageClasses({ config }: Calls): Promise<string[]> {
  const classes = await all((page) => config.makeApiClient(StorageV1Api).listStorageClass(page));
  return classes.flatMap(({ metadata }) =>
    metadata?.annotations?.[DEFAULT_CLASS] === 'true' ? [metadata.name ?? ''] : [],
  );
}
