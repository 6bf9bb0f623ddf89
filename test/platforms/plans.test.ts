/**
 * The plan of an example of each distribution, as it is shown and carried out. A plan that was changed on purpose is
 * written anew by `WRITE_PLANS=1 npm run test:only -- platforms/plans`; the difference is read before it is committed.
 */
import { expect, test } from '@jest/globals';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createLedgerActivities } from '../../activities/ledger/activities.js';
import { createPlanningActivities } from '../../activities/planning/plan-cluster.js';
import type { Plan, PlannedMachine } from '../../domain/plan.js';
import { withServices } from '../../domain/services/service-groups.js';
import { projectFile } from '../../lab/binaries/folders.js';
import { parseClusterDefinition, type NetworkDefaults } from '../../schema/cluster-definition.js';
import { aHost, anInventory } from '../builders/inventory.js';
import { SETTINGS } from '../builders/plan.js';
import { aStore } from '../store/store-builder.js';

const NETWORK: NetworkDefaults = {
  bridge: 'vmbr0',
  vlan: null,
  cidr: '10.1.107.0/24',
  gateway: '10.1.107.1',
  ipRange: '10.1.107.100-200',
  nameservers: ['10.1.107.1'],
  domain: 'lab.internal',
  publicNetwork: { cidr: '10.1.3.0/24', ipRange: '10.1.3.100-199', gateway: '10.1.3.1' },
};

const INVENTORY = anInventory({
  hosts: ['hv5', 'hv6', 'hv7', 'storage01'].map((name) => aHost({ name })),
  templates: [
    ...anInventory().templates,
    { vmid: 9003, name: 'talos-1.9.1-nocloud-amd64', host: 'hv6', storage: 'ceph-vm', diskGiB: 4 },
  ],
});

const settings = {
  ...SETTINGS,
  serviceImage: 'ceph-vm:9002/ubuntu-24.04-template',
  machineStorage: 'local-zfs',
};

/** What the examples name of the worker's own configuration. */
const SECRETS = {
  datastores: new Map([['lab', 'postgres://k3s:password@db.lab.internal:5432/lab']]),
  csiTokens: new Map([['proxmox-csi', 'kubernetes-csi@pve!csi=uuid']]),
  dnsKeys: new Map([['clusterwright', 'hmac-sha256' as const]]),
};

async function planOf(example: string): Promise<Plan> {
  const input: unknown = JSON.parse(readFileSync(projectFile(`examples/${example}.json`), 'utf8'));
  const parsed = parseClusterDefinition(input, NETWORK);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const store = await aStore();
  const ledger = createLedgerActivities({ store, ...settings, imageKeepDays: 14 });
  const planning = createPlanningActivities({ store, settings, ...ledger, ...SECRETS });
  const definition = withServices(parsed.definition);
  return (await planning.planCluster({ definition, inventory: INVENTORY })).plan;
}

function asText(plan: Plan): string {
  const lines = [
    `${plan.cluster}: ${plan.type} ${plan.version}, about ${Math.round(plan.expectedSeconds)} s`,
    ...plan.warnings.map((warning) => `warning: ${warning}`),
    '',
    ...plan.machines.map(machineLine),
    ...plan.virtualAddresses.map(({ name, address }) => `virtual address ${name}: ${address}`),
    '',
    ...plan.steps.map(({ id, title, dependsOn }) => `${id}: ${title}${after(dependsOn)}`),
  ];
  return `${lines.join('\n')}\n`;
}

function machineLine({
  name,
  role,
  host,
  source,
  boot,
  system,
  network,
  interfaces,
}: PlannedMachine): string {
  const from = source.kind === 'clone' ? `clone of ${source.vmid}` : source.kind;
  const addresses = [network, ...interfaces].map(
    ({ bridge, vlan, address }) =>
      `${address ?? 'no address'} on ${bridge}${vlan === null ? '' : `.${vlan}`}`,
  );
  return `${name}: ${role} on ${host}, ${from}, ${boot.method} ${system}, ${addresses.join(' and ')}`;
}

function after(dependsOn: readonly string[]): string {
  return dependsOn.length === 0 ? '' : `\n    after ${dependsOn.join(', ')}`;
}

const EXAMPLES = [
  ...['k3s-ha', 'rke2-ha', 'vanilla-ha', 'talos-ha', 'okd-production', 'okd-bastion'],
  ...['k3s-datastore', 'k3s-dns', 'k3s-kube-vip', 'k3s-storage', 'vanilla-kube-vip'],
];

test.each(EXAMPLES)(
  'the plan of examples/%s.json is the one that was read and committed',
  async (example) => {
    const file = projectFile(`test/platforms/plans/${example}.txt`);

    const text = asText(await planOf(example));

    if (process.env['WRITE_PLANS'] === '1') writeFileSync(file, text);
    expect(existsSync(file) ? readFileSync(file, 'utf8') : '').toBe(text);
  },
);
