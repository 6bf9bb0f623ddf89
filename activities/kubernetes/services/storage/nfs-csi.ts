/**
 * The NFS driver of the Kubernetes storage group: claims become folders of an export
 * (https://github.com/kubernetes-csi/csi-driver-nfs, `deploy` and `docs/driver-parameters.md`).
 */
import type { ClusterType } from '../../../../domain/cluster-definition.js';
import {
  accountWithRole,
  privilegedNamespace,
  privilegedOn,
  roleInNamespace,
  serviceAccount,
  type ClusterObject,
} from '../cluster-object.js';
import type { ImageSource } from '../images.js';
import { ourLabels } from '../labels.js';
import { daemonSet, deployment } from '../workloads.js';
import * as csi from './csi-containers.js';
import { defaultMark } from './default-class.js';
import { CLASS_LABELS, CONTROLLER_RULES, LEASE_RULES, type StorageDriver } from './storage-driver.js';

export interface NfsCsiInput {
  readonly type: ClusterType;
  readonly server: string;
  readonly path: string;
  readonly storageClass: string;
  readonly isDefault: boolean;
  readonly images: ImageSource;
}

export const NFS_CSI_DRIVER = 'nfs.csi.k8s.io';
const NAMESPACE = 'csi-nfs';
const NAME = 'csi-nfs';
const FOLDER = 'csi-nfsplugin';
const CONTROLLER = { namespace: NAMESPACE, name: `${NAME}-controller` } as const;
const NODE = { namespace: NAMESPACE, name: `${NAME}-node` } as const;
/** Both share the network of their node, so that a mount outlives the pod that made it. */
const CONTROLLER_PORT = 29_652;
const NODE_PORT = 29_653;

export function nfsCsi(input: NfsCsiInput): StorageDriver {
  const { type, server, path, storageClass, isDefault, images } = input;
  return {
    objects: [
      privilegedNamespace(NAMESPACE),
      ...accountWithRole(CONTROLLER, CONTROLLER_RULES),
      ...roleInNamespace(CONTROLLER, LEASE_RULES),
      serviceAccount(NODE),
      ...privilegedOn(type, CONTROLLER),
      ...privilegedOn(type, NODE),
      {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'CSIDriver',
        metadata: { name: NFS_CSI_DRIVER, labels: ourLabels(NAME, 'driver') },
        spec: { attachRequired: false, volumeLifecycleModes: ['Persistent'], fsGroupPolicy: 'File' },
      },
      controller(images),
      node(images),
    ],
    storageClass: {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: storageClass, labels: CLASS_LABELS, annotations: defaultMark(isDefault) },
      provisioner: NFS_CSI_DRIVER,
      parameters: { server, share: path },
      reclaimPolicy: 'Delete',
      allowVolumeExpansion: true,
      volumeBindingMode: 'Immediate',
      mountOptions: ['nfsvers=4.1'],
    },
  };
}

function controller(images: ImageSource): ClusterObject {
  return deployment(
    { ...CONTROLLER, app: NAME, component: 'controller' },
    {
      ...pod(images, CONTROLLER_PORT, [csi.provisioner(images), csi.resizer(images)]),
      serviceAccountName: CONTROLLER.name,
      priorityClassName: 'system-cluster-critical',
      tolerations: csi.ON_CONTROL_PLANE,
      volumes: [{ name: 'socket', emptyDir: {} }, podsVolume],
    },
    // Two of it on one node would want the same port.
    { type: 'Recreate' },
  );
}

function node(images: ImageSource): ClusterObject {
  return daemonSet(
    { ...NODE, app: NAME, component: 'node' },
    {
      ...pod(images, NODE_PORT, [csi.registrar(images, FOLDER)]),
      serviceAccountName: NODE.name,
      priorityClassName: 'system-node-critical',
      tolerations: csi.EVERYWHERE,
      volumes: [...csi.kubeletVolumes(FOLDER), podsVolume],
    },
  );
}

const podsVolume = { name: 'pods', hostPath: { path: csi.KUBELET.pods, type: 'Directory' } } as const;

function pod(images: ImageSource, port: number, others: readonly csi.Container[]): csi.PodSpec {
  return {
    hostNetwork: true,
    dnsPolicy: 'ClusterFirstWithHostNet',
    nodeSelector: csi.LINUX,
    containers: [
      {
        name: 'nfs',
        image: images('nfsCsi'),
        args: ['--nodeid=$(NODE_ID)', `--endpoint=${csi.SOCKET}`],
        env: [{ name: 'NODE_ID', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
        securityContext: { privileged: true },
        resources: csi.RESOURCES,
        livenessProbe: csi.alive(port),
        volumeMounts: [
          csi.SOCKET_MOUNT,
          { name: 'pods', mountPath: csi.KUBELET.pods, mountPropagation: 'Bidirectional' },
        ],
      },
      csi.livenessProbe(images, port),
      ...others,
    ],
  };
}
