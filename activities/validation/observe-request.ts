/** What every observer is asked. */
import { withServices } from '../../domain/services/service-groups.js';
import { upcastDefinition } from '../../domain/upcast.js';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { checksById } from '../../domain/validation/catalogue.js';
import type { FactName, SeenFacts } from '../../domain/validation/facts.js';
import { judgeChecks, type CheckResult } from '../../domain/validation/result.js';
import type { Baseline, ValidatedMachine, ValidationSubject } from '../../domain/validation/subject.js';

export interface ObserveRequest {
  readonly clusterUid: string;
  readonly definition: ClusterDefinition;
  readonly machines: readonly ValidatedMachine[];
  readonly baseline: Baseline;
  /** Ids of the checks that are judged by what is observed. */
  readonly checks: readonly string[];
}

export type Observer = (request: ObserveRequest) => Promise<CheckResult[]>;

export function subjectOf({ definition, machines, baseline }: ObserveRequest): ValidationSubject {
  return { definition: withServices(upcastDefinition(definition)), machines, baseline, now: Date.now() };
}

export function neededFacts({ checks }: ObserveRequest): ReadonlySet<FactName> {
  return new Set(checksById(checks).map(({ fact }) => fact));
}

/** Judged where the facts are: those of a thousand machines are too much for a run's history. */
export function judge(request: ObserveRequest, facts: SeenFacts): CheckResult[] {
  return judgeChecks(checksById(request.checks), facts, subjectOf(request));
}
