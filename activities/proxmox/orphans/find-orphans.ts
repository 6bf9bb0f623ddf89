/** Finds everything of ours that no live cluster has. Changes nothing on Proxmox VE. */
import type { Orphan, OrphanReport } from '../../../domain/orphans.js';
import type { LeftArming } from '../../../store/orphan-port.js';
import type { ProxmoxContext } from '../dependencies.js';
import { requireQuorum } from '../quorum.js';
import { orphanId, type Candidate } from './candidate.js';
import { leftDisks, leftMedia } from './left-volumes.js';
import { leftVms } from './left-vms.js';
import { lookAround } from './sight.js';

/** A report travels through Temporal, which takes 2 MiB at once. */
const MOST_REPORTED = 1_000;
const SECOND_MS = 1_000;
const MINUTE_SECONDS = 60;

/**
 * What is younger than the grace time is not listed: an operation may be about to use it.
 * @throws `PROXMOX_NODE_UNREACHABLE` without quorum; hosts that do not answer are named in the report.
 */
export async function findOrphans(context: ProxmoxContext): Promise<OrphanReport> {
  const { client, orphans, orphanGraceMinutes } = context;
  await requireQuorum(client);
  const sight = await lookAround(client);
  const candidates = [
    ...(await leftVms(context, sight)),
    ...(await leftMedia(context, sight)),
    ...(await leftDisks(context, sight)),
    ...(await orphans.armings()).map(armingCandidate),
  ];
  const found = new Map(candidates.map((candidate) => [orphanId(candidate), candidate]));
  const { now, firstSeen } = await orphans.sight([...found.keys()]);
  const aged = [...found].map(([id, candidate]) => {
    const since = candidate.since ?? firstSeen.get(id) ?? now;
    return orphan(id, candidate, Math.max(0, (Date.parse(now) - Date.parse(since)) / SECOND_MS));
  });
  const old = aged
    .filter(({ sinceSeconds }) => sinceSeconds >= orphanGraceMinutes * MINUTE_SECONDS)
    .toSorted(inOrder);
  return {
    foundAt: now,
    orphans: old.slice(0, MOST_REPORTED),
    leftOut: Math.max(0, old.length - MOST_REPORTED),
    notSeen: [...sight.notSeen].toSorted(),
  };
}

function orphan(id: string, candidate: Candidate, sinceSeconds: number): Orphan {
  const { since: _since, ...what } = candidate;
  return { id, ...what, sinceSeconds: Math.floor(sinceSeconds) };
}

/** What can be removed comes first; then by cluster and machine, so that what belongs together stands together. */
function inOrder(one: Orphan, other: Orphan): number {
  const key = ({ removable, cluster, vmid, kind, volume, id }: Orphan): string =>
    [removable ? 0 : 1, cluster ?? '~', String(vmid ?? 0).padStart(9, '0'), kind, volume ?? '', id].join(' ');
  return key(one) < key(other) ? -1 : 1;
}

export function armingCandidate(arming: LeftArming): Candidate {
  const { machineUuid: uuid, machine: name, clusterUid, cluster, since } = arming;
  return {
    kind: 'boot-arming',
    ...{ uuid, name, clusterUid, cluster, since },
    ...{ vmid: null, host: null, volume: null },
    removable: true,
    reason: `cluster "${cluster}" is gone, and the machine could still fetch what it boots`,
  };
}
