/** The RKE2 configuration file of one machine (https://docs.rke2.io/reference/server_config). */
import { PRIMARY_INTERFACE } from '../../domain/network/interface-names.js';
import type { Rke2PlatformConfig } from '../../domain/platform-config.js';
import type { PlatformCluster, PlatformMachine } from '../platform.js';
import {
  certificateNames,
  hasPlainRouting,
  identitySettings,
  markSettings,
  settingsYaml,
  type Setting,
} from '../rancher/settings.js';

export const API_PORT = 6443;
/** Where servers and agents join; the API has a port of its own. */
export const SUPERVISOR_PORT = 9345;

export function rke2Settings({ definition }: Pick<PlatformCluster, 'definition'>): Rke2PlatformConfig {
  return definition.platformConfig as unknown as Rke2PlatformConfig;
}

/** YAML for `/etc/rancher/rke2/config.yaml`; holds the placeholder of the join token, not the token. */
export function configYaml(machine: PlatformMachine, cluster: PlatformCluster): string {
  const node = [...identitySettings(machine), ...markSettings(machine)];
  if (machine.role !== 'CONTROL_PLANE') return settingsYaml([...node, ['server', joinUrl(cluster)]]);
  return settingsYaml([...node, ...serverSettings(machine, cluster)]);
}

/** Secrets are encrypted in etcd whatever is said: there is no setting for it. */
function serverSettings(machine: PlatformMachine, cluster: PlatformCluster): Setting[] {
  const { network } = cluster.definition;
  const { cni, disable } = rke2Settings(cluster);
  const isFirst = cluster.controlPlane[0]?.name === machine.name;
  return [
    ...(isFirst ? [] : [['server', joinUrl(cluster)] as const]),
    ['tls-san', certificateNames(cluster)],
    ['cluster-cidr', network.podCidr],
    ['service-cidr', network.serviceCidr],
    ['cni', [cni]],
    ['write-kubeconfig-mode', '0600'],
    ...(disable.length > 0 ? [['disable', disable] as const] : []),
  ];
}

/**
 * Flannel inside of Canal looks for the default route, which may lead out of another interface, or may not be there at
 * all (https://docs.rke2.io/networking/basic_network_options).
 * @returns the manifest that tells it the interface; `null` where it finds the right one, and for other networks.
 */
export function canalManifest(cluster: PlatformCluster): string | null {
  if (rke2Settings(cluster).cni !== 'canal' || hasPlainRouting(cluster)) return null;
  return [
    'apiVersion: helm.cattle.io/v1',
    'kind: HelmChartConfig',
    'metadata:',
    '  name: rke2-canal',
    '  namespace: kube-system',
    'spec:',
    '  valuesContent: |-',
    '    flannel:',
    `      iface: ${JSON.stringify(PRIMARY_INTERFACE)}`,
    '',
  ].join('\n');
}

function joinUrl({ endpoint }: PlatformCluster): string {
  return `https://${endpoint.address}:${SUPERVISOR_PORT}`;
}
