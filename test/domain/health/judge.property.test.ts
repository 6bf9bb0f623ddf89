import { describe, expect, test } from '@jest/globals';
import type { PastAction } from '../../../domain/health/budgets.js';
import {
  judgeHealth,
  type HealthMemory,
  type HealthSubject,
  type JudgedHealth,
} from '../../../domain/health/judge.js';
import { DEFAULT_HEALTH_POLICY } from '../../../domain/health/policy.js';
import type { NodeSight, VmSight } from '../../../domain/health/sight.js';
import type { AllSights } from '../../../domain/health/sights.js';

type Ill = 'well' | 'stopped' | 'hung' | 'host-down' | 'unseen';
const ILLS: readonly Ill[] = ['well', 'stopped', 'hung', 'host-down', 'unseen'];

const MACHINES = [1, 2, 3].map((n) => [`server-${n}`, 'server', 'CONTROL_PLANE'] as const);
const WORKERS = [1, 2, 3, 4, 5].map((n) => [`worker-${n}`, 'worker', 'WORKER'] as const);
const ALL = [...MACHINES, ...WORKERS].map(([name, group, role], index) => {
  return {
    name,
    group,
    role,
    host: `pve${(index % 3) + 1}`,
    address: `10.0.0.${index}`,
    notReplaceable: null,
  };
});

function aSubject(change: Partial<HealthSubject> = {}): HealthSubject {
  return {
    ...{ cluster: 'edge', clusterUid: 'uid-1', policy: DEFAULT_HEALTH_POLICY, machines: ALL, busy: null },
    groups: [
      { name: 'server', role: 'CONTROL_PLANE', wanted: 3, present: 3 },
      { name: 'worker', role: 'WORKER', wanted: 5, present: 5 },
    ],
    ...change,
  };
}

function sights(ills: Readonly<Record<string, Ill>>): AllSights {
  const vm = (ill: Ill): VmSight => ({
    ...{ host: null, lock: null, ha: 'none', hostState: ill === 'host-down' ? 'offline' : 'online' },
    vm: ill === 'stopped' ? 'stopped' : ill === 'well' || ill === 'hung' ? 'running' : 'unknown',
  });
  const node = (ill: Ill): NodeSight => {
    return { state: ill === 'well' ? 'ready' : 'silent', since: null, why: '', cordoned: false };
  };
  const each = <T>(of: (ill: Ill) => T): Record<string, T> =>
    Object.fromEntries(ALL.map(({ name }) => [name, of(ills[name] ?? 'well')]));
  return {
    vms: { quorum: 'yes', machines: each(vm), unseen: [] },
    nodes: { nodes: each(node), unseen: [] },
    guests: {
      machines: each((ill) => ({ state: ill === 'well' ? 'answers' : 'silent', why: '' })),
      unseen: [],
    },
  };
}

/** A watch of one cluster, look by look. */
class Watch {
  memory: HealthMemory = { machines: {}, missing: {}, seenAt: null };
  readonly actions: PastAction[] = [];
  now = Date.parse('2026-01-01T00:00:00Z');

  look(
    ills: Readonly<Record<string, Ill>>,
    change: Partial<HealthSubject> = {},
    others: readonly string[] = [],
  ): JudgedHealth {
    const judged = judgeHealth(aSubject(change), sights(ills), {
      ...{ now: this.now, memory: this.memory, actions: this.actions },
      others: { troubled: others, watched: others.length },
    });
    this.memory = judged.memory;
    const { heal } = judged.decision;
    if (heal !== null) {
      const { action, host, machine, group } = heal;
      this.actions.push({
        cluster: 'edge',
        subject: machine ?? `group ${group}`,
        host,
        action,
        at: this.now,
      });
    }
    return judged;
  }

  looks(
    times: number,
    ills: Readonly<Record<string, Ill>>,
    change: Partial<HealthSubject> = {},
    others: readonly string[] = [],
  ): JudgedHealth[] {
    return Array.from({ length: times }, () => {
      const judged = this.look(ills, change, others);
      this.now += 30_000;
      return judged;
    });
  }
}

const done = (looks: readonly JudgedHealth[]): (string | undefined)[] =>
  looks.map(({ decision: { heal } }) => heal?.action);
const heldBy = ({ decision }: JudgedHealth): (string | null)[] => decision.findings.map((one) => one.heldBy);

describe('a look at a cluster', () => {
  test('acts once a machine was seen unwell for a minute, restarts it, and replaces it when that did not help', () => {
    const watch = new Watch();

    const first = watch.looks(4, { 'worker-1': 'hung' });
    const later = watch.looks(20, { 'worker-1': 'hung' });

    expect(done(first)).toEqual([undefined, undefined, 'RESTART', undefined]);
    expect(done(later).filter((action) => action !== undefined)).toEqual(['REPLACE']);
    expect(heldBy(first[3] as JudgedHealth)).toEqual(['BACKOFF']);
  });

  test('never acts on one that flaps', () => {
    const watch = new Watch();

    const looks = Array.from({ length: 40 }, (_, n) =>
      watch.looks(1, { 'worker-1': n % 2 === 0 ? 'hung' : 'well' }),
    );

    expect(done(looks.flat()).every((action) => action === undefined)).toBe(true);
  });

  test('begins anew after a standstill: what was seen an hour ago says nothing of now', () => {
    const watch = new Watch();
    watch.looks(2, { 'worker-1': 'hung', 'worker-2': 'stopped' });
    watch.now += 3_600_000;

    const looks = watch.looks(3, { 'worker-1': 'hung', 'worker-2': 'stopped' });

    expect(done(looks)).toEqual([undefined, undefined, 'START']);
  });

  test('does nothing about a host that is down, for however long', () => {
    const watch = new Watch();

    const looks = watch.looks(200, { 'worker-1': 'host-down' });

    expect(done(looks).every((action) => action === undefined)).toBe(true);
    expect(looks.at(-1)?.decision.findings[0]).toMatchObject({
      diagnosis: 'HOST_DOWN',
      heldBy: 'NOTHING_PROVED',
    });
  });

  test.each([
    [{ busy: 'the operation scale 7 runs' }, 'THRESHOLD'],
    [{ policy: { ...DEFAULT_HEALTH_POLICY, pausedUntil: '2026-02-01T00:00:00Z' } }, 'PAUSED'],
    [{ policy: { ...DEFAULT_HEALTH_POLICY, limit: 'OBSERVE' as const } }, 'LIMIT'],
  ])('with %j it is held back', (change, by) => {
    const looks = new Watch().looks(10, { 'worker-1': 'stopped' }, change);

    expect(done(looks).every((action) => action === undefined)).toBe(true);
    expect(heldBy(looks[9] as JudgedHealth)).toEqual([by]);
  });

  test('stops where too much of a group is unwell, and of the control plane before the quorum is at stake', () => {
    const workers = { 'worker-1': 'hung', 'worker-2': 'hung', 'worker-3': 'hung' } as const;
    const servers = { 'server-1': 'hung', 'server-2': 'hung' } as const;

    const looks = [new Watch().looks(5, workers), new Watch().looks(5, servers)];

    expect(looks.map((one) => heldBy(one[4] as JudgedHealth))).toEqual([
      Array.from({ length: 3 }, () => 'GROUP_BUDGET'),
      Array.from({ length: 2 }, () => 'GROUP_BUDGET'),
    ]);
  });

  test('does nothing while other clusters are unwell as well', () => {
    const looks = new Watch().looks(5, { 'worker-1': 'stopped' }, {}, ['lab', 'shop']);

    expect(heldBy(looks[4] as JudgedHealth)).toEqual(['STORM']);
    expect(looks[4]?.isStorm).toBe(true);
  });

  test('keeps its budgets, and what must not be replaced, over random failures', () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    let acted = 0;
    for (let run = 0; run < 60; run += 1) {
      const watch = new Watch();
      const ills: Record<string, Ill> = {};
      for (let step = 0; step < 120; step += 1) {
        if (random(4) === 0) ills[ALL[random(ALL.length)]?.name ?? ''] = ILLS[random(ILLS.length)] ?? 'well';
        const [judged] = watch.looks(1, { ...ills });
        const heal = judged?.decision.heal ?? null;
        if (heal === null) continue;
        acted += 1;
        const ill = ills[heal.machine ?? ''] ?? 'well';
        // Only what is proved to be off, or can be switched off by a host that answers.
        expect(['stopped', 'hung']).toContain(ill);
        const unwell = ALL.filter(
          ({ name, group }) => group === heal.group && (ills[name] ?? 'well') !== 'well',
        );
        expect(unwell.length).toBeLessThanOrEqual(heal.group === 'server' ? 1 : 2);
        const hour = watch.actions.filter(({ at }) => at > watch.now - 30_000 - 3_600_000);
        expect(hour.length).toBeLessThanOrEqual(DEFAULT_HEALTH_POLICY.maxActionsPerHour);
        const onHost = hour.filter(({ host }) => host === heal.host).length;
        expect(onHost).toBeLessThanOrEqual(DEFAULT_HEALTH_POLICY.maxActionsPerHostPerHour);
      }
    }
    expect(acted).toBeGreaterThan(30);
  });
});
