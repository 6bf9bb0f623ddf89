/** The K3s configuration file of one machine (https://docs.k3s.io/installation/configuration). */
import { PRIMARY_INTERFACE } from '../../domain/network/interface-names.js';
import type { PlatformCluster, PlatformMachine } from '../platform.js';
import {
  certificateNames,
  hasPlainRouting,
  identitySettings,
  markSettings,
  settingsYaml,
  type Setting,
} from '../rancher/settings.js';
import { k3sSettings } from './settings.js';

export const API_PORT = 6443;

/** YAML for `/etc/rancher/k3s/config.yaml`; holds the placeholders of secrets, not the secrets. */
export function configYaml(machine: PlatformMachine, cluster: PlatformCluster): string {
  return settingsYaml(
    machine.role === 'CONTROL_PLANE' ? serverSettings(machine, cluster) : agentSettings(machine, cluster),
  );
}

function nodeSettings(machine: PlatformMachine, cluster: PlatformCluster): Setting[] {
  return [...identitySettings(machine), ...flannelInterface(cluster), ...markSettings(machine)];
}

/** Flannel looks for the default route, which may lead out of another interface, or may not be there at all. */
function flannelInterface(cluster: PlatformCluster): Setting[] {
  return hasPlainRouting(cluster) ? [] : [['flannel-iface', PRIMARY_INTERFACE]];
}

function agentSettings(machine: PlatformMachine, cluster: PlatformCluster): Setting[] {
  return [...nodeSettings(machine, cluster), ['server', joinUrl(cluster)]];
}

function serverSettings(machine: PlatformMachine, cluster: PlatformCluster): Setting[] {
  const { definition } = cluster;
  const config = k3sSettings(definition);
  return [
    ...nodeSettings(machine, cluster),
    ...formation(machine, cluster),
    ['tls-san', certificateNames(cluster)],
    ['cluster-cidr', definition.network.podCidr],
    ['service-cidr', definition.network.serviceCidr],
    ['flannel-backend', config.flannelBackend],
    ['secrets-encryption', definition.security.encryptSecretsAtRest],
    ['write-kubeconfig-mode', '0600'],
    ...(config.disable.length > 0 ? [['disable', config.disable] as const] : []),
  ];
}

/** How a server finds its cluster: by the datastore that all share, by the first server, or by being the first. */
function formation(machine: PlatformMachine, cluster: PlatformCluster): Setting[] {
  const { definition, controlPlane } = cluster;
  if (k3sSettings(definition).datastore !== null) {
    return [['datastore-endpoint', '{{secret:datastore-endpoint}}']];
  }
  if (controlPlane[0]?.name !== machine.name) return [['server', joinUrl(cluster)]];
  // Embedded etcd only where there are several servers: a lone one keeps SQLite, which needs no quorum.
  return controlPlane.length > 1 ? [['cluster-init', true]] : [];
}

function joinUrl(cluster: PlatformCluster): string {
  return `https://${cluster.endpoint.address}:${API_PORT}`;
}
