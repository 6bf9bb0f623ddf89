/** What all CSI drivers have beside their own containers (https://kubernetes-csi.github.io/docs/sidecar-containers.html). */
import type {
  V1Container,
  V1PodSpec,
  V1Probe,
  V1SecurityContext,
  V1Toleration,
} from '@kubernetes/client-node';
import type { ImageSource } from '../images.js';

/** The client's own are classes, which are not to be spread. */
export type Container = Pick<V1Container, keyof V1Container>;
export type PodSpec = Pick<V1PodSpec, keyof V1PodSpec>;

/** Folders of the kubelet on each node; Talos, K3s and RKE2 have them at the same place as kubeadm. */
export const KUBELET = {
  root: '/var/lib/kubelet',
  pods: '/var/lib/kubelet/pods',
  registry: '/var/lib/kubelet/plugins_registry',
  plugin: (folder: string): string => `/var/lib/kubelet/plugins/${folder}`,
} as const;

/** In all containers of a driver. */
const SOCKET_FOLDER = '/csi';
export const SOCKET = `unix://${SOCKET_FOLDER}/csi.sock`;
export const SOCKET_MOUNT = { name: 'socket', mountPath: SOCKET_FOLDER } as const;

export const RESOURCES = { requests: { cpu: '10m', memory: '20Mi' }, limits: { memory: '400Mi' } } as const;

/** The cluster can have no other nodes than those of its control plane yet. */
export const ON_CONTROL_PLANE: V1Toleration[] = [
  { key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' },
];
export const EVERYWHERE: V1Toleration[] = [{ operator: 'Exists' }];

export const LINUX = { 'kubernetes.io/os': 'linux' } as const;

const UNPRIVILEGED: Pick<V1SecurityContext, keyof V1SecurityContext> = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
  seccompProfile: { type: 'RuntimeDefault' },
};

export function sideContainer(name: string, image: string, args: readonly string[]): Container {
  return {
    name,
    image,
    args: [`--csi-address=${SOCKET}`, ...args],
    securityContext: UNPRIVILEGED,
    resources: RESOURCES,
    volumeMounts: [SOCKET_MOUNT],
  };
}

/** Claims become volumes through this one. */
export function provisioner(images: ImageSource, args: readonly string[] = []): Container {
  const own = ['--leader-election', '--extra-create-metadata', '--timeout=3m', ...args];
  return {
    ...sideContainer('csi-provisioner', images('csiProvisioner'), own),
    env: [
      { name: 'NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
      { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ],
  };
}

export function attacher(images: ImageSource): Container {
  return sideContainer('csi-attacher', images('csiAttacher'), ['--leader-election', '--timeout=3m']);
}

export function resizer(images: ImageSource): Container {
  const args = ['--leader-election', '--timeout=3m', '--handle-volume-inuse-error=false'];
  return sideContainer('csi-resizer', images('csiResizer'), args);
}

/** @param folder of the driver, below the kubelet's plugins. */
export function registrar(images: ImageSource, folder: string): Container {
  const container = sideContainer('csi-node-driver-registrar', images('csiNodeDriverRegistrar'), [
    `--kubelet-registration-path=${KUBELET.plugin(folder)}/csi.sock`,
  ]);
  return {
    ...container,
    // The kubelet's folder belongs to root.
    securityContext: { ...UNPRIVILEGED, runAsUser: 0 },
    volumeMounts: [SOCKET_MOUNT, { name: 'registration', mountPath: '/registration' }],
  };
}

/** @param port of the node, where the driver shares its network. */
export function livenessProbe(images: ImageSource, port: number): Container {
  return sideContainer('liveness-probe', images('csiLivenessProbe'), [
    '--probe-timeout=3s',
    `--http-endpoint=:${port}`,
  ]);
}

export function alive(port: number): V1Probe {
  const times = { failureThreshold: 5, initialDelaySeconds: 30, timeoutSeconds: 10, periodSeconds: 30 };
  return { httpGet: { path: '/healthz', port }, ...times };
}

/** @param folder of the driver, below the kubelet's plugins. */
export function kubeletVolumes(folder: string): NonNullable<V1PodSpec['volumes']> {
  return [
    { name: 'socket', hostPath: { path: KUBELET.plugin(folder), type: 'DirectoryOrCreate' } },
    { name: 'registration', hostPath: { path: KUBELET.registry, type: 'Directory' } },
  ];
}
