import { describe, expect, test } from '@jest/globals';
import type {
  BootMethod,
  ClusterDefinition,
  GroupInterface,
  NodeGroup,
} from '../../domain/cluster-definition.js';
import type { ClusterwrightError } from '../../domain/errors.js';
import { aClusterOf, aDefinition, aNodeGroup } from '../builders/definition.js';
import { aHost, anInventory } from '../builders/inventory.js';
import { aPlan, type PlanChange } from '../builders/plan.js';

function faultsOf(make: () => unknown): { pointer: string; detail: string }[] {
  try {
    make();
  } catch (error) {
    expect((error as ClusterwrightError).code).toBe('PLAN_INFEASIBLE');
    return [...(error as ClusterwrightError).faults];
  }
  throw new Error('a plan was made');
}

describe('a plan', () => {
  test('puts a machine where its local template is, since a local disk cannot be cloned to another host', () => {
    const plan = aPlan(aDefinition());

    expect(plan.machines.map(({ name, host, storage }) => [name, host, storage])).toEqual([
      ['edge-server-1', 'hv5', 'local-zfs'],
    ]);
  });

  test('spreads control planes over hosts when the template is on shared storage', () => {
    const group = aNodeGroup({
      count: 3,
      template: { ...aNodeGroup().template, imageSource: 'ceph-vm:9002/ubuntu-24.04-template' },
      placement: { targetNodes: [], preferredNodes: [], antiAffinity: 'HARD' },
    });

    const plan = aPlan(aDefinition({ nodeGroups: [group] }));

    expect(new Set(plan.machines.map(({ host }) => host)).size).toBe(3);
  });

  test('gives each machine another address, in order', () => {
    const plan = aPlan(aClusterOf(1, 2));

    expect(plan.machines.map(({ network }) => network.address)).toEqual([
      '10.1.107.100',
      '10.1.107.101',
      '10.1.107.102',
    ]);
  });

  test('copies the disk only when it goes to another storage than the template has', () => {
    const template = { ...aNodeGroup().template, imageSource: 'ceph-vm:9002/ubuntu-24.04-template' };
    const linked = aPlan(aDefinition({ nodeGroups: [aNodeGroup({ template })] }));
    const toLocal = { ...template, storage: 'local-zfs' };
    const full = aPlan(aDefinition({ nodeGroups: [aNodeGroup({ template: toLocal })] }));

    expect(linked.machines[0]?.source).toMatchObject({ kind: 'clone', fullClone: false });
    expect(full.machines[0]?.source).toMatchObject({ kind: 'clone', fullClone: true });
    expect(full.machines[0]?.host).toBe('hv6');
  });

  test('lets a server join only after the one before it is Ready, and workers after all servers', () => {
    const steps = new Map(aPlan(aClusterOf(3, 1)).steps.map((step) => [step.id, step.dependsOn]));

    expect(steps.get('edge-server-1/start-server')).toEqual(['edge-server-1/install-k3s']);
    expect(steps.get('edge-server-2/start-server')).toContain('edge-server-1/node-ready');
    expect(steps.get('edge-server-3/start-server')).toContain('edge-server-2/node-ready');
    expect(steps.get('edge-worker-1/start-agent')).toContain('edge-server-3/node-ready');
  });

  test('boots all machines at once', () => {
    const { steps } = aPlan(aClusterOf(3, 2));

    const claims = steps.filter(({ id }) => id.endsWith('/claim-vm'));

    expect(claims.map(({ dependsOn }) => dependsOn)).toEqual(
      Array.from({ length: 5 }, () => ['probe-addresses', 'keys']),
    );
  });

  test('has steps in an order in which each comes after those that it depends on', () => {
    const { steps } = aPlan(aClusterOf(3, 2));
    const position = new Map(steps.map(({ id }, index) => [id, index]));

    const backwards = steps.filter(({ dependsOn }, index) =>
      dependsOn.some((id) => (position.get(id) ?? 1e9) >= index),
    );

    expect(backwards).toEqual([]);
  });

  test('expects the time of its critical path: a second worker costs nothing', () => {
    expect(aPlan(aClusterOf(1, 2)).expectedSeconds).toBe(aPlan(aClusterOf(1, 1)).expectedSeconds);
    expect(aPlan(aClusterOf(3, 0)).expectedSeconds).toBeGreaterThan(aPlan(aClusterOf(1, 0)).expectedSeconds);
  });
});

describe('what a machine is made from and how it boots', () => {
  const withImage = (imageSource: string | null, change: Partial<NodeGroup> = {}) =>
    aNodeGroup({
      template: {
        ...aNodeGroup().template,
        imageSource,
        imageChecksum: `sha256:${'ab'.repeat(32)}`,
        storage: 'local-zfs',
      },
      ...change,
    });
  const method = (name: BootMethod, change: Partial<NodeGroup['boot']> = {}) => ({
    boot: { ...aNodeGroup().boot, method: name, ...change },
  });
  const first = (group: NodeGroup, change: PlanChange = {}) =>
    aPlan(aDefinition({ nodeGroups: [group] }), change).machines[0];

  test('a URL is downloaded under a name that says its checksum, on any host that has the storages', () => {
    const machine = first(withImage('https://images.example/debian-12.qcow2'));

    expect(machine?.source).toEqual({
      kind: 'import',
      image: {
        volume: 'local:import/cw-abababababab-debian-12.qcow2',
        content: 'import',
        url: 'https://images.example/debian-12.qcow2',
        checksum: { algorithm: 'sha256', hex: 'ab'.repeat(32) },
      },
    });
  });

  test('a volume is imported only where it is', () => {
    const volume = 'local:import/debian-12.qcow2';
    const image = { volume, host: 'hv7', storage: 'local', content: 'import', sizeBytes: 1 } as const;

    const machine = first(withImage(volume), { inventory: anInventory({ images: [image] }) });
    const faults = faultsOf(() => first(withImage(volume)));

    expect(machine?.host).toBe('hv7');
    expect(faults[0]?.detail).toContain(`it has no image ${volume}`);
  });

  test('an image of the catalogue is what the catalogue says', () => {
    const entry = { name: 'debian-12', source: 'local-zfs:9001/ubuntu-24.04-template', checksum: null };

    expect(first(withImage('debian-12'), { catalogue: [entry] })?.source).toMatchObject({ vmid: 9001 });
    expect(faultsOf(() => first(withImage('debian-13'), { catalogue: [entry] }))).toMatchObject([
      { pointer: '/nodeGroups/0/template/imageSource', code: 'IMAGE_NOT_FOUND' },
    ]);
  });

  test('a URL without a checksum is refused', () => {
    const group = withImage('https://images.example/debian-12.qcow2');
    const unproved = { ...group, template: { ...group.template, imageChecksum: null } };

    expect(faultsOf(() => first(unproved)).map(({ pointer }) => pointer)).toEqual([
      '/nodeGroups/0/template/imageChecksum',
    ]);
  });

  test('ISO starts with an empty disk and the medium', () => {
    const machine = first(withImage('https://images.example/installer.iso', method('ISO')));

    expect(machine?.source).toEqual({ kind: 'empty' });
    expect(machine?.boot.iso?.volume).toBe('local:iso/cw-abababababab-installer.iso');
  });

  test('PXE needs a kernel', () => {
    const pxe = withImage(null, method('PXE', { kernel: 'vmlinuz', initrd: 'initrd.img' }));

    expect(first(pxe)?.boot).toMatchObject({ method: 'PXE', kernel: 'vmlinuz', initrd: 'initrd.img' });
    expect(faultsOf(() => first(withImage(null, method('PXE')))).map(({ pointer }) => pointer)).toEqual([
      '/nodeGroups/0/boot/kernel',
    ]);
  });

  test('HYBRID decides for each group, and says by what', () => {
    const url = 'https://images.example/installer.iso';
    const boots = [
      withImage('local-zfs:9001/ubuntu-24.04-template', method('HYBRID')),
      withImage(url, method('HYBRID')),
      withImage(null, method('HYBRID', { kernel: 'vmlinuz' })),
    ].map((group) => first(group)?.boot);

    expect(boots.map((boot) => [boot?.method, boot?.reason])).toEqual([
      ['TEMPLATE', 'HYBRID: the group names a disk that is ready to boot'],
      ['ISO', 'HYBRID: the group names an installation medium'],
      ['PXE', 'HYBRID: the group names a kernel and no image'],
    ]);
    expect(faultsOf(() => first(withImage(null, method('HYBRID')))).map(({ pointer }) => pointer)).toEqual([
      '/nodeGroups/0/boot/method',
    ]);
  });
});

describe('networks of a plan', () => {
  const uplink: GroupInterface = {
    name: 'public',
    bridge: 'vmbr0',
    privateVLAN: 3,
    cidr: '192.0.2.0/24',
    ipRange: '192.0.2.10-20',
    gateway: '192.0.2.1',
    mtu: null,
  };
  const bastion = aNodeGroup({
    name: 'jump',
    role: 'BASTION',
    network: { ...aNodeGroup().network, interfaces: [uplink] },
  });
  const isolated: ClusterDefinition = aDefinition({
    network: { ...aDefinition().network, gateway: null, egress: 'BASTION', privateVLAN: 107 },
    nodeGroups: [aNodeGroup(), bastion],
  });
  const interfacePools = { 'jump/public': { free: ['192.0.2.10'], prefixLength: 24 } };

  test('a dual-homed bastion has one default route, and is that of all others', () => {
    const [server, jump] = aPlan(isolated, { interfacePools }).machines;

    expect(jump?.network).toMatchObject({ vlan: 107, address: '10.1.107.101', gateway: null });
    expect(jump?.interfaces).toMatchObject([{ vlan: 3, address: '192.0.2.10', gateway: '192.0.2.1' }]);
    expect(server?.network.gateway).toBe('10.1.107.101');
  });

  test('no machine starts before the bastion is the way out, and the bastion is no node', () => {
    const { steps } = aPlan(isolated, { interfacePools });
    const ids = steps.map(({ id }) => id);

    const start = steps.find(({ id }) => id === 'edge-server-1/start-vm');

    expect(start?.dependsOn).toContain('edge-jump-1/nat');
    expect(ids).not.toContain('edge-jump-1/node-ready');
    expect(ids).not.toContain('edge-jump-1/install-k3s');
  });

  test('virtual addresses are leased like any other, and given to no machine', () => {
    const definition = aDefinition({
      network: {
        ...aDefinition().network,
        virtualAddresses: [
          { name: 'api', address: '10.1.107.100' },
          { name: 'ingress', address: null },
        ],
      },
    });

    const plan = aPlan(definition);

    expect(plan.virtualAddresses).toEqual([
      { name: 'api', address: '10.1.107.100' },
      { name: 'ingress', address: '10.1.107.102' },
    ]);
    expect(plan.machines[0]?.network.address).toBe('10.1.107.101');
  });

  test('a VLAN that the bridge does not carry is refused, for each interface', () => {
    const hosts = [
      aHost({ name: 'hv5', bridges: [{ name: 'vmbr0', vlanAware: true, vlans: '2-50 107' }] }),
      aHost({ name: 'hv6', bridges: [{ name: 'vmbr0', vlanAware: true, vlans: '2-50' }] }),
    ];
    const definition = aDefinition({ network: { ...aDefinition().network, privateVLAN: 107 } });
    const elsewhere = aDefinition({ network: { ...aDefinition().network, privateVLAN: 108 } });

    expect(aPlan(definition, { inventory: anInventory({ hosts }) }).machines[0]?.host).toBe('hv5');
    expect(faultsOf(() => aPlan(elsewhere, { inventory: anInventory({ hosts }) }))[0]?.detail).toContain(
      'carries the VLANs 2-50 107, not 108',
    );
  });

  test('two control planes of three on one host are warned of', () => {
    const group = aNodeGroup({ count: 3 });

    expect(aPlan(aDefinition({ nodeGroups: [group] })).warnings).toEqual([
      '3 of 3 control-plane machines are on hv5: when it fails, the quorum does',
    ]);
  });
});

describe('a definition that Proxmox VE cannot carry is refused', () => {
  test.each([
    ['local-zfs:9999/ubuntu-24.04-template', 'there is no template with VMID 9999'],
    ['local-zfs:9001/debian', 'template 9001 is named "ubuntu-24.04-template", not "debian"'],
    [
      'ceph-vm:9001/ubuntu-24.04-template',
      'the disk of template 9001 is on storage "local-zfs", not on "ceph-vm"',
    ],
  ])('when its image source is %s', (imageSource, detail) => {
    const template = { ...aNodeGroup().template, imageSource };

    const faults = faultsOf(() => aPlan(aDefinition({ nodeGroups: [aNodeGroup({ template })] })));

    expect(faults).toEqual([
      { pointer: '/nodeGroups/0/template/imageSource', detail, code: 'TEMPLATE_NOT_FOUND' },
    ]);
  });

  test('when more machines must keep apart than there are hosts, with the reason for each host', () => {
    const group = aNodeGroup({
      count: 5,
      template: { ...aNodeGroup().template, imageSource: 'ceph-vm:9002/ubuntu-24.04-template' },
      placement: { targetNodes: [], preferredNodes: [], antiAffinity: 'HARD' },
    });

    const faults = faultsOf(() => aPlan(aDefinition({ nodeGroups: [group] })));

    expect(faults).toHaveLength(2);
    expect(faults[0]?.pointer).toBe('/nodeGroups/0/placement');
    expect(faults[0]?.detail).toMatch(
      /edge-server-4: hv5: it already has a machine of group "server"; hv6: .*; hv7: /,
    );
  });

  test('when no host has the memory, counting what machines of the same plan take', () => {
    const inventory = anInventory({ hosts: [aHost({ memoryFreeMiB: 6_000 })] });
    const template = aNodeGroup().template;
    const groups = [aNodeGroup(), aNodeGroup({ name: 'worker', role: 'WORKER', template })];

    const faults = faultsOf(() => aPlan(aDefinition({ nodeGroups: groups }), { inventory }));

    expect(faults).toEqual([
      {
        pointer: '/nodeGroups/1/placement',
        detail: 'no host can take edge-worker-1: hv5: it has 1904 MiB of memory free, 4096 MiB are needed',
      },
    ]);
  });

  test('with all faults at once: template, host name, addresses', () => {
    const group = aNodeGroup({
      placement: { targetNodes: ['nowhere'], preferredNodes: [], antiAffinity: 'NONE' },
    });
    const bad = aNodeGroup({ name: 'w', role: 'WORKER', template: { ...group.template, imageSource: null } });

    const faults = faultsOf(() => aPlan(aDefinition({ nodeGroups: [group, bad] }), { freeAddresses: [] }));

    expect(faults.map(({ pointer }) => pointer)).toEqual([
      '/nodeGroups/0/placement/targetNodes/0',
      '/nodeGroups/1/template/imageSource',
      '/nodeGroups/0/placement',
      '/network/ipRange',
    ]);
  });

  test('when the distribution cannot do it', () => {
    const groups = [aNodeGroup(), aNodeGroup({ name: 'first', role: 'BOOTSTRAP' })];

    const faults = faultsOf(() => aPlan(aDefinition({ nodeGroups: groups })));

    expect(faults.map(({ pointer }) => pointer)).toEqual(['/nodeGroups/1/role']);
  });
});
