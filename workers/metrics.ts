/** What the worker tells Prometheus about its work. Names and labels are for ever: dashboards and alerts use them. */
import { CancelledFailure } from '@temporalio/common';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import type { BreakerState } from '../activities/proxmox/circuit-breaker.js';
import type { BreakerStanding, ClientObserver } from '../activities/proxmox/client-observer.js';
import type { HealthObserver } from '../activities/health/activities.js';
import { ClusterwrightError } from '../domain/errors.js';
import type { CertificateReadings } from '../store/certificate-port.js';
import type { Permits } from '../store/store.js';
import { healthMetrics } from './health-metrics.js';
import { certificateExpiry } from './certificate-metric.js';

export interface Metrics {
  readonly registry: Registry;
  readonly clientObserver: ClientObserver;
  /** Counts the errors of activities by their codes, before they become Temporal failures. */
  readonly activityInterceptor: (activity: string) => ActivityInboundCallsInterceptor;
  readonly healthObserver: HealthObserver;
  /** The same permits; how long each request waited is measured. */
  metered(permits: Permits): Permits;
  /** What is looked at anew for each scrape. */
  watch(sources: MetricsSources): void;
}

export interface MetricsSources {
  readonly breakers: () => readonly BreakerStanding[];
  readonly permits: Pick<Permits, 'usage'>;
  readonly certificates: Pick<CertificateReadings, 'list'>;
}

const STATE_VALUE: Readonly<Record<BreakerState, number>> = { CLOSED: 0, HALF_OPEN: 1, OPEN: 2 };

const CALL_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const WAIT_BUCKETS = [0.01, 0.1, 0.5, 1, 5, 15, 60, 180, 600, 1_800];
const TASK_BUCKETS = [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800];

/** Of these there is a new one each time: a series for each would never end. */
const SHORT_LIVED = new Set(['machine', 'image']);

/** `allocations:local-zfs` as it is, and `machine` for the key of any machine. */
export function keyLabel(key: string): string {
  const kind = key.slice(0, key.indexOf(':'));
  return SHORT_LIVED.has(kind) ? kind : key;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  let sources: MetricsSources = {
    breakers: () => [],
    permits: { usage: () => [] },
    certificates: { list: () => Promise.resolve([]) },
  };

  const breakers = new Gauge({
    name: 'clusterwright_proxmox_breaker_state',
    help: 'Circuit breaker of an endpoint or a host of Proxmox VE: 0 closed, 1 half open, 2 open.',
    labelNames: ['scope', 'name'],
    registers: [],
    collect() {
      this.reset();
      for (const { scope, name, state } of sources.breakers()) this.set({ scope, name }, STATE_VALUE[state]);
    },
  });
  registry.registerMetric(breakers);
  const transitions = new Counter({
    name: 'clusterwright_proxmox_breaker_transitions_total',
    help: 'Changes of the state of a circuit breaker, by the state that it changed to.',
    labelNames: ['scope', 'name', 'to'],
    registers,
  });
  const calls = new Counter({
    name: 'clusterwright_proxmox_calls_total',
    help: 'Calls to Proxmox VE: ok, http_ and the status of a refusal, lost without an answer, not_sent.',
    labelNames: ['endpoint', 'method', 'outcome'],
    registers,
  });
  const callDuration = new Histogram({
    name: 'clusterwright_proxmox_call_duration_seconds',
    help: 'Time until the answer to a call to Proxmox VE was read, or there was none.',
    labelNames: ['endpoint', 'method'],
    buckets: CALL_BUCKETS,
    registers,
  });
  const taskDuration = new Histogram({
    name: 'clusterwright_proxmox_task_duration_seconds',
    help: 'Time from the start of a Proxmox VE task until it was seen to have ended, by its type.',
    labelNames: ['type', 'outcome'],
    buckets: TASK_BUCKETS,
    registers,
  });
  const permitGauge = (what: 'held' | 'waiting', help: string): Gauge<'key'> =>
    new Gauge({
      name: `clusterwright_permits_${what}`,
      help,
      labelNames: ['key'],
      registers: [],
      collect() {
        this.reset();
        for (const usage of sources.permits.usage()) this.inc({ key: keyLabel(usage.key) }, usage[what]);
      },
    });
  registry.registerMetric(permitGauge('held', 'Permits that this worker holds.'));
  registry.registerMetric(permitGauge('waiting', 'Permits that this worker waits for.'));
  const permitWait = new Histogram({
    name: 'clusterwright_permit_wait_duration_seconds',
    help: 'Time that work waited for its permits, for each key that it needs.',
    labelNames: ['key'],
    buckets: WAIT_BUCKETS,
    registers,
  });
  registry.registerMetric(certificateExpiry(() => sources.certificates.list()));
  const errors = new Counter({
    name: 'clusterwright_activity_errors_total',
    help: 'Attempts of activities that failed, by the code of the error; INTERNAL for one that was not foreseen.',
    labelNames: ['activity', 'code'],
    registers,
  });

  return {
    registry,
    clientObserver: {
      called: ({ endpoint, method, outcome, durationMs }) => {
        calls.inc({ endpoint, method, outcome });
        callDuration.observe({ endpoint, method }, durationMs / 1_000);
      },
      breakerChanged: ({ scope, name, to }) => transitions.inc({ scope, name, to: to.toLowerCase() }),
      taskEnded: ({ type, outcome, durationMs }) =>
        taskDuration.observe({ type, outcome }, durationMs / 1_000),
    },
    healthObserver: healthMetrics(registry),
    activityInterceptor: (activity) => ({
      async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>) {
        try {
          return await next(input);
        } catch (error) {
          const code = error instanceof ClusterwrightError ? error.code : 'INTERNAL';
          if (!(error instanceof CancelledFailure)) errors.inc({ activity, code });
          throw error;
        }
      },
    }),
    metered: (permits) => ({
      usage: () => permits.usage(),
      run: (limits, work, options) => {
        const askedAt = performance.now();
        const measured = (): ReturnType<typeof work> => {
          const waited = (performance.now() - askedAt) / 1_000;
          for (const key of new Set(limits.map((limit) => keyLabel(limit.key))))
            permitWait.observe({ key }, waited);
          return work();
        };
        return permits.run(limits, measured, options);
      },
    }),
    watch: (watched) => {
      sources = watched;
    },
  };
}
