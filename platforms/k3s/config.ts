/** The K3s configuration file of one machine (https://docs.k3s.io/installation/configuration). */
import type { K3sPlatformConfig } from '../../domain/cluster-definition.js';
import { PRIMARY_INTERFACE } from '../../domain/network/interface-names.js';
import type { PlatformCluster, PlatformMachine } from '../platform.js';

const API_PORT = 6443;

/** YAML for `/etc/rancher/k3s/config.yaml`; holds the placeholder of the join token, not the token. */
export function configYaml(machine: PlatformMachine, cluster: PlatformCluster): string {
  const settings =
    machine.role === 'CONTROL_PLANE' ? serverSettings(machine, cluster) : agentSettings(machine, cluster);
  // JSON strings are YAML strings: nothing in a label or a name can break out of its quotes.
  return settings.map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join('');
}

type Setting = readonly [key: string, value: string | boolean | readonly string[]];

function nodeSettings(machine: PlatformMachine, cluster: PlatformCluster): Setting[] {
  const labels = Object.entries(machine.labels).map(([key, value]) => `${key}=${value}`);
  const taints = machine.taints.map(({ key, value, effect }) => `${key}=${value}:${effect}`);
  return [
    ['token', '{{secret:join-token}}'],
    ['node-name', machine.name],
    ['node-ip', machine.address],
    ...flannelInterface(cluster),
    ...(labels.length > 0 ? [['node-label', labels] as const] : []),
    ...(taints.length > 0 ? [['node-taint', taints] as const] : []),
  ];
}

/** Flannel looks for the default route, which may lead out of another interface, or may not be there at all. */
function flannelInterface({ definition }: PlatformCluster): Setting[] {
  const { network, nodeGroups } = definition;
  const isPlain =
    network.egress === 'GATEWAY' && nodeGroups.every((group) => group.network.interfaces.length === 0);
  return isPlain ? [] : [['flannel-iface', PRIMARY_INTERFACE]];
}

function agentSettings(machine: PlatformMachine, cluster: PlatformCluster): Setting[] {
  return [...nodeSettings(machine, cluster), ['server', joinUrl(cluster)]];
}

function serverSettings(machine: PlatformMachine, cluster: PlatformCluster): Setting[] {
  const { definition, controlPlane } = cluster;
  const config = definition.platformConfig as unknown as K3sPlatformConfig;
  const isFirst = controlPlane[0]?.name === machine.name;
  const formation: Setting[] = isFirst
    ? // Embedded etcd only where there are several servers: a lone one keeps SQLite, which needs no quorum.
      controlPlane.length > 1
      ? [['cluster-init', true]]
      : []
    : [['server', joinUrl(cluster)]];
  return [
    ...nodeSettings(machine, cluster),
    ...formation,
    ['tls-san', controlPlane.flatMap(({ name, address }) => [address, name])],
    ['cluster-cidr', definition.network.podCidr],
    ['service-cidr', definition.network.serviceCidr],
    ['flannel-backend', config.flannelBackend],
    ['secrets-encryption', definition.security.encryptSecretsAtRest],
    ['write-kubeconfig-mode', '0600'],
    ...(config.disable.length > 0 ? [['disable', config.disable] as const] : []),
  ];
}

function joinUrl(cluster: PlatformCluster): string {
  return `https://${cluster.controlPlane[0]?.address ?? ''}:${API_PORT}`;
}
