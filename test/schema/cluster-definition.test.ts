import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { parseClusterDefinition } from '../../schema/cluster-definition.js';
import type { DefinitionInput } from '../../schema/definition/shape.js';
import { BAD_DEFINITIONS } from './bad-definitions.js';
import {
  aDefinition,
  aLoadBalancer,
  aServerGroup,
  aService,
  aWorkerGroup,
  NETWORK,
} from './definition-builder.js';

function resolved(input: unknown): ClusterDefinition {
  const result = parseClusterDefinition(input, NETWORK);
  if (!result.ok) throw new Error(JSON.stringify(result.faults, null, 2));
  return result.definition;
}

function faultsOf(input: unknown): { pointer: string; detail: string }[] {
  const result = parseClusterDefinition(input, NETWORK);
  return result.ok ? [] : result.faults.map(({ pointer, detail }) => ({ pointer, detail }));
}

describe('a bad definition', () => {
  test.each(BAD_DEFINITIONS)('is refused with every pointer: $name', ({ body, pointers }) => {
    const faults = faultsOf(body);

    expect([...new Set(faults.map(({ pointer }) => pointer))]).toEqual(pointers);
  });

  test('is described in sentences that end where the pointer begins', () => {
    const details = BAD_DEFINITIONS.flatMap(({ body }) => faultsOf(body)).map(({ detail }) => detail);

    expect(details.filter((detail) => /expected|Invalid|undefined|\[object/.test(detail))).toEqual([]);
  });

  test('gets a bounded number of faults, however many it has', () => {
    const body = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`key${index}`, index]));

    const faults = faultsOf(body);

    expect(faults.length).toBeLessThanOrEqual(501);
    expect(faults.at(-1)).toEqual({ pointer: '', detail: 'has 4504 more faults' });
  });

  test('does not poison any prototype', () => {
    const body: unknown = JSON.parse(
      '{"__proto__":{"polluted":1},"platformConfig":{"constructor":{"prototype":{"polluted":1}}}}',
    );

    faultsOf(body);

    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('the defaults of a K3S cluster', () => {
  const definition = resolved(aDefinition());

  test('come from the service for the network', () => {
    expect(definition.network).toEqual({
      isolation: 'NONE',
      privateVLAN: null,
      publicAccess: true,
      bridge: 'vmbr0',
      cidr: '10.1.107.0/24',
      gateway: '10.1.107.1',
      egress: 'GATEWAY',
      ipRange: '10.1.107.100-150',
      nameservers: ['10.1.107.2'],
      domain: 'cluster.internal',
      mtu: null,
      podCidr: '10.42.0.0/16',
      serviceCidr: '10.43.0.0/16',
      virtualAddresses: [],
      firewall: null,
    });
  });

  test('fill in the machines', () => {
    const { template, boot, placement, lifecycle } = definition.nodeGroups[0] as NonNullable<
      (typeof definition.nodeGroups)[0]
    >;

    expect(template).toEqual({
      imageSource: 'local-zfs:9001/ubuntu-24.04-template',
      imageChecksum: null,
      cores: 2,
      memoryMiB: 4096,
      diskGiB: 20,
      storage: null,
      cpuType: 'x86-64-v2-AES',
      cloudInit: { user: 'clusterwright', packages: [], runCmd: [], sshAuthorizedKeys: [] },
    });
    expect(boot).toEqual({
      ...{ method: 'TEMPLATE', configTemplate: null, delivery: 'MEDIUM' },
      ...{ kernel: null, initrd: null, kernelArguments: [] },
    });
    expect(placement.antiAffinity).toBe('NONE');
    expect(lifecycle).toEqual({ temporary: false, cleanupAfterBoot: false });
  });

  test('fill in the run', () => {
    expect(definition).toMatchObject({
      bootMethod: 'TEMPLATE',
      services: [],
      security: { encryptSecretsAtRest: true, sshAuthorizedKeys: [] },
      validation: {
        waitForCluster: true,
        timeoutMinutes: 45,
        healthChecks: ['api-availability', 'node-readiness'],
      },
      platformConfig: {
        ...{ disable: [], flannelBackend: 'vxlan' },
        ...{ registries: null, airGapUrl: null, datastore: null },
      },
      onFailure: 'ROLLBACK',
      deadlineMinutes: null,
    });
  });
});

describe('defaults that depend on something else', () => {
  test('several control-plane machines are kept apart softly', () => {
    const { nodeGroups } = resolved(
      aDefinition({ nodeGroups: [aServerGroup({ count: 3 }), aWorkerGroup()] }),
    );

    expect(nodeGroups.map(({ placement }) => placement.antiAffinity)).toEqual(['SOFT', 'NONE']);
  });

  test("a group boots by the cluster's method unless it has its own", () => {
    const input = aDefinition({
      bootMethod: 'PXE',
      nodeGroups: [aServerGroup(), aWorkerGroup({ boot: { method: 'ISO' } })],
    });

    expect(resolved(input).nodeGroups.map(({ boot }) => boot.method)).toEqual(['PXE', 'ISO']);
  });

  test('OKD has its own checks, networks and a temporary bootstrap machine', () => {
    const definition = resolved(
      aDefinition({
        type: 'OKD',
        version: '4.19.0-okd-scos.5',
        bootMethod: 'PXE',
        nodeGroups: [aServerGroup({ count: 3 }), aWorkerGroup({ role: 'BOOTSTRAP', count: 1 })],
        services: [aLoadBalancer()],
      }),
    );

    expect(definition.validation.healthChecks).toContain('cluster-operators');
    expect(definition.network).toMatchObject({ podCidr: '10.244.0.0/16', serviceCidr: '10.96.0.0/12' });
    expect(definition.security.encryptSecretsAtRest).toBe(false);
    expect(definition.nodeGroups[1]?.lifecycle).toEqual({ temporary: true, cleanupAfterBoot: true });
  });

  test("machines are in the service's VLAN unless the cluster has one of its own", () => {
    const defaults = { ...NETWORK, vlan: 20 };
    const vlanOf = (network: NonNullable<DefinitionInput['network']>): unknown => {
      const result = parseClusterDefinition(aDefinition({ network }), defaults);
      return result.ok ? result.definition.network.privateVLAN : result.faults;
    };

    expect(vlanOf({})).toBe(20);
    expect(vlanOf({ privateVLAN: null })).toBeNull();
    expect(vlanOf({ isolation: 'VLAN', privateVLAN: 107 })).toBe(107);
    expect(vlanOf({ isolation: 'VLAN' })).toEqual([
      expect.objectContaining({ pointer: '/network/privateVLAN' }),
    ]);
  });

  test('a service has the turn of its type, or one after what it depends on', () => {
    const { services } = resolved(
      aDefinition({
        services: [
          aService({ name: 'archive', dependsOn: ['store'] }),
          aService({ name: 'store' }),
          { name: 'pxe', type: 'PXE_BOOT', dependsOn: ['lb'] },
          { ...aLoadBalancer(), startupOrder: 7 },
          { name: 'dns', type: 'DNS' },
        ],
      }),
    );

    expect(services.map(({ name, startupOrder }) => [name, startupOrder])).toEqual([
      ['archive', 5],
      ['store', 4],
      ['pxe', 8],
      ['lb', 7],
      ['dns', 1],
    ]);
  });

  test('a subnet of its own works with gateway and range of its own', () => {
    const network = { cidr: '192.168.7.0/24', gateway: null, ipRange: '192.168.7.10-192.168.7.30' };

    expect(resolved(aDefinition({ network })).network).toMatchObject(network);
  });

  test('an IPv6 cluster is possible when all its networks are', () => {
    const network = {
      cidr: 'fd00:1::/64',
      gateway: 'fd00:1::1',
      ipRange: 'fd00:1::100-fd00:1::1ff',
      nameservers: ['fd00:1::53'],
      podCidr: 'fd00:42::/56',
      serviceCidr: 'fd00:43::/112',
    };

    expect(resolved(aDefinition({ network })).network).toMatchObject(network);
  });
});

describe('what is allowed', () => {
  test('no workers yet', () => {
    expect(resolved(aDefinition({ nodeGroups: [aServerGroup(), aWorkerGroup({ count: 0 })] }))).toBeDefined();
  });

  test.each([1, 3, 5, 7])('%i control-plane machines', (count) => {
    expect(resolved(aDefinition({ nodeGroups: [aServerGroup({ count })] }))).toBeDefined();
  });

  test('control-plane machines of two groups that are odd together', () => {
    const nodeGroups = [aServerGroup({ count: 2 }), aServerGroup({ name: 'third', count: 1 })];

    expect(resolved(aDefinition({ nodeGroups }))).toBeDefined();
  });

  test.each(['topology.kubernetes.io/zone', 'node.kubernetes.io/pool', 'example.com/tier', 'tier'])(
    'the label %s',
    (key) => {
      const nodeGroups = [aServerGroup({ labels: { [key]: 'a' } })];

      expect(resolved(aDefinition({ nodeGroups })).nodeGroups[0]?.labels).toEqual({ [key]: 'a' });
    },
  );

  test.each([
    'g++',
    'NetworkManager',
    'python3.12',
    'curl=8.5.0-2ubuntu10.6',
    'libstdc++6',
    'linux-modules-extra',
  ])('the package %s', (name) => {
    const nodeGroups = [
      aServerGroup({ template: { ...aServerGroup().template, cloudInit: { packages: [name] } } }),
    ];

    expect(resolved(aDefinition({ nodeGroups }))).toBeDefined();
  });
});

describe('properties', () => {
  const json = fc.jsonValue({ maxDepth: 6 });
  const fields = [
    'name',
    'type',
    'version',
    'network',
    'nodeGroups',
    'services',
    'validation',
    'platformConfig',
  ];

  test('parsing never throws, and refuses what is not a definition', () => {
    fc.assert(
      fc.property(json, (input) => {
        expect(parseClusterDefinition(input, NETWORK).ok).toBe(false);
      }),
    );
  });

  test('parsing never throws when parts of a valid definition are replaced by anything', () => {
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.integer({ min: 0, max: 2 }), json, (field, place, value) => {
        const group =
          place === 0 ? value : { ...aServerGroup(), [place === 1 ? 'template' : 'labels']: value };
        const body = { ...aDefinition(), [field]: field === 'nodeGroups' ? [group, value] : value };

        expect(Array.isArray(faultsOf(body))).toBe(true);
      }),
    );
  });

  test('every fault points to a place below the root of the document, in order', () => {
    fc.assert(
      fc.property(fc.constantFrom(...fields), json, (field, value) => {
        const faults = faultsOf({ ...aDefinition(), [field]: value });

        expect(faults.every(({ pointer }) => pointer === '' || pointer.startsWith('/'))).toBe(true);
        expect(faultsOf({ ...aDefinition(), [field]: value })).toEqual(faults);
      }),
    );
  });

  const label = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
  const validDefinition = fc
    .record({
      name: label,
      servers: fc.constantFrom(1, 3, 5),
      workers: fc.integer({ min: 0, max: 20 }),
      cores: fc.option(fc.integer({ min: 1, max: 16 }), { nil: undefined }),
      boot: fc.constantFrom('TEMPLATE', 'PXE', undefined),
      services: fc.uniqueArray(label, { maxLength: 5 }),
      vlan: fc.option(fc.integer({ min: 1, max: 4094 }), { nil: undefined }),
      labels: fc.dictionary(label, label, { maxKeys: 3 }),
      deadlineMinutes: fc.constantFrom(null, 10, undefined),
    })
    .map(({ name, servers, workers, cores, boot, services, vlan, labels, deadlineMinutes }) => ({
      ...aDefinition({
        name,
        nodeGroups: [aServerGroup({ count: servers }), aWorkerGroup({ count: workers, labels })],
      }),
      ...(boot === undefined ? {} : { bootMethod: boot }),
      ...(cores === undefined
        ? {}
        : { nodeGroups: [aServerGroup({ template: { ...aServerGroup().template, cores } })] }),
      ...(vlan === undefined ? {} : { network: { isolation: 'VLAN', privateVLAN: vlan } }),
      ...(deadlineMinutes === undefined ? {} : { deadlineMinutes }),
      // Each depends on the one after it: the reverse of the order in the list.
      services: services.map((service, index) =>
        aService({ name: service, dependsOn: services.slice(index + 1, index + 2) }),
      ),
    }));

  test('a resolved definition resolves to itself, whatever the defaults are by then', () => {
    const otherDefaults = { ...NETWORK, bridge: 'vmbr9', vlan: 9, nameservers: [], domain: 'other.internal' };

    fc.assert(
      fc.property(validDefinition, (input) => {
        const once = resolved(input);

        expect(parseClusterDefinition(structuredClone(once), otherDefaults)).toEqual({
          ok: true,
          definition: once,
        });
      }),
    );
  });
});
