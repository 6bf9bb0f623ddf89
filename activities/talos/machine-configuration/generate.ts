/** The machine configuration of one machine. It holds secrets: it is made where it is used, and kept nowhere. */
import type { ClusterDefinition } from '../../../domain/cluster-definition.js';
import type { TalosPlatformConfig } from '../../../domain/platform-config.js';
import type { PlannedMachine } from '../../../domain/plan.js';
import { isKubeVip, type ApiEndpoint } from '../../../domain/services/api-endpoint.js';
import { parseVersion } from '../../../domain/versions.js';
import { picksInterface } from '../../../platforms/talos/picks-interface.js';
import type { TalosSecrets } from '../secrets.js';
import type { ClusterSection, FeaturesSection, MachineDocument, MachineSection } from './document.js';
import { networkSection } from './network.js';
import { encodedKey, withKey, withoutKey } from './talos-pem.js';

export interface ConfigurationInput {
  readonly definition: ClusterDefinition;
  readonly endpoint: ApiEndpoint;
  readonly machine: PlannedMachine;
  readonly machineUuid: string;
  readonly role: 'controlplane' | 'worker';
  readonly secrets: TalosSecrets;
}

const API_PORT = 6443;
/** Of the balancer that each machine has for itself, on its loopback: the port that Talos uses by default. */
const KUBE_PRISM_PORT = 7445;
/** The first minor release whose machines answer DNS for their pods. */
const HOST_DNS_SINCE = 7;

/** The same input gives the same document. */
export function machineDocument(input: ConfigurationInput): MachineDocument {
  return {
    version: 'v1alpha1',
    persist: true,
    machine: machineSection(input),
    cluster: clusterSection(input),
  };
}

function machineSection({
  definition,
  endpoint,
  machine,
  machineUuid,
  role,
  secrets,
}: ConfigurationInput): MachineSection {
  const { installDisk, installerImage } = definition.platformConfig as unknown as TalosPlatformConfig;
  const { machineToken, authorities } = secrets;
  const isControlPlane = role === 'controlplane';
  const { labels, taints } = machine;
  return {
    type: role,
    token: machineToken,
    ca: isControlPlane ? withKey(authorities.machine) : withoutKey(authorities.machine),
    certSANs: [...new Set([endpoint.address, ...endpoint.names])],
    kubelet: {
      // Of several addresses the one in the cluster's network is the node's.
      nodeIP: { validSubnets: [definition.network.cidr] },
      // A worker may not taint its own node: it has to come with its taints.
      ...(isControlPlane || taints.length === 0 ? {} : { extraConfig: { registerWithTaints: taints } }),
    },
    network: networkSection(
      machineUuid,
      machine,
      isControlPlane && isKubeVip(definition) ? endpoint.address : null,
    ),
    install: { disk: installDisk, image: `${installerImage}:${definition.version}`, wipe: false },
    ...(Object.keys(labels).length === 0 ? {} : { nodeLabels: labels }),
    ...(isControlPlane && taints.length > 0
      ? {
          nodeTaints: Object.fromEntries(taints.map(({ key, value, effect }) => [key, `${value}:${effect}`])),
        }
      : {}),
    features: features(definition),
  };
}

function features({ version }: ClusterDefinition): FeaturesSection {
  const minor = parseVersion('TALOS', version)?.minor ?? 0;
  return {
    rbac: true,
    stableHostname: true,
    apidCheckExtKeyUsage: true,
    diskQuotaSupport: true,
    kubePrism: { enabled: true, port: KUBE_PRISM_PORT },
    ...(minor < HOST_DNS_SINCE ? {} : { hostDNS: { enabled: true, forwardKubeDNSToHost: true } }),
  };
}

function clusterSection({ definition, endpoint, role, secrets }: ConfigurationInput): ClusterSection {
  const { name, network, nodeGroups, security } = definition;
  const { authorities } = secrets;
  const isControlPlane = role === 'controlplane';
  const hasWorkers = nodeGroups.some((group) => group.role === 'WORKER' || group.role === 'INFRA');
  return {
    id: secrets.clusterId,
    secret: secrets.clusterSecret,
    clusterName: name,
    controlPlane: { endpoint: `https://${inUrl(endpoint.address)}:${API_PORT}` },
    network: {
      dnsDomain: 'cluster.local',
      podSubnets: [network.podCidr],
      serviceSubnets: [network.serviceCidr],
      cni: cni(definition, endpoint),
    },
    token: secrets.bootstrapToken,
    ca: isControlPlane ? withKey(authorities.kubernetes) : withoutKey(authorities.kubernetes),
    // It would tell a service of somebody else's about the machines; Kubernetes itself is enough to find them.
    discovery: { enabled: false },
    ...(isControlPlane
      ? {
          ...(security.encryptSecretsAtRest ? { secretboxEncryptionSecret: secrets.secretboxKey } : {}),
          aggregatorCA: withKey(authorities.aggregator),
          serviceAccount: { key: encodedKey(secrets.serviceAccountKey) },
          apiServer: {
            certSANs: [...new Set([endpoint.address, ...endpoint.names])],
            // Kubernetes has none since 1.25, and Talos would go on trying to make some.
            disablePodSecurityPolicy: true as const,
          },
          etcd: { ca: withKey(authorities.etcd), advertisedSubnets: [network.cidr] },
          ...(hasWorkers ? {} : { allowSchedulingOnControlPlanes: true as const }),
        }
      : {}),
  };
}

function cni(definition: ClusterDefinition, endpoint: ApiEndpoint): ClusterSection['network']['cni'] {
  const { cni: name } = definition.platformConfig as unknown as TalosPlatformConfig;
  if (!picksInterface(definition)) return { name };
  return { name, flannel: { extraArgs: [`--iface-can-reach=${endpoint.address}`] } };
}

function inUrl(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
