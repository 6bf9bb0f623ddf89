/** What came of an attempt to put something right. */
import type { RemediationResult } from '../../../domain/validation/result.js';

export type RemediationOutcome = Pick<RemediationResult, 'outcome' | 'detail'>;

/** @param done what was changed; @param refused what was left alone, and why. */
export function outcomeOf(done: readonly string[], refused: readonly string[]): RemediationOutcome {
  const detail = [...done, ...refused];
  if (done.length > 0) return { outcome: 'done', detail };
  return {
    outcome: 'refused',
    detail: detail.length === 0 ? ['nothing was found that may safely be touched'] : detail,
  };
}
