/** One scenario for each control-flow shape of the workflows: what is recorded once, and replayed for ever. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { aClusterOf, aDefinition } from '../builders/definition.js';
import type { ClusterDriver } from '../workflows/cluster-driver.js';
import type { WorkflowTestBed } from '../workflows/environment.js';
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
  'residue-left-for-a-while': {
    definition: one,
    prepare: (activities) =>
      activities.on('verifyNothingLeft', (_args, callNumber) => {
        if (callNumber < 40) throw activityError('RESIDUE_LEFT', 'local-zfs:vm-20000-disk-0');
      }),
    run: wholeLife,
    keep: ['/decommission-2'],
  },
};

/** The files that the recording makes, without folder and ending, and the workflow that each is of. */
export function histories(): ReadonlyMap<string, string> {
  const scenarios = Object.entries(SCENARIOS).flatMap(([name, { keep }]) =>
    keep.map((part) => [historyName(name, part), `cluster/${name}${part.replace('NAME', name)}`] as const),
  );
  const continued = [1, 2].map((run) => [`${CONTINUED}--cluster-${run}`, `cluster/${CONTINUED}`] as const);
  return new Map([...scenarios, ...continued, ['plan', PLAN_ID]]);
}

export const CONTINUED = 'continued-as-new';
export const PLAN_ID = 'plan/recorded';

export function historyName(scenario: string, part: string): string {
  const name = part === '' ? 'cluster' : part.replace('NAME-', '').slice(1).replaceAll('/', '-');
  return `${scenario}--${name}`;
}
