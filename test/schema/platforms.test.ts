import { describe, expect, test } from '@jest/globals';
import type { ClusterType } from '../../domain/cluster-definition.js';
import { parseClusterDefinition } from '../../schema/cluster-definition.js';
import { aDefinition, anOkdDefinition, aServerGroup, NETWORK } from './definition-builder.js';

const VERSIONS: Readonly<Record<ClusterType, string>> = {
  OKD: '4.19.0',
  TALOS: 'v1.9.1',
  K3S: 'v1.32.0+k3s1',
  RKE2: 'v1.32.0+rke2r1',
  VANILLA: 'v1.32.0',
};

const DEFAULTS: readonly [ClusterType, object][] = [
  ['K3S', { disable: [], flannelBackend: 'vxlan', registries: null, airGapUrl: null, datastore: null }],
  ['RKE2', { cni: 'canal', disable: [], registries: null, airGapUrl: null }],
  ['VANILLA', { cni: 'FLANNEL', imageRepository: 'registry.k8s.io', registries: null }],
  [
    'TALOS',
    {
      ...{ installerImage: 'ghcr.io/siderolabs/installer', installDisk: '/dev/sda' },
      ...{ cni: 'flannel', patches: [] },
    },
  ],
  [
    'OKD',
    {
      ...{ bootFiles: 'scos', installDevice: '/dev/sda', pullSecret: null },
      toolsUrl: 'https://github.com/okd-project/okd/releases/download/4.19.0',
    },
  ],
];

function platformOf(type: ClusterType, platformConfig: Record<string, unknown>): unknown {
  const lone = aDefinition({ type, version: VERSIONS[type], nodeGroups: [aServerGroup()] });
  const definition = type === 'OKD' ? anOkdDefinition() : lone;
  const result = parseClusterDefinition({ ...definition, platformConfig }, NETWORK);
  return result.ok ? result.definition.platformConfig : result.faults;
}

describe('the settings of a distribution', () => {
  test.each(DEFAULTS)('%s have defaults, which resolve to themselves', (type, expected) => {
    expect(platformOf(type, {})).toEqual(expected);
    expect(platformOf(type, { ...expected })).toEqual(expected);
  });

  test.each(['K3S', 'RKE2', 'VANILLA'] as const)('mirrors of registries for %s', (type) => {
    const mirrors = { 'docker.io': ['https://mirror.lab.internal:5000', 'http://10.1.107.8/v2'] };
    const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
    const certificateAuthorities = { 'mirror.lab.internal:5000': pem };

    expect(platformOf(type, { registries: { mirrors } })).toMatchObject({
      registries: { mirrors, certificateAuthorities: {} },
    });
    expect(platformOf(type, { registries: { mirrors, certificateAuthorities } })).toMatchObject({
      registries: { mirrors, certificateAuthorities },
    });
  });

  test('patches of Talos keep all that they say', () => {
    const patches = [
      { machine: { sysctls: { 'vm.max_map_count': '262144' } } },
      { cluster: { x: [1, null] } },
    ];

    expect(platformOf('TALOS', { patches })).toMatchObject({ patches });
  });

  test('of one are not those of another', () => {
    expect(platformOf('VANILLA', { disable: ['traefik'] })).toEqual([
      { pointer: '/platformConfig/disable', detail: 'is not a known field' },
    ]);
  });

  test('say nothing of the installer as long as it is not known which version is meant', () => {
    const result = parseClusterDefinition(anOkdDefinition({ version: '4.19 0' }), NETWORK);

    expect(result.ok || result.faults.map(({ pointer }) => pointer)).toEqual(['/version']);
  });
});

describe('machines of OKD', () => {
  const result = parseClusterDefinition(
    anOkdDefinition({
      nodeGroups: [
        { name: 'bootstrap', role: 'BOOTSTRAP', count: 1, boot: { configTemplate: 'scos-bootstrap' } },
        { name: 'masters', role: 'CONTROL_PLANE', count: 1, template: { cores: 8 } },
        {
          name: 'bastion',
          role: 'BASTION',
          count: 1,
          boot: { method: 'TEMPLATE' },
          template: { imageSource: 'jump' },
        },
      ],
    }),
    NETWORK,
  );
  const groups = result.ok ? result.definition.nodeGroups : [];

  test('are as large as its installation asks for, but for the bastion', () => {
    expect(groups.map(({ template: { cores, memoryMiB, diskGiB } }) => [cores, memoryMiB, diskGiB])).toEqual([
      [4, 16_384, 120],
      [8, 16_384, 120],
      [2, 4096, 20],
    ]);
  });

  test('are told what to boot by the name of their configuration', () => {
    expect(groups[0]?.boot).toMatchObject({
      ...{ method: 'PXE', configTemplate: 'scos-bootstrap' },
      ...{ kernel: null, initrd: null, kernelArguments: [] },
    });
  });
});
