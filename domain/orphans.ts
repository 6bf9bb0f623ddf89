/** What was left behind on Proxmox VE: whose it is, and whether it may be removed. */
import type { ErrorCode } from './errors.js';
import { macOf, OWNER_TAG, ownershipObjections, type ObservedVm } from './machine.js';
import type { Phase } from './phase.js';

export const ORPHAN_KINDS = ['vm', 'medium', 'disk', 'boot-arming'] as const;
export type OrphanKind = (typeof ORPHAN_KINDS)[number];

export interface Orphan {
  /** The same in every report. */
  readonly id: string;
  readonly kind: OrphanKind;
  /** Of the machine that it is, or is said to be, of; `null` where nothing names one. */
  readonly uuid: string | null;
  readonly vmid: number | null;
  /** `null` for what all hosts see, and for what is on none. */
  readonly host: string | null;
  readonly name: string | null;
  /** Volume id of a medium or disk. */
  readonly volume: string | null;
  readonly clusterUid: string | null;
  readonly cluster: string | null;
  /** Why it is listed and, when it is not removable, why not. */
  readonly reason: string;
  /** It is proved to be of a machine of ours, whose cluster is gone. */
  readonly removable: boolean;
  /** How long its cluster has been gone; where that is not known, how long it has been seen. */
  readonly sinceSeconds: number;
}

export interface OrphanReport {
  /** ISO 8601, UTC. */
  readonly foundAt: string;
  readonly orphans: readonly Orphan[];
  /** How many more there are. */
  readonly leftOut: number;
  /** Hosts and storages that did not answer: what is on them is not in the report. */
  readonly notSeen: readonly string[];
}

/** What became of a wish to remove an orphan. */
export interface OrphanRemoval {
  readonly id: string;
  /** `gone`: it was not there any more. */
  readonly outcome: 'running' | 'removed' | 'gone' | 'failed';
  readonly code: ErrorCode | null;
  readonly detail: string | null;
}

/**
 * Of a machine's cluster: `busy` while an operation may be at work, `gone` only when nothing of it was left,
 * `unknown` when the store has no record of it.
 */
export type Standing = 'live' | 'busy' | 'gone' | 'unknown';

export function standingOf(phase: Phase | null): Standing {
  if (phase === null) return 'unknown';
  if (phase === 'GONE') return 'gone';
  return phase === 'READY' || phase === 'FAILED' ? 'live' : 'busy';
}

/** A machine of the ledger, with what is known of its cluster. */
export interface Owner {
  readonly uuid: string;
  readonly clusterUid: string;
  readonly cluster: string;
  readonly name: string;
  readonly vmid: number;
  /** Its VM was proved to be gone. */
  readonly isRemoved: boolean;
  readonly standing: Standing;
}

export interface SeenVm extends ObservedVm {
  readonly isTemplate: boolean;
  readonly lock: string | null;
}

export interface Mark {
  readonly clusterUid: string;
  readonly name: string;
  readonly uuid: string;
}

export interface Verdict {
  readonly removable: boolean;
  readonly reason: string;
}

const MARK = /^clusterwright: ([^/\s]+)\/([^/\s]+)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** Every ownership mark in a VM's description. */
export function marksIn(description: string | null): Mark[] {
  return (description ?? '').split('\n').flatMap((line) => {
    const [, clusterUid, name, uuid] = MARK.exec(line.trim()) ?? [];
    return clusterUid === undefined || name === undefined || uuid === undefined
      ? []
      : [{ clusterUid, name, uuid }];
  });
}

/** True when the VMID is the machine's, and the VM is it as far as is seen: without a name it is being made. */
export function isMachine(vm: Pick<ObservedVm, 'vmid' | 'name' | 'uuid'>, machine: Owner): boolean {
  if (machine.isRemoved || vm.vmid !== machine.vmid) return false;
  return vm.name === null || vm.name === machine.name || vm.uuid === machine.uuid;
}

/**
 * @param marked finds the machine that a mark names.
 * @param sameVmid machines that have or had the VM's number.
 * @returns `null` for what is no orphan: somebody else's, of a live cluster, or in the hands of an operation.
 */
export function judgeVm(
  vm: SeenVm,
  marked: (uuid: string) => Owner | undefined,
  sameVmid: readonly Owner[],
): Verdict | null {
  if (sameVmid.some((machine) => isInUse(machine) && isMachine(vm, machine))) return null;
  const [mark, ...others] = marksIn(vm.description);
  if (mark === undefined) {
    if (vm.tags.includes(OWNER_TAG)) return kept(`it carries the tag "${OWNER_TAG}", but no machine's mark`);
    return judgeHalfMade(vm, sameVmid);
  }
  if (others.some(({ uuid }) => uuid !== mark.uuid)) return kept('it carries the marks of several machines');
  const owner = marked(mark.uuid);
  if (owner === undefined) return kept(`the ledger does not know ${mark.name} (${mark.uuid}) of its mark`);
  const early = judgeOwner(owner);
  if (early !== 'gone') return early ?? judgeCopy(vm, owner);
  const objections = ownershipObjections(vm, { ...owner, mac: macOf(owner.uuid) });
  if (vm.isTemplate) objections.push('it is a template');
  const gone = `cluster "${owner.cluster}" is gone`;
  if (objections.length > 0)
    return kept(`${gone}, but the VM is not proved to be ${owner.name}: ${objections.join('; ')}`);
  return { removable: true, reason: gone };
}

/** A medium that is named for a machine. */
export function judgeMedium(owner: Owner | undefined): Verdict | null {
  if (owner === undefined) return kept('the ledger does not know the machine that it is named for');
  const early = judgeOwner(owner);
  return early === 'gone' ? { removable: true, reason: `cluster "${owner.cluster}" is gone` } : early;
}

/**
 * A disk that is named for a VMID that no guest has.
 * @param sameVmid machines that have or had the number, the latest first.
 * @param isRecorded whether the latest of them was made with the disk.
 */
export function judgeDisk(sameVmid: readonly Owner[], isRecorded: boolean): Verdict | null {
  const [latest] = sameVmid;
  if (latest === undefined || sameVmid.some(isInUse)) return null;
  const early = judgeOwner(latest);
  if (early !== 'gone') return early;
  const gone = `cluster "${latest.cluster}" is gone`;
  if (latest.isRemoved)
    return kept(
      `${gone}, and its ${latest.name} was proved to be removed with its disks: it may be another's`,
    );
  if (!isRecorded) return kept(`${gone}, but its ${latest.name} was not made with this disk`);
  return { removable: true, reason: gone };
}

function kept(reason: string): Verdict {
  return { removable: false, reason };
}

/** A machine that is not proved to be gone, of a cluster that is not gone. */
export function isInUse({ isRemoved, standing }: Owner): boolean {
  return !isRemoved && (standing === 'live' || standing === 'busy');
}

/** What is the same for everything of a machine; `gone` when it depends on the thing itself. */
function judgeOwner(owner: Owner): Verdict | null | 'gone' {
  const { standing, cluster, name } = owner;
  switch (standing) {
    case 'gone':
      return 'gone';
    case 'busy':
      return null;
    case 'unknown':
      return kept(`nothing is known of cluster "${cluster}" of ${name}`);
    case 'live':
      return owner.isRemoved
        ? kept(`${name} was removed from cluster "${cluster}", which is not gone`)
        : null;
  }
}

/** The mark of a live cluster's machine, on a VM that is not it. */
function judgeCopy(vm: SeenVm, owner: Owner): Verdict | null {
  if (owner.standing === 'busy' || owner.vmid === vm.vmid) return null;
  return kept(`it carries the mark of ${owner.name}, which is VM ${owner.vmid}`);
}

/** While a VM is made, its configuration holds nothing but a lock: only the ledger knows whose it was to be. */
function judgeHalfMade({ vmid, name, lock }: SeenVm, sameVmid: readonly Owner[]): Verdict | null {
  const owner = sameVmid.find(({ standing, isRemoved }) => standing === 'gone' && !isRemoved);
  if (owner === undefined || lock === null || name !== null) return null;
  return kept(
    `it may be ${owner.name} of cluster "${owner.cluster}", which is gone, half made: after making sure that no task ` +
      `runs, \`qm unlock ${vmid}\` and \`qm destroy ${vmid}\` on its host`,
  );
}
