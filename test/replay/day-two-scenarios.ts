/** Clusters that are backed up, restored, healed, renewed and moved. */
import { aManifest } from '../builders/backup.js';
import { aClusterOf } from '../builders/definition.js';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { ClusterHandle, ClusterDriver } from '../workflows/cluster-driver.js';
import { activityError, type FakeActivities } from '../workflows/fake-activities.js';
import { guestsOf, READY, SILENT, vmsOf } from '../workflows/fake-health.js';
import type { HealRequest } from '../../domain/health/heal-request.js';
import type { DayTwoOperation } from '../../workflows/messages.js';
import type { Scenario } from './scenarios.js';

const VANILLA = {
  type: 'VANILLA',
  version: 'v1.32.0',
  platformConfig: { cni: 'CILIUM', imageRepository: 'registry.k8s.io', registries: null },
} as const;
const BACKUP_ID = '0c0ffee0-0000-4000-8000-000000000001';

/** One operation on a cluster that is READY. */
function once(
  [servers, workers]: readonly [number, number],
  begin: (driver: ClusterDriver, handle: ClusterHandle, cluster: string) => Promise<string>,
  change: Partial<ClusterDefinition> = {},
): Omit<Scenario, 'keep'> {
  return {
    definition: (name) => aClusterOf(servers, workers, { ...change, name }),
    run: async (driver, definition) => {
      const handle = await driver.provision(definition);
      await driver.settled(handle);
      await driver.ended(handle, await begin(driver, handle, definition.name));
      await driver.decommission(handle);
    },
  };
}

/** One operation that is cancelled once that activity was asked for the first time. */
function cancelled(
  size: readonly [number, number],
  operation: (cluster: string) => DayTwoOperation,
  activity: Parameters<FakeActivities['of']>[0],
): Omit<Scenario, 'keep'> {
  let asked = 0;
  return {
    ...once(size, async (driver, handle, cluster) => {
      asked = 0;
      const id = await driver.operate(handle, operation(cluster));
      await driver.stateWhen(handle, () => asked > 0);
      await driver.cancel(handle, id);
      return id;
    }),
    prepare: (activities) =>
      activities.on(activity, () => {
        asked += 1;
        throw activityError('SSH_UNREACHABLE', 'no answer');
      }),
  };
}

const BACKUP: DayTwoOperation = {
  kind: 'backup',
  request: { backupId: BACKUP_ID, destination: null, reason: 'requested', retention: null },
};
const BACK_UP_VMS: DayTwoOperation = {
  kind: 'vm-backup',
  request: { backupId: BACKUP_ID, storage: 'nas', mode: 'STOP', nodeGroups: null, keepLast: 2 },
};
const RENEW: DayTwoOperation = { kind: 'renew-certificates', request: { reason: 'requested' } };
const ROTATE: DayTwoOperation = {
  kind: 'rotate-secrets',
  request: { secrets: ['JOIN_TOKEN', 'SSH_KEYS'] },
};

const restore = (confirm: string | null): DayTwoOperation => ({
  kind: 'restore',
  request: { backupId: BACKUP_ID, destination: 'nas', confirm },
});

const move = (cluster: string): DayTwoOperation => ({
  kind: 'move-machines',
  request: {
    from: 'hv5',
    machines: [
      { name: `${cluster}-worker-1`, to: 'hv9', mode: 'LIVE', isRunning: true },
      { name: `${cluster}-server-2`, to: 'hv9', mode: 'OFFLINE', isRunning: true },
    ],
    drainTimeoutSeconds: 300,
  },
});

const allGone = (activities: FakeActivities): void =>
  activities.on('observeMachines', ({ identities }) =>
    (identities as { name: string }[]).map(({ name }) => ({ name, sight: 'gone' })),
  );

/** Heals the machine whose name ends so, which hangs or is off. */
function healed(
  size: readonly [number, number],
  machine: string,
  vm: 'running' | 'stopped',
  request: Partial<HealRequest>,
): Omit<Scenario, 'keep'> {
  const isIll = (name: string): boolean => name.endsWith(machine);
  return {
    ...once(size, (driver, handle, cluster) =>
      driver.heal(handle, { machine: `${cluster}-${machine}`, ...request }),
    ),
    prepare: (activities) => {
      activities.on('lookAtNodes', () => {
        const names = activities.of('waitForNode').map(({ args }) => String(args['node']));
        const nodes = names.map((name) => [name, isIll(name) ? SILENT : READY]);
        return { nodes: Object.fromEntries(nodes), unseen: [] };
      });
      activities.on('lookAtVms', (asked) => {
        const ill = (asked['machines'] as string[]).filter(isIll);
        return vmsOf(asked, Object.fromEntries(ill.map((name) => [name, { vm }])));
      });
      activities.on('lookAtGuests', (asked) => guestsOf(asked, 'silent'));
    },
  };
}

export const DAY_TWO_SCENARIOS: Readonly<Record<string, Scenario>> = {
  'backed-up': {
    ...once([3, 0], (driver, handle) => driver.operate(handle, BACKUP)),
    keep: ['', '/backup-2'],
  },
  'backup-failed': {
    ...once([1, 0], (driver, handle) => driver.operate(handle, BACKUP)),
    prepare: (activities) =>
      activities.on('verifyBackup', () => {
        throw activityError('BACKUP_CORRUPT', 'etcd-snapshot.cwb');
      }),
    keep: ['/backup-2'],
  },
  'backup-cancelled': { ...cancelled([1, 0], () => BACKUP, 'takeBackup'), keep: ['', '/backup-2'] },
  'restored-from-nothing': {
    ...once([3, 1], (driver, handle) => driver.operate(handle, restore(null))),
    prepare: allGone,
    keep: ['', '/restore-2'],
  },
  'restored-in-place': {
    ...once([3, 1], (driver, handle, cluster) => driver.operate(handle, restore(cluster))),
    keep: ['/restore-2'],
  },
  'restore-refused': {
    ...once([1, 0], (driver, handle) => driver.operate(handle, restore(null))),
    keep: ['/restore-2'],
  },
  'restore-cancelled': { ...cancelled([3, 1], restore, 'deliverSnapshot'), keep: ['', '/restore-2'] },
  'vanilla-restored': {
    ...once([3, 1], (driver, handle) => driver.operate(handle, restore(null)), VANILLA),
    prepare: (activities) => {
      allGone(activities);
      activities.on('verifyBackup', () => aManifest({ type: 'VANILLA', version: VANILLA.version }));
    },
    keep: ['/restore-2'],
  },
  'vms-backed-up': {
    ...once([3, 2], (driver, handle) => driver.operate(handle, BACK_UP_VMS)),
    keep: ['', '/vm-backup-2'],
  },
  'vms-backed-up-in-part': {
    ...once([3, 1], (driver, handle) => driver.operate(handle, BACK_UP_VMS)),
    prepare: (activities) =>
      activities.on('backUpVm', ({ identity }) => {
        if ((identity as { name: string }).name.endsWith('server-2'))
          throw activityError('VM_BACKUP_FAILED', 'no space left on device');
      }),
    keep: ['/vm-backup-2'],
  },
  'vm-backup-cancelled': {
    ...cancelled([3, 1], () => BACK_UP_VMS, 'waitForEtcdVoters'),
    keep: ['/vm-backup-2'],
  },
  'healed-by-a-start': {
    ...healed([1, 2], 'worker-2', 'stopped', { action: 'START' }),
    keep: ['', '/heal-2'],
  },
  'healed-by-a-restart': {
    ...healed([3, 0], 'server-3', 'running', { action: 'RESTART', group: 'server' }),
    keep: ['/heal-2'],
  },
  'healed-by-another-worker': {
    ...healed([1, 2], 'worker-1', 'running', { action: 'REPLACE' }),
    keep: ['/heal-2'],
  },
  'healed-by-another-server': {
    ...healed([3, 0], 'server-2', 'running', { action: 'REPLACE', group: 'server' }),
    keep: ['/heal-2'],
  },
  'certificates-renewed': {
    ...once([3, 1], (driver, handle) => driver.operate(handle, RENEW)),
    keep: ['', '/renew-certificates-2'],
  },
  'renewal-cancelled': {
    ...cancelled([3, 0], () => RENEW, 'readCertificates'),
    keep: ['/renew-certificates-2'],
  },
  'secrets-rotated': {
    ...once([3, 1], (driver, handle) => driver.operate(handle, ROTATE)),
    keep: ['', '/rotate-secrets-2'],
  },
  'rotation-cancelled': {
    ...cancelled([1, 1], () => ROTATE, 'authorizeNextKey'),
    keep: ['/rotate-secrets-2'],
  },
  'machines-moved': {
    ...once([3, 1], (driver, handle, cluster) => driver.operate(handle, move(cluster))),
    keep: ['', '/move-machines-2', '/decommission-3'],
  },
  'move-cancelled': { ...cancelled([3, 1], move, 'drainNode'), keep: ['', '/move-machines-2'] },
};
