/** The certificate of a cluster's removal: what was there, what is gone, when, and how that was seen. */
import type { ClusterType } from '../cluster-definition.js';
import type { Belongings } from './belongings.js';

export const BELONGING_KINDS = ['vm', 'disk', 'address', 'dns-record', 'secret', 'schedule'] as const;
export type BelongingKind = (typeof BELONGING_KINDS)[number];

export interface RemovalCertificate {
  readonly version: 1;
  readonly clusterUid: string;
  readonly cluster: string;
  readonly type: ClusterType;
  /** ISO 8601, UTC: when its removal was asked for first, and when the last look was taken. */
  readonly begunAt: string;
  readonly removedAt: string;
  readonly removed: readonly RemovedBelonging[];
  readonly looks: readonly Look[];
  readonly kept: readonly KeptBelonging[];
  /** Hosts that did not answer: nothing of the cluster was ever on them, and nobody looked there. */
  readonly notSeen: readonly string[];
}

export interface RemovedBelonging {
  readonly kind: BelongingKind;
  readonly name: string;
  /** What tells it from others of that name. */
  readonly detail: string;
}

/** One look, after all was removed, that saw nothing. */
export interface Look {
  /** What was looked at, such as `disks`. */
  readonly at: string;
  /** How. */
  readonly how: string;
  /** ISO 8601, UTC. */
  readonly seenAt: string;
}

export interface KeptBelonging {
  readonly kind: 'backup';
  readonly name: string;
  readonly reason: string;
}

export interface RemovalProof {
  readonly looks: readonly Look[];
  readonly notSeen: readonly string[];
}

export interface Removal {
  readonly clusterUid: string;
  readonly cluster: string;
  readonly type: ClusterType;
  readonly begunAt: string;
  readonly belongings: Belongings;
  readonly proofs: readonly RemovalProof[];
}

/** @throws never; a removal that is not proved has no proofs to make a certificate of. */
export function certificateOf(removal: Removal): RemovalCertificate {
  const { clusterUid, cluster, type, begunAt, belongings, proofs } = removal;
  const looks = proofs.flatMap((proof) => proof.looks).toSorted((a, b) => compare(a.seenAt, b.seenAt));
  return {
    version: 1,
    ...{ clusterUid, cluster, type, begunAt },
    removedAt: looks.at(-1)?.seenAt ?? begunAt,
    removed: removedOf(belongings),
    looks,
    kept: belongings.backups.map(({ id, destination, takenAt }) => ({
      kind: 'backup',
      name: id,
      reason: `taken ${takenAt}, kept at "${destination}" until it is removed there`,
    })),
    notSeen: [...new Set(proofs.flatMap(({ notSeen }) => notSeen))].toSorted(),
  };
}

/** One text for one content, whatever the order in which its fields were written: what the hash is of. */
export function canonicalCertificate(certificate: RemovalCertificate): string {
  return JSON.stringify(sorted(certificate));
}

function removedOf({ machines, addresses, dnsRecords, secrets, schedules }: Belongings): RemovedBelonging[] {
  return [
    ...machines.map(({ name, vmid, uuid, host }) => one('vm', name, `VM ${vmid} (${uuid}) on ${host}`)),
    ...machines.flatMap(({ name, volumes }) => volumes.map((volume) => one('disk', volume, `of ${name}`))),
    ...addresses.map(({ holder, address }) => one('address', address, `of ${holder}`)),
    ...dnsRecords.map(({ name, address, server }) => one('dns-record', name, `${address} in ${server}`)),
    ...secrets.map((name) => one('secret', name, 'sealed in the store')),
    ...schedules.map((id) => one('schedule', id, 'on the Temporal server')),
  ];
}

function one(kind: BelongingKind, name: string, detail: string): RemovedBelonging {
  return { kind, name, detail };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => compare(a, b));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
