/** Looks whether what an operator wants to hold after each machine of an upgrade does. */
import { Context } from '@temporalio/activity';
import type { UpgradeGate } from '../../domain/upgrade/upgrade-gate.js';
import type { Store } from '../../store/store.js';
import { kubeConfigOf } from '../kubernetes/client.js';
import { withHeartbeats } from '../ssh/heartbeat.js';
import { httpObjection } from './http-gate.js';
import { jobObjection, removeJob, type GateJob } from './job-gate.js';
import { promqlObjection } from './promql-gate.js';
import { tryUntil } from './try-until.js';

export interface GateDependencies {
  readonly store: Pick<Store, 'secrets'>;
  /** `socks5://host:port` through which machines are reached, or `null`; gates are reached as they are. */
  readonly proxyUrl: string | null;
}

export interface GateRequest {
  readonly clusterUid: string;
  readonly gate: UpgradeGate;
  /** Name of the machine that it is about. */
  readonly machine: string;
  /** What the gate is for, and no other one ever: a Job is found again by it. */
  readonly subject: string;
}

export type GateActivities = ReturnType<typeof createGateActivities>;

export function createGateActivities({ store, proxyUrl }: GateDependencies) {
  return {
    /**
     * Returns once the gate is open. Its time counts from when it was asked for, over all attempts.
     * @throws `UPGRADE_GATE_FAILED` with what was seen last.
     */
    passGate: ({ clusterUid, gate, machine, subject }: GateRequest): Promise<void> =>
      withHeartbeats(async (pulse) => {
        const { signal } = pulse;
        const deadlineMs = Context.current().info.scheduledTimestampMs + gate.timeoutSeconds * 1_000;
        const look = { proxyUrl, signal };
        switch (gate.kind) {
          case 'HTTP':
            return tryUntil({ deadlineMs, pulse }, () => httpObjection(gate, look));
          case 'PROMQL':
            return tryUntil({ deadlineMs, pulse }, () => promqlObjection(gate, look));
          case 'JOB': {
            const config = await kubeConfigOf(store.secrets, clusterUid, proxyUrl);
            const job: GateJob = { gate, machine, subject };
            try {
              await tryUntil({ deadlineMs, pulse }, () => jobObjection(config, job));
            } finally {
              // A Job that goes on after its gate is decided is nobody's.
              if (!signal.aborted) await removeJob(config, job);
            }
            return;
          }
        }
      }),
  };
}
