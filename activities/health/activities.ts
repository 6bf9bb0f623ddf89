/** What looking after clusters asks of each system, and what it keeps. Nothing here changes a machine. */
import { getClient } from '@temporalio/activity';
import type { HealthDecision } from '../../domain/health/decision.js';
import { judgeHealth, type HealthSubject } from '../../domain/health/judge.js';
import type { GuestSights, NodeSights, VmSights } from '../../domain/health/sight.js';
import type { AllSights } from '../../domain/health/sights.js';
import type { HealthLook, KeptDecision } from '../../store/health-port.js';
import type { Store } from '../../store/store.js';
import { kubeConfigOf } from '../kubernetes/client.js';
import { withHeartbeats } from '../ssh/heartbeat.js';
import { lookAtGuests, type GuestLooker, type LookAtGuestsRequest } from './look-at-guests.js';
import { lookAtNodes } from './look-at-nodes.js';
import { lookAtVms, type LookAtVmsRequest, type VmLooker } from './look-at-vms.js';
import { readSubject, type ReadSubject } from './read-subject.js';
import type { Asked } from '../orchestration/ask-cluster.js';
import { requestHeal, type RequestHealRequest } from './request-heal.js';

export type HealthRecordActivities = ReturnType<typeof createHealthRecordActivities>;
export type VmSightActivities = ReturnType<typeof createVmSightActivities>;
export type NodeSightActivities = ReturnType<typeof createNodeSightActivities>;
export type GuestSightActivities = ReturnType<typeof createGuestSightActivities>;

export interface JudgeRequest {
  /** Of the look. */
  readonly id: string;
  readonly dryRun: boolean;
  readonly subject: HealthSubject;
  readonly sights: AllSights;
}

/** Who hears of what was decided. */
export interface HealthObserver {
  decided(cluster: string, decision: HealthDecision): void;
  /** Once for each storm. */
  stormBegan(decision: HealthDecision): void;
  /** Nobody looks after the cluster any more. */
  forgotten(cluster: string): void;
}

/** For the task queue of workflows. */
export function createHealthRecordActivities({
  store,
  observer,
}: {
  readonly store: Store;
  readonly observer: HealthObserver;
}) {
  return {
    /** See {@link readSubject}. */
    readHealthSubject: async (request: { readonly cluster: string }): Promise<ReadSubject> => {
      const read = await readSubject(store, getClient(), request);
      if (read.kind === 'not-watched') observer.forgotten(request.cluster);
      return read;
    },

    /** Decides what is done about what was seen, and writes it down before anything is. */
    judgeHealth: async ({ id, dryRun, subject, sights }: JudgeRequest): Promise<KeptDecision> => {
      const { cluster, clusterUid } = subject;
      const look: HealthLook = { id, cluster, clusterUid, dryRun };
      const kept = await store.health.judge(look, (known) => judgeHealth(subject, sights, known));
      if (!dryRun) observer.decided(cluster, kept.decision);
      if (kept.stormBegan) observer.stormBegan(kept.decision);
      return kept;
    },

    /** See {@link requestHeal}. */
    requestHeal: (request: RequestHealRequest): Promise<Asked> => requestHeal(store, getClient(), request),

    /** What was decided came to nothing: it does not count against what may be done next. */
    retractHeal: ({ id, reason }: { readonly id: string; readonly reason: string }): Promise<void> =>
      store.health.retract(id, reason),
  };
}

/** For the task queue of Proxmox VE. */
export function createVmSightActivities(looker: VmLooker) {
  return {
    lookAtVms: (request: LookAtVmsRequest): Promise<VmSights> =>
      withHeartbeats(({ signal }) => lookAtVms(looker, request, signal)),
  };
}

/** For the task queue of Kubernetes APIs. */
export function createNodeSightActivities({
  store,
  proxyUrl,
}: {
  readonly store: Pick<Store, 'secrets'>;
  readonly proxyUrl: string | null;
}) {
  return {
    lookAtNodes: ({ clusterUid }: { readonly clusterUid: string }): Promise<NodeSights> =>
      withHeartbeats(({ signal }) =>
        lookAtNodes(() => kubeConfigOf(store.secrets, clusterUid, proxyUrl), signal),
      ),
  };
}

/** For the task queue of machines. */
export function createGuestSightActivities(looker: GuestLooker) {
  return {
    lookAtGuests: (request: LookAtGuestsRequest): Promise<GuestSights> =>
      withHeartbeats(({ signal }) => lookAtGuests(looker, request, signal)),
  };
}
