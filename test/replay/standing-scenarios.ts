/** Runs that are no cluster's own: looks by a Schedule, validations, and the maintenance of hosts. */
import type { HealthDecision } from '../../domain/health/decision.js';
import type { HealthSubject } from '../../domain/health/judge.js';
import { DEFAULT_HEALTH_POLICY } from '../../domain/health/policy.js';
import { VALIDATION_CATEGORIES } from '../../domain/validation/vocabulary.js';
import { aClusterOf } from '../builders/definition.js';
import { aPlan } from '../builders/plan.js';
import { aValidationSubject } from '../domain/validation/subject.js';
import { activityError, type FakeActivities } from '../workflows/fake-activities.js';
import { guestsOf, READY, SILENT, vmsOf } from '../workflows/fake-health.js';
import { answersTo } from '../workflows/fake-validation.js';
import type { StandaloneScenario } from './scenarios.js';

const DRAIN = { clusters: null, targets: null, drainTimeoutSeconds: 300 };

function twoMoves(activities: FakeActivities): void {
  const move = (cluster: string, vmid: number) => ({
    ...{ cluster, clusterUid: `uid-${cluster}`, machine: `${cluster}-worker-1`, vmid, role: 'WORKER' },
    ...{ from: 'hv5', to: 'hv6', mode: 'LIVE', isRunning: true },
  });
  activities.on('planHostDrain', () => ({
    ...{ host: 'hv5', moves: [move('a', 1), move('b', 2)], stays: [], others: [], warnings: [] },
  }));
}

const NAMES = ['edge-worker-1', 'edge-worker-2', 'edge-worker-3'];
const SUBJECT: HealthSubject = {
  ...{ cluster: 'edge', clusterUid: 'uid-1', policy: DEFAULT_HEALTH_POLICY, busy: null },
  machines: NAMES.map((name) => ({
    ...{ name, group: 'worker', role: 'WORKER', host: 'pve1', address: '10.0.0.1', notReplaceable: null },
  })),
  groups: [{ name: 'worker', role: 'WORKER', wanted: 3, present: 3 }],
};

const RESTART: HealthDecision = {
  outcome: 'ACT',
  findings: [],
  heal: {
    ...{ action: 'RESTART', machine: 'edge-worker-1', group: 'worker', host: 'pve1' },
    reasons: ['it hangs for 90 s'],
  },
  budgets: { actionsThisHour: 0, maxActionsPerHour: 3, groups: [] },
  summary: 'edge-worker-1 is restarted',
  unseen: [],
};

/** One worker hangs, for longer than the policy bears it. */
function oneHangs(activities: FakeActivities): void {
  const guests = NAMES.map((name) => ({ name, address: '10.0.0.1', user: 'debian', system: 'CLOUD_INIT' }));
  activities.on('readHealthSubject', () => ({ kind: 'watched', subject: SUBJECT, guests }));
  activities.on('lookAtNodes', () => {
    const nodes = NAMES.map((name, index) => [name, index === 0 ? SILENT : READY]);
    return { nodes: Object.fromEntries(nodes), unseen: [] };
  });
  activities.on('lookAtVms', (request) => vmsOf(request));
  activities.on('lookAtGuests', (request) => guestsOf(request, 'silent'));
  activities.on('judgeHealth', () => ({ at: '2026-01-01T00:01:30.000Z', decision: RESTART }));
}

const { definition, machines } = aValidationSubject();

const validation = (remediateIssues: boolean): StandaloneScenario => ({
  workflow: 'validate',
  args: [
    {
      ...{ clusterUid: 'uid-1', operationId: '0c0ffee0-0000-4000-8000-000000000002', number: 7 },
      ...{ definition, machines },
      request: { validationSuite: 'STANDARD', categories: VALIDATION_CATEGORIES, remediateIssues },
    },
  ],
});

const DRILLED = aClusterOf(3, 1, { name: 'edge' });

function drill(prepare: (activities: FakeActivities) => void): StandaloneScenario {
  const backupId = '0c0ffee0-0000-4000-8000-000000000001';
  return {
    workflow: 'drillBackup',
    args: [{ cluster: 'edge', backupId }],
    prepare: (activities) => {
      const place = { backupId, clusterUid: 'uid-1', destination: 'nas' };
      activities.on('beginDrill', () => ({ place, definition: DRILLED, plan: aPlan(DRILLED) }));
      prepare(activities);
    },
  };
}

/** Wrong until it was looked at twice after it was put right. */
function repairable(activities: FakeActivities): void {
  activities.on('validateKubernetes', (request, callNumber) =>
    answersTo(request, callNumber < 3 ? { 'core-components': 'failed' } : {}),
  );
}

export const STANDING_SCENARIOS: Readonly<Record<string, StandaloneScenario>> = {
  'host-drained': {
    workflow: 'drainHost',
    args: [{ host: 'hv5', number: 1, request: DRAIN }],
    prepare: twoMoves,
  },
  'host-not-drained': {
    workflow: 'drainHost',
    args: [{ host: 'hv5', number: 1, request: DRAIN }],
    prepare: (activities) => {
      twoMoves(activities);
      activities.on('awaitMoves', ({ cluster }) =>
        cluster === 'a' ? { status: 'failed', detail: 'DRAIN_BLOCKED: "cart" allows none' } : undefined,
      );
    },
  },
  'drain-planned': { workflow: 'planDrain', args: [{ host: 'hv5', request: DRAIN }], prepare: twoMoves },
  'hosts-observed': { workflow: 'observeHosts', args: [] },
  'health-not-watched': { workflow: 'checkHealth', args: [{ cluster: 'edge' }] },
  'health-acted-upon': { workflow: 'checkHealth', args: [{ cluster: 'edge' }], prepare: oneHangs },
  'heal-refused': {
    workflow: 'checkHealth',
    args: [{ cluster: 'edge' }],
    prepare: (activities) => {
      oneHangs(activities);
      activities.on('requestHeal', () => ({ requested: false, reason: 'it is being scaled' }));
    },
  },
  'health-partly-seen': {
    workflow: 'checkHealth',
    args: [{ cluster: 'edge' }],
    prepare: (activities) => {
      oneHangs(activities);
      activities.on('lookAtVms', () => {
        throw activityError('PROXMOX_UNREACHABLE', 'no answer');
      });
    },
  },
  'certificates-watched': { workflow: 'watchCertificates', args: [{ cluster: 'edge' }] },
  'backup-scheduled': { workflow: 'scheduledBackup', args: [{ cluster: 'edge' }] },
  'backup-removed': {
    workflow: 'removeBackup',
    args: [{ backupId: '0c0ffee0-0000-4000-8000-000000000001' }],
  },
  'vm-backups-listed': { workflow: 'listVmBackups', args: [{ clusterUid: 'uid-1' }] },
  'backup-drilled': drill(() => undefined),
  'drill-failed': drill((activities) =>
    activities.on('compareDrilled', () => {
      throw activityError('RESTORE_INCOMPLETE', '1 of 7 objects are missing: /registry/secrets/shop/key');
    }),
  ),
  'drill-scheduled': { ...drill(() => undefined), workflow: 'scheduledDrill', args: [{ cluster: 'edge' }] },
  validated: validation(false),
  'validated-and-repaired': { ...validation(true), prepare: repairable },
};
