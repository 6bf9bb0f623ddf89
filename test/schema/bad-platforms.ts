/** Definitions whose `platformConfig` must be refused. */
import type { ClusterType } from '../../domain/cluster-definition.js';
import type { BadDefinition } from './bad-definition.js';
import { aDefinition, anOkdDefinition, aServerGroup } from './definition-builder.js';

const VERSIONS: Readonly<Record<ClusterType, string>> = {
  OKD: '4.19.0',
  TALOS: 'v1.9.1',
  K3S: 'v1.32.0+k3s1',
  RKE2: 'v1.32.0+rke2r1',
  VANILLA: 'v1.32.0',
};

function bad(type: ClusterType, platformConfig: Record<string, unknown>, ...fields: string[]): BadDefinition {
  const lone = { type, version: VERSIONS[type], nodeGroups: [aServerGroup()] };
  return {
    name: `${type} with ${JSON.stringify(platformConfig)}`,
    body: type === 'OKD' ? anOkdDefinition({ platformConfig }) : aDefinition({ ...lone, platformConfig }),
    pointers: fields.map((field) => `/platformConfig/${field}`),
  };
}

const MIRRORS = { 'docker.io': ['https://mirror.lab.internal:5000'] };

export const BAD_PLATFORMS: readonly BadDefinition[] = [
  bad('K3S', { registries: { mirrors: { 'docker io': ['https://m'] } } }, 'registries/mirrors/docker io'),
  bad('K3S', { registries: { mirrors: { 'docker.io': ['mirror:5000'] } } }, 'registries/mirrors/docker.io/0'),
  bad('K3S', { registries: { mirrors: { 'docker.io': [] } } }, 'registries/mirrors/docker.io'),
  bad(
    'K3S',
    { registries: { mirrors: MIRRORS, certificateAuthorities: { 'mirror.lab.internal:5000': 'key' } } },
    'registries/certificateAuthorities/mirror.lab.internal:5000',
  ),
  bad('K3S', { airGapUrl: 'http://files.lab.internal/k3s' }, 'airGapUrl'),
  bad('K3S', { airGapUrl: "https://files.lab.internal/'; reboot; '" }, 'airGapUrl'),
  bad('K3S', { airGapUrl: 'https://files.lab.internal/a/../b' }, 'airGapUrl'),
  bad('K3S', { datastore: '../datastore' }, 'datastore'),
  bad('RKE2', { flannelBackend: 'vxlan' }, 'flannelBackend'),
  bad('RKE2', { cni: 'flannel', disable: ['traefik'] }, 'cni', 'disable/0'),
  bad('RKE2', { disable: ['rke2-ingress-nginx', 'rke2-ingress-nginx'] }, 'disable/1'),
  bad('VANILLA', { cni: 'cilium' }, 'cni'),
  bad('VANILLA', { imageRepository: 'registry.k8s.io/kube:v1' }, 'imageRepository'),
  bad('TALOS', { installDisk: 'sda', installerImage: 'Installer' }, 'installDisk', 'installerImage'),
  bad('TALOS', { patches: ['machine: {}'] }, 'patches/0'),
  bad('OKD', { bootFiles: '../scos', installDevice: '/dev/../sda' }, 'bootFiles', 'installDevice'),
  bad('OKD', { toolsUrl: 'https://files.lab.internal/okd/', pullSecret: '{}' }, 'pullSecret', 'toolsUrl'),
  {
    name: 'secrets of RKE2 in the clear',
    body: aDefinition({
      ...{ type: 'RKE2', version: VERSIONS.RKE2, nodeGroups: [aServerGroup()] },
      security: { encryptSecretsAtRest: false },
    }),
    pointers: ['/security/encryptSecretsAtRest'],
  },
  {
    name: 'secrets of OKD encrypted from the beginning',
    body: anOkdDefinition({ security: { encryptSecretsAtRest: true } }),
    pointers: ['/security/encryptSecretsAtRest'],
  },
];
