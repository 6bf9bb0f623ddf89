/** Checks of etcd, by what its own members say. */
import type { ClusterDefinition } from '../../cluster-definition.js';
import type { Check } from '../check.js';
import { percent } from '../figures.js';
import type { EtcdFact, GuestFact } from '../facts/guest.js';
import type { ValidationSubject } from '../subject.js';
import { eachMachine, judged, unseen, type OfMachine, type Seen } from '../verdict.js';
import { controlPlaneGuests, onControlPlane } from './guests.js';

/** https://etcd.io/docs/latest/faq/: above 10 ms at the 99th percentile a disk is too slow for etcd. */
const MOST_FSYNC_MS = 10;
/** At its quota etcd takes no more writes at all. */
const MOST_DATABASE_USED = 0.8;

/** Members on machines that we log in to. With a datastore of its own K3s has none. */
function hasMembers(subject: ValidationSubject): boolean {
  return hasEmbeddedEtcd(subject.definition) && controlPlaneGuests(subject).length > 0;
}

/** Of OKD its operator `etcd` tells. */
export function hasEmbeddedEtcd({ type, platformConfig, nodeGroups }: ClusterDefinition): boolean {
  if (type === 'OKD') return false;
  if (type !== 'K3S') return true;
  const servers = nodeGroups.filter(({ role }) => role === 'CONTROL_PLANE');
  const count = servers.reduce((sum, group) => sum + group.count, 0);
  // A single K3s server keeps its state in SQLite.
  return (platformConfig['datastore'] ?? null) === null && count > 1;
}

export const ETCD_CHECKS: readonly Check[] = [
  {
    id: 'etcd-health',
    title: 'Every member of etcd is healthy and has a leader',
    category: 'KUBERNETES',
    suite: 'QUICK',
    severity: 'CRITICAL',
    fact: 'guests',
    remedy:
      'Read the log of etcd on the member. As long as a majority is healthy the cluster works: never restart a second one.',
    applies: hasMembers,
    judge: (guests, subject) =>
      eachMember(guests, subject, 'healthy', ({ healthy, hasLeader }) => {
        if (!healthy) return 'its etcd is not healthy';
        return hasLeader === false ? 'its etcd has no leader' : null;
      }),
  },
  {
    id: 'etcd-fsync-latency',
    title: 'The disks of etcd are fast enough',
    category: 'PERFORMANCE',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'guests',
    remedy:
      'Move the disks of the control plane to faster storage, or others away from it: etcd waits for each write.',
    applies: hasMembers,
    judge: (guests, subject) => {
      const times = onControlPlane(guests, subject).flatMap(({ seen: fact }) =>
        fact.kind === 'seen' && fact.value.etcd?.fsyncP99Ms ? [fact.value.etcd.fsyncP99Ms] : [],
      );
      const measures = times.length === 0 ? undefined : { etcdFsyncP99Ms: Math.max(...times) };
      return eachMember(
        guests,
        subject,
        `fsync at most ${MOST_FSYNC_MS} ms at the 99th percentile`,
        ({ fsyncP99Ms }) => {
          if (fsyncP99Ms === null) return unseen('its etcd does not tell how long its disk takes');
          return fsyncP99Ms <= MOST_FSYNC_MS
            ? null
            : `fsync takes ${fsyncP99Ms.toFixed(1)} ms at the 99th percentile`;
        },
        measures,
      );
    },
  },
  {
    id: 'etcd-database-size',
    title: 'The database of etcd is well below its quota',
    category: 'KUBERNETES',
    suite: 'STANDARD',
    severity: 'CRITICAL',
    fact: 'guests',
    remedy:
      'Compact and defragment etcd one member at a time, and find out who writes so much (events, leases, custom resources).',
    applies: hasMembers,
    judge: (guests, subject) =>
      eachMember(
        guests,
        subject,
        `at most ${percent(MOST_DATABASE_USED)} of the quota`,
        ({ databaseShare }) => {
          if (databaseShare === null) return unseen('its etcd does not tell how large its database is');
          return databaseShare <= MOST_DATABASE_USED
            ? null
            : `its database takes ${percent(databaseShare)} of the quota`;
        },
      ),
  },
  {
    id: 'etcd-votes',
    title: 'Every member of etcd votes',
    category: 'KUBERNETES',
    suite: 'STANDARD',
    severity: 'CRITICAL',
    fact: 'nodes',
    remedy: 'A learner that stays one cannot catch up: look at the log of its server and at its disk.',
    applies: (subject) => ['K3S', 'RKE2'].includes(subject.definition.type) && hasMembers(subject),
    judge: (nodes, subject) => {
      const members = new Set(controlPlaneGuests(subject));
      const own = nodes.filter(({ name }) => members.has(name));
      return judged(
        own.flatMap(({ name, votes }) =>
          votes === false ? [{ subject: name, detail: 'it is a learner and does not vote' }] : [],
        ),
        `${own.length} voters`,
        {
          unseen: own.flatMap(({ name, votes }) =>
            votes === null ? [{ subject: name, detail: 'the node does not tell whether it votes' }] : [],
          ),
        },
      );
    },
  },
];

function eachMember(
  guests: readonly OfMachine<GuestFact>[],
  subject: ValidationSubject,
  evidence: string,
  objection: (etcd: EtcdFact) => string | null | Seen<never>,
  measures?: Readonly<Record<string, number>>,
) {
  return eachMachine(
    onControlPlane(guests, subject),
    evidence,
    ({ etcd }) => (etcd === null ? unseen('its etcd does not answer') : objection(etcd)),
    measures,
  );
}
