/** Requests of observers with the checks that a test is about. */
import { selectChecks } from '../../../domain/validation/catalogue.js';
import { SOURCE_OF } from '../../../domain/validation/facts.js';
import type { CheckResult } from '../../../domain/validation/result.js';
import { VALIDATION_CATEGORIES, type FactSource } from '../../../domain/validation/vocabulary.js';
import type { ObserveRequest } from '../../../activities/validation/observe-request.js';
import { aValidationSubject } from '../../domain/validation/subject.js';
import { anEnvironment } from '../proxmox/environment.js';

export const CLUSTER_UID = 'uid-1';

/** With all checks of the source that apply. */
export function aRequest(source: FactSource, change: Partial<ObserveRequest> = {}): ObserveRequest {
  const { definition, machines, baseline } = aValidationSubject();
  const request = { clusterUid: CLUSTER_UID, definition, machines, baseline, checks: [], ...change };
  const everything = {
    validationSuite: 'COMPREHENSIVE',
    categories: VALIDATION_CATEGORIES,
    remediateIssues: false,
  } as const;
  const checks = selectChecks(everything, { ...request, now: 0 })
    .filter(({ fact }) => SOURCE_OF[fact] === source)
    .map(({ id }) => id);
  return { ...request, checks: change.checks ?? checks };
}

export function statuses(results: readonly CheckResult[]): Record<string, string> {
  return Object.fromEntries(results.map(({ id, status }) => [id, status]));
}

export function evidenceOf(results: readonly CheckResult[], id: string): readonly string[] {
  return results.find((result) => result.id === id)?.evidence ?? [];
}

/** Within an activity of its own. */
export function inActivity<T>(work: () => Promise<T>): Promise<T> {
  return anEnvironment().run(work);
}
