/** `GET /orphans`, `POST /orphans/sweep`, `POST /orphans/removals`: what was left behind on Proxmox VE. */
import { createHash } from 'node:crypto';
import type { Response, Router } from 'express';
import { fail, type Fault } from '../../domain/errors.js';
import { workflowIds } from '../../domain/ids.js';
import { parseOrphanRemovals } from '../../schema/orphan-removals.js';
import type { OrphanReportView, SweepAcceptedView } from '../../schema/responses.js';
import type { KeptOrphanReport, KeptRemoval } from '../../store/orphan-port.js';
import type { ApiDependencies } from '../dependencies.js';
import { onlyMethods } from './only-methods.js';

const LOCATION = '/api/v1/orphans';

export function orphanRoutes(router: Router, { store, orchestrator }: ApiDependencies): void {
  router.get('/orphans', async (_request, response) => {
    response.json(reportView(await store.orphans.latest()));
  });
  onlyMethods(router, '/orphans', 'GET');

  router.post('/orphans/sweep', async (_request, response) => {
    await orchestrator.sweep(workflowIds.sweepNow, null);
    accept(response);
  });
  onlyMethods(router, '/orphans/sweep', 'POST');

  router.post('/orphans/removals', async (request, response) => {
    const parsed = parseOrphanRemovals(request.body);
    if (!parsed.ok) throw fail('INVALID_REQUEST', 'the request is not valid', { faults: parsed.faults });
    const { ids } = parsed.value;
    const faults = faultsOf(ids, await store.orphans.latest());
    if (faults.length > 0)
      throw fail('ORPHAN_NOT_REMOVABLE', `${faults.length} of ${ids.length} cannot be removed`, { faults });
    const wanted = [...new Set(ids)].toSorted();
    await orchestrator.sweep(workflowIds.removeOrphans(digest(wanted)), wanted);
    accept(response);
  });
  onlyMethods(router, '/orphans/removals', 'POST');
}

function accept(response: Response): void {
  const body: SweepAcceptedView = { links: { orphans: LOCATION } };
  response.status(202).location(LOCATION).json(body);
}

function reportView(kept: KeptOrphanReport | undefined): OrphanReportView {
  if (kept === undefined) return { foundAt: null, items: [], leftOut: 0, notSeen: [] };
  const { foundAt, orphans, leftOut, notSeen } = kept.report;
  const items = orphans.map((orphan) => ({ ...orphan, removal: removalView(kept.removals.get(orphan.id)) }));
  return { foundAt, items, leftOut, notSeen: [...notSeen] };
}

function removalView(removal: KeptRemoval | undefined) {
  if (removal === undefined) return null;
  const { outcome, at, code, detail } = removal;
  return { outcome, at, code, detail };
}

/** One for each id that is not a removable orphan of the report. */
function faultsOf(ids: readonly string[], kept: KeptOrphanReport | undefined): Fault[] {
  const listed = new Map((kept?.report.orphans ?? []).map((orphan) => [orphan.id, orphan]));
  return ids.flatMap((id, index): Fault[] => {
    const orphan = listed.get(id);
    if (orphan?.removable === true) return [];
    const detail = orphan === undefined ? 'is not in the last report' : `is not removable: ${orphan.reason}`;
    return [{ pointer: `/ids/${index}`, detail }];
  });
}

/** The same wish under way twice is one run. */
function digest(ids: readonly string[]): string {
  return createHash('sha256').update(ids.join(' ')).digest('hex').slice(0, 32);
}
