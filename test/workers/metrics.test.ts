import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CancelledFailure } from '@temporalio/common';
import type { ActivityExecuteInput } from '@temporalio/worker';
import type { BreakerStanding } from '../../activities/proxmox/client-observer.js';
import { fail } from '../../domain/errors.js';
import type { PermitUsage, Permits } from '../../store/store.js';
import { serveMetrics, type MetricsServer } from '../../workers/metrics-server.js';
import { createMetrics, keyLabel, type Metrics } from '../../workers/metrics.js';

let metrics: Metrics;
let server: MetricsServer;

beforeEach(async () => {
  metrics = createMetrics();
  server = await serveMetrics(metrics.registry, { host: '127.0.0.1', port: 0 });
});
afterEach(() => server.close());

/** The samples of a scrape by name and labels, as Prometheus reads the text format. */
async function scrape(): Promise<Map<string, number>> {
  const response = await fetch(server.url);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const samples = new Map<string, number>();
  for (const line of (await response.text()).split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const sample = /^([a-z_]+(?:\{.*\})?) (\S+)$/.exec(line);
    if (sample === null) throw new Error(`no sample: ${line}`);
    samples.set(sample[1] ?? '', Number(sample[2]));
  }
  return samples;
}

const INPUT: ActivityExecuteInput = { args: [], headers: {} };

const NONE = { list: () => Promise.resolve([]) };

describe('a scrape', () => {
  test('has each call, by endpoint, method and outcome, and how long it took', async () => {
    const { called } = metrics.clientObserver;
    const endpoint = 'https://pve1:8006';
    called?.({ endpoint, method: 'GET', outcome: 'ok', durationMs: 20 });
    called?.({ endpoint, method: 'GET', outcome: 'ok', durationMs: 40 });
    called?.({ endpoint, method: 'POST', outcome: 'lost', durationMs: 45_000 });

    const samples = await scrape();

    const of = (name: string, labels: string): number | undefined =>
      samples.get(`clusterwright_proxmox_${name}{${labels}}`);
    expect(of('calls_total', `endpoint="${endpoint}",method="GET",outcome="ok"`)).toBe(2);
    expect(of('calls_total', `endpoint="${endpoint}",method="POST",outcome="lost"`)).toBe(1);
    expect(of('call_duration_seconds_sum', `endpoint="${endpoint}",method="GET"`)).toBeCloseTo(0.06);
    expect(of('call_duration_seconds_bucket', `le="0.025",endpoint="${endpoint}",method="GET"`)).toBe(1);
    expect(of('call_duration_seconds_count', `endpoint="${endpoint}",method="POST"`)).toBe(1);
  });

  test('has the breakers as they stand, and how often they changed', async () => {
    let breakers: BreakerStanding[] = [
      { scope: 'endpoint', name: 'https://pve1:8006', state: 'OPEN' },
      { scope: 'endpoint', name: 'https://pve2:8006', state: 'CLOSED' },
      { scope: 'node', name: 'hv5', state: 'HALF_OPEN' },
    ];
    metrics.watch({ breakers: () => breakers, permits: { usage: () => [] }, certificates: NONE });
    const change = { scope: 'endpoint', name: 'https://pve1:8006', from: 'CLOSED', to: 'OPEN' } as const;
    metrics.clientObserver.breakerChanged?.(change);

    const before = await scrape();
    breakers = breakers.slice(0, 1);
    const after = await scrape();

    const state = 'clusterwright_proxmox_breaker_state';
    expect(before.get(`${state}{scope="endpoint",name="https://pve1:8006"}`)).toBe(2);
    expect(before.get(`${state}{scope="endpoint",name="https://pve2:8006"}`)).toBe(0);
    expect(before.get(`${state}{scope="node",name="hv5"}`)).toBe(1);
    expect(
      before.get(
        'clusterwright_proxmox_breaker_transitions_total{scope="endpoint",name="https://pve1:8006",to="open"}',
      ),
    ).toBe(1);
    expect([...after.keys()].filter((name) => name.startsWith(state))).toHaveLength(1);
  });

  test('has the permits that are held and waited for, and one series for all machines', async () => {
    const usage: PermitUsage[] = [
      { key: 'allocations:local-zfs', held: 2, waiting: 7 },
      { key: 'machine:0f8e', held: 1, waiting: 0 },
      { key: 'machine:1a2b', held: 1, waiting: 1 },
    ];
    metrics.watch({ breakers: () => [], permits: { usage: () => usage }, certificates: NONE });

    const samples = await scrape();

    expect(samples.get('clusterwright_permits_held{key="allocations:local-zfs"}')).toBe(2);
    expect(samples.get('clusterwright_permits_waiting{key="allocations:local-zfs"}')).toBe(7);
    expect(samples.get('clusterwright_permits_held{key="machine"}')).toBe(2);
    expect(samples.get('clusterwright_permits_waiting{key="machine"}')).toBe(1);
    expect(keyLabel('clones@hv5')).toBe('clones@hv5');
  });

  test('has how long work waited for its permits', async () => {
    let admit = (): void => {};
    const admitted = new Promise<void>((resolve) => (admit = resolve));
    const permits: Permits = {
      usage: () => [],
      run: async (_limits, work) => {
        await admitted;
        return work();
      },
    };
    const limits = [
      { key: 'copies:ceph', most: 1 },
      { key: 'clones@hv5', most: 1 },
    ];
    const running = metrics.metered(permits).run(limits, () => Promise.resolve('done'), { owner: 'red' });
    const count = 'clusterwright_permit_wait_duration_seconds_count';

    expect((await scrape()).get(`${count}{key="copies:ceph"}`)).toBeUndefined();
    admit();
    expect(await running).toBe('done');

    const samples = await scrape();
    expect(samples.get(`${count}{key="copies:ceph"}`)).toBe(1);
    expect(samples.get(`${count}{key="clones@hv5"}`)).toBe(1);
  });

  test('has how long tasks took, by their type', async () => {
    metrics.clientObserver.taskEnded?.({ type: 'qmclone', outcome: 'warnings', durationMs: 4_200 });

    const samples = await scrape();

    const name = 'clusterwright_proxmox_task_duration_seconds';
    expect(samples.get(`${name}_sum{type="qmclone",outcome="warnings"}`)).toBe(4.2);
    expect(samples.get(`${name}_bucket{le="5",type="qmclone",outcome="warnings"}`)).toBe(1);
  });

  test('has the errors of activities by their codes, and none for one that was cancelled', async () => {
    const { execute } = metrics.activityInterceptor('claimVm');
    const attempts = [
      fail('VM_LOCKED', 'x'),
      fail('VM_LOCKED', 'x'),
      new Error('x'),
      new CancelledFailure('x'),
    ];
    for (const error of attempts) {
      await expect(execute?.(INPUT, () => Promise.reject(error))).rejects.toBe(error);
    }
    await expect(execute?.(INPUT, () => Promise.resolve('done'))).resolves.toBe('done');

    const samples = await scrape();

    const errors = [...samples].filter(([name]) => name.startsWith('clusterwright_activity_errors_total'));
    expect(errors).toEqual([
      ['clusterwright_activity_errors_total{activity="claimVm",code="VM_LOCKED"}', 2],
      ['clusterwright_activity_errors_total{activity="claimVm",code="INTERNAL"}', 1],
    ]);
  });
});

test.each([
  ['GET', '/', 404],
  ['POST', '/metrics', 405],
])('the server answers %s %s with %i', async (method, path, status) => {
  const response = await fetch(new URL(path, server.url), { method });

  expect(response.status).toBe(status);
});

test('a port that is taken is an error that says so', async () => {
  const { port } = new URL(server.url);

  await expect(serveMetrics(metrics.registry, { host: '127.0.0.1', port: Number(port) })).rejects.toThrow(
    /EADDRINUSE/,
  );
});

test('the reference names every metric, and no other', async () => {
  const page = readFileSync(new URL('../../docs/reference/metrics.md', import.meta.url), 'utf8');

  const written = [...page.matchAll(/^\| `(\w+)` +\| (\w+)/gm)].map(([, name, type]) => ({ name, type }));

  const known = await metrics.registry.getMetricsAsJSON();
  const names = (all: readonly { name?: string | undefined; type?: unknown }[]): string[] =>
    all.map(({ name, type }) => `${name} ${String(type)}`).toSorted();
  expect(names(written)).toEqual(names(known));
});
