/**
 * The Proxmox CSI plugin: claims become disks on a storage of Proxmox VE
 * (https://github.com/sergelogvinov/proxmox-csi-plugin, `docs/deploy` and `docs/config.md`).
 */
import { createHash } from 'node:crypto';
import type { ClusterType } from '../../../../domain/cluster-definition.js';
import { CSI_REGION, PROXMOX_CSI_DRIVER } from '../../../../domain/services/proxmox-csi.js';
import { accountWithRole, privilegedNamespace, privilegedOn, roleInNamespace } from '../cluster-object.js';
import type { ClusterObject } from '../cluster-object.js';
import type { ImageSource } from '../images.js';
import { ourLabels } from '../labels.js';
import { daemonSet, deployment } from '../workloads.js';
import * as csi from './csi-containers.js';
import { defaultMark } from './default-class.js';
import {
  ATTACHER_RULES,
  CAPACITY_RULES,
  CLASS_LABELS,
  CONTROLLER_RULES,
  LEASE_RULES,
  type StorageDriver,
} from './storage-driver.js';

export interface ProxmoxAccess {
  /** Origin, as machines of the cluster reach it. */
  readonly url: string;
  /** PEM; `null`: what the plugin's image trusts. */
  readonly caCertificate: string | null;
}

export interface ProxmoxCsiInput extends ProxmoxAccess {
  readonly type: ClusterType;
  /** `user@realm!name=uuid` */
  readonly token: string;
  readonly proxmoxStorage: string;
  readonly storageClass: string;
  readonly isDefault: boolean;
  readonly images: ImageSource;
}

const NAMESPACE = 'csi-proxmox';
const NAME = 'proxmox-csi-plugin';
const SECRET = 'proxmox-csi-plugin';
const CONFIGURATION_FOLDER = '/etc/proxmox';
const CONTROLLER = { namespace: NAMESPACE, name: `${NAME}-controller` } as const;
const NODE = { namespace: NAMESPACE, name: `${NAME}-node` } as const;
/** Without root, as the plugin's image wants it. */
const USER = 65_532;

export function proxmoxCsi(input: ProxmoxCsiInput): StorageDriver {
  const { type } = input;
  const secret = configurationSecret(input);
  return {
    objects: [
      privilegedNamespace(NAMESPACE),
      ...accountWithRole(CONTROLLER, [...CONTROLLER_RULES, ...ATTACHER_RULES]),
      ...roleInNamespace(CONTROLLER, [...LEASE_RULES, ...CAPACITY_RULES]),
      ...accountWithRole(NODE, [{ apiGroups: [''], resources: ['nodes'], verbs: ['get'] }]),
      ...privilegedOn(type, NODE),
      secret,
      {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'CSIDriver',
        metadata: { name: PROXMOX_CSI_DRIVER, labels: ourLabels(NAME, 'driver') },
        spec: {
          attachRequired: true,
          podInfoOnMount: true,
          storageCapacity: true,
          volumeLifecycleModes: ['Persistent'],
        },
      },
      controller(input, secret),
      node(input),
    ],
    storageClass: {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: {
        name: input.storageClass,
        labels: CLASS_LABELS,
        annotations: defaultMark(input.isDefault),
      },
      provisioner: PROXMOX_CSI_DRIVER,
      parameters: { 'csi.storage.k8s.io/fstype': 'ext4', storage: input.proxmoxStorage },
      reclaimPolicy: 'Delete',
      allowVolumeExpansion: true,
      // A disk of a host's own storage has to be made where the pod will be.
      volumeBindingMode: 'WaitForFirstConsumer',
    },
  };
}

/** YAML takes JSON; the plugin reads nothing else than this file. */
function configurationSecret({ url, token, caCertificate }: ProxmoxCsiInput): ClusterObject {
  const [tokenId = '', tokenSecret = ''] = token.split('=');
  const cluster = {
    url: `${url.replace(/\/+$/, '')}/api2/json`,
    token_id: tokenId,
    token_secret: tokenSecret,
    region: CSI_REGION,
  };
  const files = {
    'config.yaml': JSON.stringify({ clusters: [cluster] }),
    ...(caCertificate === null ? {} : { 'ca.pem': caCertificate }),
  };
  const data = Object.entries(files).map(([name, text]) => [name, Buffer.from(text).toString('base64')]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: { name: SECRET, namespace: NAMESPACE, labels: ourLabels(NAME, 'controller') },
    data: Object.fromEntries(data) as Record<string, string>,
  };
}

function controller({ images, caCertificate }: ProxmoxCsiInput, secret: ClusterObject): ClusterObject {
  const plugin = csi.sideContainer(CONTROLLER.name, images('proxmoxCsiController'), [
    `--cloud-config=${CONFIGURATION_FOLDER}/config.yaml`,
  ]);
  // What a program in Go trusts instead of what its image brings.
  const trust =
    caCertificate === null ? [] : [{ name: 'SSL_CERT_FILE', value: `${CONFIGURATION_FOLDER}/ca.pem` }];
  return deployment(
    {
      ...{ ...CONTROLLER, app: NAME, component: 'controller' },
      // The plugin reads its configuration once: another one is another pod.
      annotations: { 'checksum/configuration': digestOf(secret) },
    },
    {
      priorityClassName: 'system-cluster-critical',
      enableServiceLinks: false,
      serviceAccountName: CONTROLLER.name,
      nodeSelector: csi.LINUX,
      tolerations: csi.ON_CONTROL_PLANE,
      securityContext: { runAsNonRoot: true, runAsUser: USER, runAsGroup: USER, fsGroup: USER },
      containers: [
        {
          ...plugin,
          env: trust,
          volumeMounts: [
            csi.SOCKET_MOUNT,
            { name: 'configuration', mountPath: CONFIGURATION_FOLDER, readOnly: true },
          ],
        },
        csi.attacher(images),
        csi.provisioner(images, [
          '--enable-capacity',
          '--capacity-ownerref-level=2',
          '--default-fstype=ext4',
        ]),
        csi.resizer(images),
      ],
      volumes: [
        { name: 'socket', emptyDir: {} },
        { name: 'configuration', secret: { secretName: SECRET } },
      ],
    },
  );
}

function digestOf(object: ClusterObject): string {
  return createHash('sha256').update(JSON.stringify(object)).digest('hex');
}

function node({ images }: ProxmoxCsiInput): ClusterObject {
  return daemonSet(
    { ...NODE, app: NAME, component: 'node' },
    {
      priorityClassName: 'system-node-critical',
      enableServiceLinks: false,
      serviceAccountName: NODE.name,
      nodeSelector: csi.LINUX,
      tolerations: csi.EVERYWHERE,
      containers: [
        {
          name: NODE.name,
          image: images('proxmoxCsiNode'),
          args: [`--csi-address=${csi.SOCKET}`, '--node-id=$(NODE_NAME)'],
          env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
          // It makes file systems on disks of the node, and mounts them for others.
          securityContext: { privileged: true, runAsUser: 0 },
          resources: csi.RESOURCES,
          volumeMounts: [
            csi.SOCKET_MOUNT,
            { name: 'kubelet', mountPath: csi.KUBELET.root, mountPropagation: 'Bidirectional' },
            { name: 'dev', mountPath: '/dev' },
            { name: 'sys', mountPath: '/sys' },
          ],
        },
        csi.registrar(images, PROXMOX_CSI_DRIVER),
      ],
      volumes: [
        ...csi.kubeletVolumes(PROXMOX_CSI_DRIVER),
        { name: 'kubelet', hostPath: { path: csi.KUBELET.root, type: 'Directory' } },
        { name: 'dev', hostPath: { path: '/dev', type: 'Directory' } },
        { name: 'sys', hostPath: { path: '/sys', type: 'Directory' } },
      ],
    },
  );
}
