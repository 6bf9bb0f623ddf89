/**
 * kube-vip: the control-plane machines keep the API's address among themselves, announced by ARP (IPv6: NDP) by the one
 * that holds a Kubernetes lease (https://kube-vip.io/docs/installation/flags/).
 */
import { expect, expectInterfaceName, expectPlannedAddress } from '../network/grammar.js';

export interface KubeVip {
  /** The API's address, in canonical text, which no machine has for itself. */
  readonly address: string;
  readonly port: number;
  /** Of the control-plane machines in the cluster's network, such as `primary`. */
  readonly interface: string;
  /** Reference of the container image, with its tag or digest. */
  readonly image: string;
}

type Document = Readonly<Record<string, unknown>>;

const NAME = 'kube-vip';
const NAMESPACE = 'kube-system';
const KUBECONFIG_IN_CONTAINER = '/etc/kubernetes/admin.conf';
const IMAGE = /^[a-z0-9][A-Za-z0-9._:/@-]*[:@][A-Za-z0-9._:-]+$/;
const FILE_PATH = /^(?:\/[A-Za-z0-9._-]+)+$/;
const MAX_PORT = 65_535;
/** Seconds: an address whose machine died moves after at most the first of them. */
const LEASE = { duration: 5, renewDeadline: 3, retryPeriod: 1 } as const;

/**
 * For kubeadm, which needs the address before there is a cluster: a file for the folder of the kubelet's static pods.
 * @param kubeconfigPath on the machine, such as `/etc/kubernetes/admin.conf`. While kubeadm makes the first machine of a
 *   cluster, from Kubernetes 1.29 on, only `/etc/kubernetes/super-admin.conf` has any rights.
 * @throws `INVALID_REQUEST`
 */
export function kubeVipStaticPod(request: KubeVip, kubeconfigPath: string): string {
  const kubeVip = checked(request);
  expect(FILE_PATH.test(kubeconfigPath), `"${kubeconfigPath}"`, 'the path of a file');
  const container = {
    ...containerOf(kubeVip),
    volumeMounts: [{ name: 'kubeconfig', mountPath: KUBECONFIG_IN_CONTAINER }],
  };
  return yamlOf([
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: NAME, namespace: NAMESPACE },
      spec: {
        containers: [container],
        // Its kubeconfig is used with this name: the machine's own API server, whoever has the address.
        hostAliases: [{ hostnames: ['kubernetes'], ip: '127.0.0.1' }],
        hostNetwork: true,
        priorityClassName: 'system-node-critical',
        volumes: [{ name: 'kubeconfig', hostPath: { path: kubeconfigPath, type: 'File' } }],
      },
    },
  ]);
}

/**
 * For K3s and RKE2, whose first server is up before the address is: manifests that they apply by themselves.
 * @throws `INVALID_REQUEST`
 */
export function kubeVipDaemonSet(request: KubeVip): string {
  const kubeVip = checked(request);
  const labels = { 'app.kubernetes.io/name': NAME };
  return yamlOf([
    ...ACCESS,
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: NAME, namespace: NAMESPACE, labels },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            affinity: { nodeAffinity: ON_CONTROL_PLANE },
            containers: [containerOf(kubeVip)],
            hostNetwork: true,
            priorityClassName: 'system-node-critical',
            serviceAccountName: NAME,
            // Without its address the API is not reached, and no taint could ever be taken away.
            tolerations: [
              { operator: 'Exists', effect: 'NoSchedule' },
              { operator: 'Exists', effect: 'NoExecute' },
            ],
          },
        },
      },
    },
  ]);
}

const ON_CONTROL_PLANE = {
  requiredDuringSchedulingIgnoredDuringExecution: {
    nodeSelectorTerms: [
      { matchExpressions: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists' }] },
    ],
  },
};

const SUBJECTS = [{ kind: 'ServiceAccount', name: NAME, namespace: NAMESPACE }];
const RBAC = { apiVersion: 'rbac.authorization.k8s.io/v1' };

/** No more than what electing one machine needs: it serves no Services. */
const ACCESS: readonly Document[] = [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: NAME, namespace: NAMESPACE } },
  {
    ...RBAC,
    kind: 'Role',
    metadata: { name: NAME, namespace: NAMESPACE },
    rules: [
      {
        apiGroups: ['coordination.k8s.io'],
        resources: ['leases'],
        verbs: ['create', 'get', 'list', 'update', 'watch'],
      },
    ],
  },
  {
    ...RBAC,
    kind: 'RoleBinding',
    metadata: { name: NAME, namespace: NAMESPACE },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: NAME },
    subjects: SUBJECTS,
  },
  {
    ...RBAC,
    kind: 'ClusterRole',
    metadata: { name: `system:${NAME}` },
    rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] }],
  },
  {
    ...RBAC,
    kind: 'ClusterRoleBinding',
    metadata: { name: `system:${NAME}` },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: `system:${NAME}` },
    subjects: SUBJECTS,
  },
];

function containerOf({ address, port, interface: device, image }: KubeVip): Document {
  const settings = {
    vip_arp: 'true',
    vip_interface: device,
    // The address alone: its subnet is reached by the machine's own.
    vip_subnet: address.includes(':') ? '128' : '32',
    address,
    port: String(port),
    cp_enable: 'true',
    cp_namespace: NAMESPACE,
    svc_enable: 'false',
    vip_leaderelection: 'true',
    vip_leaseduration: String(LEASE.duration),
    vip_renewdeadline: String(LEASE.renewDeadline),
    vip_retryperiod: String(LEASE.retryPeriod),
  };
  return {
    name: NAME,
    image,
    imagePullPolicy: 'IfNotPresent',
    args: ['manager'],
    env: [
      ...Object.entries(settings).map(([name, value]) => ({ name, value })),
      { name: 'vip_nodename', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
    ],
    securityContext: { capabilities: { add: ['NET_ADMIN', 'NET_RAW'], drop: ['ALL'] } },
  };
}

function checked(kubeVip: KubeVip): KubeVip {
  const { address, port, image } = kubeVip;
  expectInterfaceName(kubeVip.interface);
  const isPort = Number.isInteger(port) && port >= 1 && port <= MAX_PORT;
  expect(isPort, `the port ${port} of the API`, `a whole number from 1 to ${MAX_PORT}`);
  expect(IMAGE.test(image), `"${image}"`, 'a container image with a tag or a digest');
  expectPlannedAddress(address, 'the API');
  return kubeVip;
}

/** Each document as JSON, which is YAML: nothing in a text can break out of its quotes. */
function yamlOf(documents: readonly Document[]): string {
  return documents.map((document) => `${JSON.stringify(document, null, 2)}\n`).join('---\n');
}
