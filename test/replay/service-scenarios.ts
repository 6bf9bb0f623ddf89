/** Scenarios from the time on at which clusters have services and all distributions. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { DnsConfiguration } from '../../domain/services/configuration.js';
import { aClusterOf, aDefinition, aNodeGroup } from '../builders/definition.js';
import { aDnsService, aLoadBalancer, aPxeService, aStorageService, PAIR } from '../builders/service.js';
import { activityError } from '../workflows/fake-activities.js';
import type { Scenario } from './scenarios.js';

const SERVER: DnsConfiguration['server'] = {
  ...{ address: '10.1.107.53', port: 53, zone: 'lab.internal', ttlSeconds: 300 },
  ...{ keyName: 'clusters', keyAlgorithm: 'hmac-sha256', keySecret: 'clusters' },
};

const wholeLife: Scenario['run'] = async (driver, definition) => {
  const handle = await driver.provision(definition);
  await driver.settled(handle);
  await driver.decommission(handle);
};

/** Goes in stages: its node, what stands in Proxmox VE for it, its balancer, its names. */
const inStages: Omit<Scenario, 'keep'> = {
  definition: (name) =>
    aClusterOf(1, 1, {
      name,
      services: [
        aLoadBalancer({ dependsOn: ['dns'], startupOrder: 2 }),
        aDnsService({ configuration: { kind: 'RFC2136', machines: null, server: SERVER } }),
        aStorageService(),
      ],
    }),
  prepare: (activities) => {
    activities.on('clusterNames', () => ({
      records: [{ name: 'api.demo.lab.internal', address: '10.1.107.100' }],
      lookUp: { id: 'verify-dns', title: 'Look up', files: [], verify: 'true', timeoutSeconds: 60 },
    }));
    activities.on('listVolumes', () => ({
      volumes: [{ volume: 'ceph-vm:vm-9999-pvc-1', host: null, claim: 'default/data' }],
      warnings: [],
    }));
  },
  run: wholeLife,
};

export const SERVICE_SCENARIOS: Readonly<Record<string, Scenario>> = {
  'served-one-server': {
    definition: (name) => aDefinition({ name }),
    run: wholeLife,
    keep: ['', '/provision-1', '/provision-1/NAME-server-1'],
  },
  'served-three-servers-two-workers': {
    definition: (name) => aClusterOf(3, 2, { name }),
    run: wholeLife,
    keep: ['/provision-1', '/provision-1/NAME-server-2', '/provision-1/NAME-worker-1'],
  },
  'served-hard-limit': {
    definition: (name) => aDefinition({ name, deadlineMinutes: 30 }),
    prepare: (activities) =>
      activities.on('waitForSsh', () => {
        throw activityError('SSH_UNREACHABLE', 'no route');
      }),
    run: wholeLife,
    keep: ['/provision-1', '/provision-1/NAME-server-1'],
  },
  'balanced-by-a-pair': {
    definition: (name) =>
      aClusterOf(1, 1, {
        name,
        services: [
          aLoadBalancer({ configuration: { machines: PAIR }, dependsOn: ['dns'], startupOrder: 2 }),
          aDnsService(),
        ],
      }),
    run: wholeLife,
    keep: ['/provision-1', '/provision-1/NAME-lb-1', '/provision-1/NAME-server-1', '/decommission-2'],
  },
  'service-done-without': {
    definition: (name) => aDefinition({ name, services: [aDnsService({ required: false })] }),
    prepare: (activities) =>
      activities.on('runGuestStep', ({ step }) => {
        if ((step as { id: string }).id.startsWith('dns-server'))
          throw activityError('CLOUD_INIT_FAILED', 'no package');
      }),
    run: wholeLife,
    keep: ['/provision-1', '/provision-1/NAME-dns-1'],
  },
  'records-outside': {
    definition: (name) =>
      aDefinition({
        name,
        services: [aDnsService({ configuration: { kind: 'RFC2136', machines: null, server: SERVER } })],
      }),
    prepare: (activities) =>
      activities.on('clusterNames', () => ({
        records: [{ name: 'api.demo.lab.internal', address: '10.1.107.100' }],
        lookUp: { id: 'verify-dns', title: 'Look up', files: [], verify: 'true', timeoutSeconds: 60 },
      })),
    run: wholeLife,
    keep: ['', '/provision-1', '/decommission-2'],
  },
  'taken-down-in-stages': { ...inStages, keep: ['/decommission-2'] },
  // From here on: with a certificate of removal.
  'attested-in-stages': { ...inStages, keep: ['/decommission-2'] },
  'attested-after-a-while': {
    definition: (name) => aDefinition({ name }),
    prepare: (activities) =>
      activities.on('proveGone', (_args, callNumber) => {
        if (callNumber < 40) throw activityError('RESIDUE_LEFT', 'local-zfs:vm-20000-disk-0');
      }),
    run: wholeLife,
    keep: ['', '/decommission-2'],
  },
  'vanilla-two-servers': {
    definition: (name) => vanilla(name),
    run: wholeLife,
    keep: ['/provision-1/NAME-server-1', '/provision-1/NAME-server-2'],
  },
  'talos-two-servers': {
    definition: (name) => talos(name),
    run: wholeLife,
    keep: ['/provision-1', '/provision-1/NAME-server-1', '/provision-1/NAME-server-2'],
  },
  // From here on: a machine that was made from an older image is brought to the release of its cluster.
  'talos-brought-to-release': {
    definition: (name) => talos(name),
    run: wholeLife,
    keep: ['/provision-1', '/provision-1/NAME-server-1', '/provision-1/NAME-server-2'],
  },
  'okd-bootstrapped': {
    definition: (name) => okd(name),
    run: wholeLife,
    keep: ['/provision-1', '/provision-1/NAME-bootstrap-1', '/provision-1/NAME-masters-1'],
  },
};

function vanilla(name: string): ClusterDefinition {
  return aClusterOf(2, 0, {
    name,
    type: 'VANILLA',
    version: 'v1.32.4',
    services: [aLoadBalancer()],
    platformConfig: { cni: 'FLANNEL', imageRepository: 'registry.example', registries: null },
  });
}

function talos(name: string): ClusterDefinition {
  return aClusterOf(2, 0, {
    name,
    type: 'TALOS',
    version: 'v1.9.1',
    services: [aLoadBalancer()],
    platformConfig: {
      installerImage: 'registry.example/installer',
      installDisk: '/dev/sda',
      cni: 'flannel',
      patches: [],
    },
  });
}

/** Booted over the network, with a bootstrap machine that goes. */
function okd(name: string): ClusterDefinition {
  const group = (change: Parameters<typeof aNodeGroup>[0]) =>
    aNodeGroup({
      ...change,
      template: { ...aNodeGroup().template, imageSource: null, storage: 'local-zfs' },
      boot: {
        ...aNodeGroup().boot,
        method: 'PXE',
        configTemplate: change?.role === 'BOOTSTRAP' ? 'scos-bootstrap' : 'scos-master',
        delivery: 'NETWORK',
      },
    });
  return aDefinition({
    name,
    type: 'OKD',
    version: '4.19.0',
    bootMethod: 'PXE',
    nodeGroups: [
      group({
        name: 'bootstrap',
        role: 'BOOTSTRAP',
        lifecycle: { temporary: true, cleanupAfterBoot: true },
      }),
      group({ name: 'masters', count: 3 }),
    ],
    services: [
      aLoadBalancer({ configuration: { services: ['api', 'ingress', 'machine-config'] } }),
      aPxeService({ dependsOn: ['lb'], startupOrder: 2 }),
    ],
    security: { encryptSecretsAtRest: false, sshAuthorizedKeys: [] },
    platformConfig: {
      bootFiles: 'scos',
      installDevice: '/dev/sda',
      toolsUrl: 'https://releases.example',
      pullSecret: null,
    },
  });
}
