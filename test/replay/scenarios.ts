/** One scenario for each control-flow shape of the workflows: what is recorded once, and replayed for ever. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { PxeBootConfiguration } from '../../domain/services/configuration.js';
import { aClusterOf, aDefinition, aNodeGroup } from '../builders/definition.js';
import type { ClusterDriver } from '../workflows/cluster-driver.js';
import type { WorkflowTestBed } from '../workflows/environment.js';
import { DAY_TWO_SCENARIOS } from './day-two-scenarios.js';
import { SCALE_SCENARIOS } from './scale-scenarios.js';
import { SERVICE_SCENARIOS } from './service-scenarios.js';
import { STANDING_SCENARIOS } from './standing-scenarios.js';
import { UPGRADE_SCENARIOS } from './upgrade-scenarios.js';
import { activityError, type FakeActivities } from '../workflows/fake-activities.js';

export interface Scenario {
  /** The cluster that it is about; its workflow ids begin with `cluster/<name>`. */
  readonly definition: (name: string) => ClusterDefinition;
  readonly prepare?: (activities: FakeActivities) => void;
  /** Runs beside the workflows, until they have ended. */
  readonly run: (driver: ClusterDriver, definition: ClusterDefinition, bed: WorkflowTestBed) => Promise<void>;
  /** Workflow ids below `cluster/<name>` whose histories are kept; '' is the cluster itself. */
  readonly keep: readonly string[];
}

const one = (name: string): ClusterDefinition => aDefinition({ name });

async function wholeLife(driver: ClusterDriver, definition: ClusterDefinition): Promise<void> {
  const handle = await driver.provision(definition);
  await driver.settled(handle);
  await driver.decommission(handle);
}

/** Fails the first machine's configuration by a person's word. */
async function failed(
  driver: ClusterDriver,
  definition: ClusterDefinition,
  bed: WorkflowTestBed,
): Promise<void> {
  const handle = await driver.provision(definition);
  await bed.environment.sleep('1 minute');
  await driver.decide(definition.name, { step: 'configure-vm', action: 'FAIL' });
  await driver.settled(handle);
  await driver.decommission(handle);
}

function blockConfigure(activities: FakeActivities): void {
  activities.on('configureVm', () => {
    throw activityError('IDENTITY_MISMATCH', 'not ours');
  });
}

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'one-server': {
    definition: one,
    run: wholeLife,
    keep: ['', '/provision-1', '/provision-1/NAME-server-1', '/decommission-2'],
  },
  'three-servers-two-workers': {
    definition: (name) => aClusterOf(3, 2, { name }),
    run: wholeLife,
    keep: ['/provision-1', '/provision-1/NAME-server-2', '/provision-1/NAME-worker-1', '/decommission-2'],
  },
  'activity-retried': {
    definition: one,
    prepare: (activities) =>
      activities.on('startVm', (_args, callNumber) => {
        if (callNumber < 3) throw activityError('PROXMOX_CONTENTION', 'got lock request timeout');
      }),
    run: wholeLife,
    keep: ['/provision-1/NAME-server-1'],
  },
  'step-overdue': {
    definition: one,
    prepare: (activities) =>
      activities.on('startVm', (_args, callNumber) => {
        if (callNumber < 40) throw activityError('PROXMOX_NODE_UNREACHABLE', '595');
      }),
    run: wholeLife,
    keep: ['/provision-1', '/provision-1/NAME-server-1'],
  },
  'step-blocked-and-retried': {
    definition: one,
    prepare: (activities) =>
      activities.on('configureVm', (_args, callNumber) => {
        if (callNumber === 1) throw activityError('PROXMOX_PERMISSION', 'VM.Config.Disk');
      }),
    run: async (driver, definition, bed) => {
      const handle = await driver.provision(definition);
      await bed.environment.sleep('1 minute');
      await driver.decide(definition.name, { step: 'configure-vm', action: 'RETRY' });
      await driver.settled(handle);
      await driver.decommission(handle);
    },
    keep: ['/provision-1/NAME-server-1'],
  },
  'validation-skipped': {
    definition: one,
    prepare: (activities) =>
      activities.on('runHealthChecks', () => {
        throw activityError('VALIDATION_FAILED', 'node-readiness');
      }),
    run: async (driver, definition, bed) => {
      const handle = await driver.provision(definition);
      await bed.environment.sleep('50 minutes');
      await driver.skipValidation(definition.name);
      await driver.settled(handle);
      await driver.decommission(handle);
    },
    keep: ['/provision-1'],
  },
  'failed-and-rolled-back': {
    definition: (name) => aClusterOf(1, 1, { name }),
    prepare: blockConfigure,
    run: failed,
    keep: ['', '/provision-1', '/provision-1/NAME-server-1'],
  },
  'failed-and-kept': {
    definition: (name) => aDefinition({ name, onFailure: 'KEEP' }),
    prepare: blockConfigure,
    run: failed,
    keep: ['', '/provision-1'],
  },
  'hard-limit': {
    definition: (name) => aDefinition({ name, deadlineMinutes: 30 }),
    prepare: (activities) =>
      activities.on('waitForSsh', () => {
        throw activityError('SSH_UNREACHABLE', 'no route');
      }),
    run: wholeLife,
    keep: ['/provision-1', '/provision-1/NAME-server-1'],
  },
  'cancelled-by-decommission': {
    definition: (name) => aClusterOf(1, 1, { name }),
    prepare: (activities) =>
      activities.on('claimVm', () => {
        throw activityError('PROXMOX_UNREACHABLE', 'no answer');
      }),
    run: async (driver, definition) => {
      const handle = await driver.provision(definition);
      await driver.stateWhen(handle, ({ phase }) => phase === 'BOOT');
      await driver.decommission(handle);
    },
    keep: ['', '/provision-1', '/provision-1/NAME-server-1', '/decommission-2'],
  },
  'second-request-refused': {
    definition: one,
    run: async (driver, definition) => {
      const handle = await driver.provision(definition);
      await driver.settled(handle);
      await driver.provision(definition).catch(() => undefined);
      await driver.decommission(handle);
    },
    keep: [''],
  },
  // From here on: with checks, images, further addresses and boot methods.
  'checked-one-server': {
    definition: one,
    run: wholeLife,
    keep: ['', '/provision-1', '/provision-1/NAME-server-1'],
  },
  'checked-three-servers-two-workers': {
    definition: (name) => aClusterOf(3, 2, { name }),
    run: wholeLife,
    keep: ['/provision-1', '/provision-1/NAME-server-2', '/provision-1/NAME-worker-1'],
  },
  'checked-hard-limit': {
    definition: (name) => aDefinition({ name, deadlineMinutes: 30 }),
    prepare: (activities) =>
      activities.on('waitForSsh', () => {
        throw activityError('SSH_UNREACHABLE', 'no route');
      }),
    run: wholeLife,
    keep: ['/provision-1', '/provision-1/NAME-server-1'],
  },
  'checked-and-rolled-back': {
    definition: (name) => aClusterOf(1, 1, { name }),
    prepare: blockConfigure,
    run: failed,
    keep: ['/provision-1', '/provision-1/NAME-server-1'],
  },
  'preflight-blocked-and-retried': {
    definition: one,
    prepare: (activities) =>
      activities.on('preflight', (_args, callNumber) => ({
        findings:
          callNumber > 1
            ? []
            : [{ check: 'quorum', severity: 'blocker', subject: 'lab', detail: 'no quorum', remedy: '' }],
        ready: callNumber > 1,
        commands: [],
      })),
    run: async (driver, definition, bed) => {
      const handle = await driver.provision(definition);
      await bed.environment.sleep('1 minute');
      await driver.decideOperation(definition.name, { step: 'preflight', action: 'RETRY' });
      await driver.settled(handle);
      await driver.decommission(handle);
    },
    keep: ['/provision-1'],
  },
  'planned-anew-and-addresses-replaced': {
    definition: one,
    prepare: (activities) => {
      activities.on('reserveMachines', (_args, callNumber) => {
        if (callNumber === 1) throw activityError('PLACEMENT_OUTDATED', 'hv5 had 4096 MiB free');
      });
      activities.on('probeAddresses', (_args, callNumber) => ({
        inUse: callNumber === 1 ? [{ address: '10.1.107.100', evidence: 'port 22 answered' }] : [],
      }));
    },
    run: wholeLife,
    keep: ['/provision-1'],
  },
  'isolated-behind-a-bastion': {
    definition: isolated,
    run: wholeLife,
    keep: ['/provision-1', '/provision-1/NAME-server-1', '/provision-1/NAME-jump-1'],
  },
  'downloaded-and-firewalled': {
    definition: downloaded,
    run: wholeLife,
    keep: ['/provision-1', '/provision-1/images', '/provision-1/NAME-server-1'],
  },
  'residue-left-for-a-while': {
    definition: one,
    prepare: (activities) =>
      activities.on('verifyNothingLeft', (_args, callNumber) => {
        if (callNumber < 40) throw activityError('RESIDUE_LEFT', 'local-zfs:vm-20000-disk-0');
      }),
    run: wholeLife,
    keep: ['/decommission-2'],
  },
  ...SERVICE_SCENARIOS,
  ...SCALE_SCENARIOS,
  ...UPGRADE_SCENARIOS,
  ...DAY_TWO_SCENARIOS,
};

const uplink = {
  name: 'public',
  bridge: 'vmbr0',
  privateVLAN: 3,
  cidr: null,
  ipRange: null,
  gateway: null,
  mtu: null,
};

/** An isolated network behind a bastion, whose server boots from it. */
function isolated(name: string): ClusterDefinition {
  const server = aNodeGroup({
    template: { ...aNodeGroup().template, imageSource: null, storage: 'local-zfs' },
    boot: { ...aNodeGroup().boot, method: 'PXE', kernel: 'vmlinuz', initrd: 'initrd.img' },
  });
  const bastion = aNodeGroup({
    name: 'jump',
    role: 'BASTION',
    network: { ...aNodeGroup().network, interfaces: [uplink] },
  });
  return aDefinition({
    name,
    network: { ...aDefinition().network, gateway: null, egress: 'BASTION' },
    nodeGroups: [server, bastion],
    services: [
      {
        name: 'pxe-server',
        type: 'PXE_BOOT',
        // As it was before services had their own types.
        configuration: { staticAssignments: true } as PxeBootConfiguration,
        dependsOn: [],
        required: true,
        startupOrder: 1,
      },
    ],
  });
}

/** From a downloaded image, behind a firewall. */
function downloaded(name: string): ClusterDefinition {
  const template = {
    ...aNodeGroup().template,
    imageSource: 'https://images.example/debian-12.qcow2',
    imageChecksum: `sha256:${'ab'.repeat(32)}`,
    storage: 'local-zfs',
  };
  return aDefinition({
    name,
    network: { ...aDefinition().network, firewall: [], virtualAddresses: [{ name: 'api', address: null }] },
    nodeGroups: [aNodeGroup({ template })],
  });
}

/** Workflows that are no cluster's: their type, their input, and what their activities do. */
export interface StandaloneScenario {
  readonly workflow: string;
  readonly args: readonly unknown[];
  readonly prepare?: (activities: FakeActivities) => void;
}

export const STANDALONE: Readonly<Record<string, StandaloneScenario>> = {
  'plan-as-activity': { workflow: 'plan', args: [{ definition: aDefinition() }] },
  preflight: { workflow: 'preflight', args: [{ definition: aDefinition() }] },
  'preflight-without-plan': {
    workflow: 'preflight',
    args: [{ definition: aDefinition() }],
    prepare: (activities) =>
      activities.on('planCluster', () => {
        throw activityError('PLAN_INFEASIBLE', 'no host can take edge-server-1');
      }),
  },
  'sweep-reports': { workflow: 'sweep', args: [{ remove: null }] },
  'sweep-removes': {
    workflow: 'sweep',
    args: [{ remove: ['aaaa', 'bbbb'] }],
    prepare: (activities) => {
      const orphan = {
        id: 'aaaa',
        kind: 'vm',
        vmid: 20_000,
        host: 'hv5',
        name: 'edge-server-1',
        volume: null,
        uuid: null,
        clusterUid: 'uid',
        cluster: 'edge',
        reason: 'its cluster is gone',
        removable: true,
        sinceSeconds: 7200,
      };
      activities.on('findOrphans', () => ({
        foundAt: '2026-01-01T00:00:00.000Z',
        orphans: [orphan],
        leftOut: 0,
        notSeen: [],
      }));
    },
  },
  'images-collected': {
    workflow: 'collectImages',
    args: [],
    prepare: (activities) =>
      activities.on('listUnusedImages', () => ({
        images: [{ volume: 'local:import/cw-abababababab-debian-12.qcow2', host: 'hv5' }],
        unusedSince: '2026-11-01T00:00:00.000Z',
      })),
  },
  ...STANDING_SCENARIOS,
};

/** The files that the recording makes, without folder and ending, and the workflow that each is of. */
export function histories(): ReadonlyMap<string, string> {
  const scenarios = Object.entries(SCENARIOS).flatMap(([name, { keep }]) =>
    keep.map((part) => [historyName(name, part), `cluster/${name}${part.replace('NAME', name)}`] as const),
  );
  const continued = [1, 2].map((run) => [`${CONTINUED}--cluster-${run}`, `cluster/${CONTINUED}`] as const);
  const standalone = Object.keys(STANDALONE).map((name) => [name, standaloneId(name)] as const);
  return new Map([...scenarios, ...continued, ...standalone, ['plan', PLAN_ID]]);
}

export const standaloneId = (name: string): string => `recorded/${name}`;

export const CONTINUED = 'continued-as-new';
export const PLAN_ID = 'plan/recorded';

export function historyName(scenario: string, part: string): string {
  const name = part === '' ? 'cluster' : part.replace('NAME-', '').slice(1).replaceAll('/', '-');
  return `${scenario}--${name}`;
}
