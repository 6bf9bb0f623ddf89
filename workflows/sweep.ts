/**
 * Reports what was left behind on Proxmox VE, and removes what a person asked for by the report before.
 * Started by a Schedule, which removes nothing, and by the API.
 */
import { isCancellation, setCurrentDetails } from '@temporalio/workflow';
import type { Orphan, OrphanRemoval, OrphanReport } from '../domain/orphans.js';
import { ledger, proxmox } from './lib/activities.js';
import { forEachLimited } from './lib/concurrency.js';
import { failureOf, workflowFailure } from './lib/failure.js';

export interface SweepInput {
  /** Ids of orphans; `null` only reports. */
  readonly remove: readonly string[] | null;
}

export interface SweepResult {
  readonly found: number;
  readonly removable: number;
  readonly notSeen: readonly string[];
  /** In the order in which they were asked for. */
  readonly removals: readonly OrphanRemoval[];
}

const MAX_AT_ONCE = 4;
/** What does not answer by then is looked at by the next sweep. */
const LOOK_FOR = '20 minutes';
const ATTEMPT_FOR = '15 minutes';

export async function sweep({ remove }: SweepInput): Promise<SweepResult> {
  try {
    const report = await proxmox.findOrphans.executeWithOptions(
      { scheduleToCloseTimeout: LOOK_FOR, summary: 'Look for what was left behind' },
      [{}],
    );
    await ledger.recordOrphans({ report });
    setCurrentDetails(details(report, []));
    const removals = await removeAll(report, [...new Set(remove)]);
    setCurrentDetails(details(report, removals));
    return {
      found: report.orphans.length + report.leftOut,
      removable: report.orphans.filter(({ removable }) => removable).length,
      notSeen: report.notSeen,
      removals,
    };
  } catch (error) {
    throw workflowFailure(error);
  }
}

async function removeAll(report: OrphanReport, ids: readonly string[]): Promise<OrphanRemoval[]> {
  if (ids.length === 0) return [];
  const results = new Map<string, OrphanRemoval>();
  const begun = ids.map((id) => ({ id, outcome: 'running', code: null, detail: null }) as const);
  await ledger.recordOrphanRemovals({ removals: begun });
  await forEachLimited(ids, MAX_AT_ONCE, async (id) => {
    const result = await removeOne(id, report);
    results.set(id, result);
    // At once: others may take long.
    await ledger.recordOrphanRemovals({ removals: [result] });
  });
  return ids.flatMap((id) => results.get(id) ?? []);
}

async function removeOne(id: string, report: OrphanReport): Promise<OrphanRemoval> {
  const orphan = report.orphans.find((each) => each.id === id);
  if (orphan === undefined) return notFound(id, report);
  if (!orphan.removable)
    return { id, outcome: 'failed', code: 'ORPHAN_NOT_REMOVABLE', detail: orphan.reason };
  const options = { scheduleToCloseTimeout: ATTEMPT_FOR, summary: `Remove ${nameOf(orphan)}` };
  try {
    const { removed } = await proxmox.removeOrphan.executeWithOptions(options, [{ orphan }]);
    return { id, outcome: removed ? 'removed' : 'gone', code: null, detail: null };
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { code, detail } = failureOf(error);
    return { id, outcome: 'failed', code, detail };
  }
}

/** That it is not listed says nothing while a host does not answer. */
function notFound(id: string, { notSeen, leftOut }: OrphanReport): OrphanRemoval {
  if (notSeen.length > 0) {
    const detail = `it was not found, but ${notSeen.join(', ')} did not answer`;
    return { id, outcome: 'failed', code: 'PROXMOX_NODE_UNREACHABLE', detail };
  }
  if (leftOut > 0) {
    const detail = `it is not among those that were listed, and ${leftOut} were left out`;
    return { id, outcome: 'failed', code: 'ORPHAN_NOT_REMOVABLE', detail };
  }
  return { id, outcome: 'gone', code: null, detail: 'it was not found any more' };
}

function nameOf({ kind, volume, vmid, name, host }: Orphan): string {
  const what = volume ?? (vmid === null ? `${kind} ${name ?? ''}` : `VM ${vmid} ${name ?? ''}`).trim();
  return host === null ? what : `${what} on ${host}`;
}

/** The details of a run are for people, and short. */
const MOST_SHOWN = 50;

function details(report: OrphanReport, removals: readonly OrphanRemoval[]): string {
  const { orphans, leftOut, notSeen } = report;
  const more = orphans.length + leftOut - Math.min(orphans.length, MOST_SHOWN);
  const result = new Map(removals.map((removal) => [removal.id, removal]));
  const lines = orphans.slice(0, MOST_SHOWN).map((orphan) => {
    const { outcome, detail } = result.get(orphan.id) ?? {};
    const done = outcome === undefined ? '' : ` (${outcome}${detail === null ? '' : `: ${detail}`})`;
    return `- ${nameOf(orphan)}: ${orphan.reason}${orphan.removable ? '' : ' (not removable)'}${done}`;
  });
  return [
    orphans.length === 0 ? 'Nothing was left behind.' : '**Left behind**',
    ...lines,
    ...(more > 0 ? [`- and ${more} more`] : []),
    ...(notSeen.length === 0 ? [] : [`**Not seen**: ${notSeen.join(', ')}`]),
  ].join('\n');
}
