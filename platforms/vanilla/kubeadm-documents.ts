/** What kubeadm is told: https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/ */
import type { VanillaPlatformConfig } from '../../domain/platform-config.js';
import type { PlatformCluster, PlatformMachine } from '../platform.js';
import { API_PORT, apiAddress } from './api-address.js';
import { extraArguments, nodeRegistration } from './node-registration.js';
import { ENCRYPTION_CONFIGURATION, ENCRYPTION_FOLDER } from './paths.js';
import { configurationFormat, releaseOf, type Release } from './release.js';
import { SECRETS } from './secrets.js';

export type KubeadmDocument = Readonly<Record<string, unknown>>;

/** How long a token lets machines in; each join begins with a new life of it. */
const TOKEN_LIFE = '24h0m0s';
const NODE_TOKEN_GROUP = 'system:bootstrappers:kubeadm:default-node-token';

/** The documents of `kubeadm init --config` or `kubeadm join --config`; they hold placeholders of secrets. */
export function kubeadmDocuments(machine: PlatformMachine, cluster: PlatformCluster): KubeadmDocument[] {
  const isFirst = cluster.controlPlane[0]?.name === machine.name;
  if (!isFirst) return [joinConfiguration(machine, cluster)];
  return [initConfiguration(machine, cluster), clusterConfiguration(cluster), KUBELET_CONFIGURATION];
}

/** Each document as JSON, which is YAML: nothing in a name or a label can break out of its quotes. */
export function kubeadmYaml(documents: readonly KubeadmDocument[]): string {
  return documents.map((document) => `${JSON.stringify(document, null, 2)}\n`).join('---\n');
}

/** The rest of the kubelet's settings are kubeadm's and its own; all joining machines take them from the cluster. */
const KUBELET_CONFIGURATION: KubeadmDocument = {
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  // The same as containerd's, or pods are killed at random under memory pressure.
  cgroupDriver: 'systemd',
};

function initConfiguration(machine: PlatformMachine, cluster: PlatformCluster): KubeadmDocument {
  const release = releaseOf(cluster.definition.version);
  return {
    ...typed(release, 'InitConfiguration'),
    bootstrapTokens: [
      {
        token: SECRETS.bootstrapToken,
        description: 'Lets machines of this cluster join',
        ttl: TOKEN_LIFE,
        usages: ['signing', 'authentication'],
        groups: [NODE_TOKEN_GROUP],
      },
    ],
    certificateKey: SECRETS.certificateKey,
    localAPIEndpoint: { advertiseAddress: machine.address, bindPort: API_PORT },
    nodeRegistration: nodeRegistration(machine, cluster, release),
  };
}

function clusterConfiguration(cluster: PlatformCluster): KubeadmDocument {
  const { definition, endpoint } = cluster;
  const { network, platformConfig, version } = definition;
  const release = releaseOf(version);
  return {
    ...typed(release, 'ClusterConfiguration'),
    clusterName: definition.name,
    kubernetesVersion: version,
    imageRepository: (platformConfig as unknown as VanillaPlatformConfig).imageRepository,
    controlPlaneEndpoint: apiAddress(cluster),
    networking: { podSubnet: network.podCidr, serviceSubnet: network.serviceCidr },
    apiServer: {
      // Each machine adds its own name and address.
      certSANs: [...new Set([endpoint.address, ...endpoint.names])],
      ...(definition.security.encryptSecretsAtRest ? encryption(release) : {}),
    },
  };
}

function encryption(release: Release): KubeadmDocument {
  const name = 'encryption-provider-config';
  return {
    extraArgs: extraArguments(release, [{ name, value: ENCRYPTION_CONFIGURATION }]),
    extraVolumes: [
      {
        name: 'encryption',
        hostPath: ENCRYPTION_FOLDER,
        mountPath: ENCRYPTION_FOLDER,
        readOnly: true,
        pathType: 'Directory',
      },
    ],
  };
}

function joinConfiguration(machine: PlatformMachine, cluster: PlatformCluster): KubeadmDocument {
  const release = releaseOf(cluster.definition.version);
  const controlPlane = {
    localAPIEndpoint: { advertiseAddress: machine.address, bindPort: API_PORT },
    certificateKey: SECRETS.certificateKey,
  };
  return {
    ...typed(release, 'JoinConfiguration'),
    discovery: {
      bootstrapToken: {
        token: SECRETS.bootstrapToken,
        apiServerEndpoint: apiAddress(cluster),
        caCertHashes: [`sha256:${SECRETS.caHash}`],
      },
    },
    nodeRegistration: nodeRegistration(machine, cluster, release),
    ...(machine.role === 'CONTROL_PLANE' ? { controlPlane } : {}),
  };
}

function typed(release: Release, kind: string): KubeadmDocument {
  return { apiVersion: `kubeadm.k8s.io/${configurationFormat(release)}`, kind };
}
