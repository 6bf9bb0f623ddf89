/** What a bastion of OKD is told, and what the others are told of it. */
import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { bastionSteps } from '../../../activities/planning/bastion-steps.js';
import type { ClusterDefinition } from '../../../domain/cluster-definition.js';
import type { Plan } from '../../../domain/plan.js';
import { withAddresses } from '../../../domain/planning/leases.js';
import { withServices } from '../../../domain/services/service-groups.js';
import { projectFile } from '../../../lab/binaries/folders.js';
import { parseClusterDefinition, type NetworkDefaults } from '../../../schema/cluster-definition.js';
import { aHost, anInventory } from '../../builders/inventory.js';
import { aPlan } from '../../builders/plan.js';

const ROUTER = '10.1.107.1';
const NETWORK: NetworkDefaults = {
  bridge: 'vmbr0',
  vlan: null,
  cidr: '10.1.107.0/24',
  gateway: ROUTER,
  ipRange: '10.1.107.100-200',
  nameservers: [ROUTER],
  domain: 'lab.internal',
  publicNetwork: null,
};

const DNS_SERVICE = { name: 'names', type: 'DNS' };

function definitionWith(...services: readonly object[]): ClusterDefinition {
  const input = JSON.parse(readFileSync(projectFile('examples/okd-bastion.json'), 'utf8')) as {
    services: readonly object[];
  };
  const parsed = parseClusterDefinition({ ...input, services: [...input.services, ...services] }, NETWORK);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return withServices(parsed.definition);
}

function planOf(definition: ClusterDefinition): Plan {
  const disks = { nodeGroups: definition.nodeGroups.map((group) => withDisk(group)) };
  const inventory = anInventory({ hosts: ['hv5', 'hv6', 'hv7', 'storage01'].map((name) => aHost({ name })) });
  const outside = { free: ['10.1.3.100'], prefixLength: 24 };
  const plan = { ...definition, ...disks };
  return aPlan(plan, { inventory, interfacePools: { 'bastion/public': outside } });
}

/** No template says where the disks of machines go that boot from the network. */
function withDisk(group: ClusterDefinition['nodeGroups'][number]): ClusterDefinition['nodeGroups'][number] {
  const { template } = group;
  return template.imageSource === null && group.role !== 'SERVICE'
    ? { ...group, template: { ...template, storage: 'local-zfs' } }
    : group;
}

const addressOf = ({ machines }: Plan, role: string): string =>
  machines.find((machine) => machine.role === role)?.network.address ?? '';

const nameserversBy = ({ machines }: Plan): Record<string, readonly string[]> =>
  Object.fromEntries(machines.map(({ role, network }) => [role, network.nameservers]));

/** Lines of the file that dnsmasq reads. */
function dnsmasqOf(definition: ClusterDefinition, plan: Plan): string[] {
  const identities = plan.machines.map(({ name }, index) => ({
    name,
    mac: `bc:24:11:00:00:${String(index + 10)}`,
  })) as unknown as Parameters<typeof bastionSteps>[0]['identities'];
  const { pxe } = bastionSteps({ definition, plan, identities, bootUrl: 'http://10.1.107.2:8090' });
  return pxe.flatMap(({ files }) => files.flatMap(({ content }) => content.split('\n')));
}

test('where nobody else has the names of OKD, its bastion answers for them, and all nodes ask it', () => {
  const definition = definitionWith();
  const plan = planOf(definition);
  const bastion = addressOf(plan, 'BASTION');

  const { BASTION: own, SERVICE: serving, ...nodes } = nameserversBy(plan);
  const lines = dnsmasqOf(definition, plan);

  expect([own, serving]).toEqual([[ROUTER], [ROUTER]]);
  expect(Object.keys(nodes).sort()).toEqual(['BOOTSTRAP', 'CONTROL_PLANE', 'INFRA', 'WORKER']);
  expect(new Set(Object.values(nodes).flat())).toEqual(new Set([bastion]));
  expect(lines).toContain(`server=${ROUTER}`);
  expect(
    lines.filter((line) => line.startsWith('host-record=api-int.okd-bastion.lab.internal,')),
  ).toHaveLength(1);
  expect(lines.filter((line) => line.includes('option:dns-server'))).toEqual([
    `dhcp-option=tag:cw-okd-bastion,option:dns-server,${bastion}`,
  ]);
});

test('a bastion that was given another address is asked at that one', () => {
  const definition = definitionWith();
  const plan = planOf(definition);
  const { name } = plan.machines.find(({ role }) => role === 'BASTION') as { name: string };

  const granted = withAddresses(definition, plan, new Map([[name, '10.1.107.190']]));

  expect(nameserversBy(granted)).toMatchObject({ INFRA: ['10.1.107.190'], BASTION: [ROUTER] });
});

test('where a DNS service has machines, those answer, and the bastion tells so by DHCP', () => {
  const definition = definitionWith(DNS_SERVICE);
  const plan = planOf(definition);
  const names = plan.machines.find(({ group }) => group === 'names')?.network.address ?? '';

  const lines = dnsmasqOf(definition, plan);

  expect(nameserversBy(plan)['CONTROL_PLANE']).toEqual([names]);
  expect(lines.some((line) => line.startsWith('host-record='))).toBe(false);
  expect(lines.filter((line) => line.includes('option:dns-server'))).toEqual([
    `dhcp-option=tag:cw-okd-bastion,option:dns-server,${names}`,
  ]);
});

test('services behind a bastion that is the way out are begun once it leads out', () => {
  const { steps } = planOf(definitionWith());

  const haproxy = steps.find(({ id }) => id === 'okd-bastion-load-balancer-1/foreign-addresses');

  expect(haproxy?.dependsOn).toContain('okd-bastion-bastion-1/okd-ignition');
});
