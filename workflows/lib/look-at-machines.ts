/** Asks all who know something of a cluster's machines. Whoever does not answer has seen nothing: that is no error. */
import { isCancellation } from '@temporalio/workflow';
import type { LookAtGuestsRequest } from '../../activities/health/look-at-guests.js';
import type { GuestSights, NodeSights, VmSights, WatchedMachine } from '../../domain/health/sight.js';
import { suspects, type AllSights } from '../../domain/health/sights.js';
import { together } from './concurrency.js';
import { failureOf } from './failure.js';
import { guestSights, nodeSights, vmSights } from './health-activities.js';

export interface LookedAt {
  readonly clusterUid: string;
  readonly machines: readonly WatchedMachine[];
  readonly guests: LookAtGuestsRequest['machines'];
}

/** Kubernetes first: of machines that it calls well nothing more is asked. */
export async function lookAtMachines({ clusterUid, machines, guests }: LookedAt): Promise<AllSights> {
  const nodes = await orUnseen<NodeSights>(
    () => nodeSights.lookAtNodes({ clusterUid }),
    (reason) => ({ nodes: null, unseen: [`Kubernetes: ${reason}`] }),
  );
  const closely = suspects(machines, nodes);
  let vms: VmSights = { quorum: 'unknown', machines: {}, unseen: [] };
  let seen: GuestSights = { machines: {}, unseen: [] };
  await together(
    async () => {
      const request = { clusterUid, machines: machines.map(({ name }) => name), suspects: closely };
      vms = await orUnseen<VmSights>(
        () => vmSights.lookAtVms(request),
        (reason) => ({ quorum: 'unknown', machines: {}, unseen: [`Proxmox VE: ${reason}`] }),
      );
    },
    async () => {
      const asked = guests.filter(({ name }) => closely.includes(name));
      if (asked.length === 0) return;
      seen = await orUnseen<GuestSights>(
        () => guestSights.lookAtGuests({ clusterUid, machines: asked }),
        (reason) => ({ machines: {}, unseen: [`the machines: ${reason}`] }),
      );
    },
  );
  return { vms, nodes, guests: seen };
}

async function orUnseen<T>(look: () => Promise<T>, unseen: (reason: string) => T): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { code, detail } = failureOf(error);
    return unseen(`${code}: ${detail}`);
  }
}
