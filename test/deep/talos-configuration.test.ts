/** Every machine configuration that is made is one that Talos reads and takes, with its warnings taken as errors. */
import { spawnSync } from 'node:child_process';
import { beforeAll, expect, test } from '@jest/globals';
import { machineConfiguration } from '../../activities/talos/machine-configuration/machine-configuration.js';
import { talosSecrets, type TalosSecrets } from '../../activities/talos/secrets.js';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { TalosPlatformConfig } from '../../domain/platform-config.js';
import type { PlannedMachine } from '../../domain/plan.js';
import { aPlannedMachine, aTalosDefinition, uuidOf } from '../activities/talos/talos-world.js';
import { aStore } from '../store/store-builder.js';
import { BUILD_TIMEOUT_MS, describeWithGo, goProgram, TALOS_VALIDATE } from './go-program.js';

type Input = Parameters<typeof machineConfiguration>[0];
/** Of the definition and of the machine. */
interface Shape {
  readonly definition?: Partial<ClusterDefinition>;
  readonly network?: Partial<ClusterDefinition['network']>;
  readonly platformConfig?: Partial<TalosPlatformConfig>;
  readonly machine?: Partial<PlannedMachine>;
  readonly endpoint?: Input['endpoint'];
}

const PLAIN = aTalosDefinition();
const CARD = aPlannedMachine(1).network;
const STORAGE_CARD = {
  ...{ name: 'storage', bridge: 'vmbr1', vlan: null, gateway: null, mtu: 9_000 },
  ...{ address: '10.2.0.11', prefixLength: 24 },
};
const WATCHDOG = { apiVersion: 'v1alpha1', kind: 'WatchdogTimerConfig' };

const SHAPES: Readonly<Record<string, Shape>> = {
  'a plain cluster': {},
  'a balanced one with names': {
    endpoint: { address: '10.1.107.90', isBalanced: true, names: ['api.edge.lab.internal', '192.0.2.10'] },
  },
  'one without workers': { definition: { nodeGroups: PLAIN.nodeGroups.slice(0, 1) } },
  'one without encryption': { definition: { security: { ...PLAIN.security, encryptSecretsAtRest: false } } },
  'labels and taints, one of them without a value': {
    machine: {
      labels: { tier: 'a', 'node.example.com/zone': 'b' },
      taints: [
        { key: 'gpu', value: 'yes', effect: 'NoSchedule' },
        { key: 'example.com/reserved', value: '', effect: 'NoExecute' },
      ],
    },
  },
  'an IPv6 network': {
    endpoint: { address: 'fd00::90', isBalanced: true, names: [] },
    network: { cidr: 'fd00::/64', gateway: 'fd00::1', podCidr: 'fd01::/56', serviceCidr: 'fd02::/112' },
    machine: {
      network: {
        ...CARD,
        address: 'fd00::101',
        prefixLength: 64,
        gateway: 'fd00::1',
        nameservers: ['fd00::2'],
      },
    },
  },
  'another card, and no way out': {
    network: { egress: 'NONE', gateway: null },
    machine: { network: { ...CARD, gateway: null, mtu: 1_400 }, interfaces: [STORAGE_CARD] },
  },
  'a network of its own choice': { platformConfig: { cni: 'none' } },
  'patches of the configuration and of another document': {
    platformConfig: {
      patches: [
        { machine: { sysctls: { 'vm.max_map_count': '262144' }, certSANs: ['talos.lab.internal'] } },
        { ...WATCHDOG, device: '/dev/watchdog0' },
        { ...WATCHDOG, timeout: '2m0s' },
      ],
    },
  },
  'a release before Talos answered DNS': { definition: { version: 'v1.6.8' } },
};

describeWithGo([TALOS_VALIDATE], 'Talos', () => {
  let program: string;
  let secrets: TalosSecrets;
  beforeAll(async () => {
    program = await goProgram(TALOS_VALIDATE);
    secrets = await talosSecrets((await aStore()).secrets, 'uid-1');
  }, BUILD_TIMEOUT_MS);

  const configurationOf = (role: Input['role'], shape: Shape): string => {
    const definition = { ...PLAIN, ...shape.definition };
    return machineConfiguration({
      definition: {
        ...definition,
        network: { ...definition.network, ...shape.network },
        platformConfig: { ...definition.platformConfig, ...shape.platformConfig },
      },
      endpoint: shape.endpoint ?? { address: CARD.address ?? '', isBalanced: false, names: [] },
      machine: aPlannedMachine(1, shape.machine),
      machineUuid: uuidOf(1),
      role,
      secrets,
    });
  };
  const objections = (...texts: readonly string[]): string[] => {
    const { stdout, stderr } = spawnSync(program, { input: JSON.stringify(texts), encoding: 'utf8' });
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout) as string[];
  };

  test.each(Object.entries(SHAPES))('takes the configurations of %s', (_, shape) => {
    expect(objections(configurationOf('controlplane', shape), configurationOf('worker', shape))).toEqual([
      '',
      '',
    ]);
  });

  test.each([
    ['a field that it does not know', { machine: { sysctl: { a: '1' } } }, /sysctl/],
    ['an endpoint that is none', { cluster: { controlPlane: { endpoint: 'edge' } } }, /endpoint/],
    ['a label that no node may have', { machine: { nodeLabels: { 'a b': 'c' } } }, /a b/],
    ['a document of no known kind', { apiVersion: 'v1alpha1', kind: 'WatchdogConfig' }, /WatchdogConfig/],
  ])('objects to %s', (_, patch, why) => {
    const text = configurationOf('controlplane', { platformConfig: { patches: [patch] } });

    expect(objections(text)).toEqual([expect.stringMatching(why)]);
  });
});
