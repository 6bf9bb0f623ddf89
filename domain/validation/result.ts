/** What came of a validation: kept, and shown as it is. */
import type { Check } from './check.js';
import type { SeenFacts } from './facts.js';
import type { ValidationSubject } from './subject.js';
import type { Measures, Problem, Seen, Verdict } from './verdict.js';
import type {
  CheckSeverity,
  CheckStatus,
  RemediationAction,
  ValidationCategory,
  ValidationOutcome,
} from './vocabulary.js';

export interface CheckResult {
  readonly id: string;
  readonly title: string;
  readonly category: ValidationCategory;
  readonly severity: CheckSeverity;
  readonly status: CheckStatus;
  /** What it was judged by, one sentence each; the last one says how many more there are. */
  readonly evidence: readonly string[];
  /** What a person can do; empty where nothing is to be done. */
  readonly remedy: string;
  readonly remediation: RemediationResult | null;
  readonly measures: Measures;
}

export interface RemediationResult {
  readonly action: RemediationAction;
  /** `refused`: nothing was found that may safely be touched. */
  readonly outcome: 'done' | 'refused' | 'failed';
  /** What was done, or why not. */
  readonly detail: readonly string[];
  /** Evidence from before. */
  readonly before: readonly string[];
}

export type CheckCounts = Readonly<Record<CheckStatus, number>>;

export interface ValidationReport {
  readonly outcome: ValidationOutcome;
  readonly counts: CheckCounts;
  readonly checks: readonly CheckResult[];
}

/** A machine in a thousand must be found, and a thousand must not fill the store. */
const MOST_EVIDENCE = 25;
const MOST_CHARACTERS = 500;

export function judgeChecks(
  checks: readonly Check[],
  facts: SeenFacts,
  subject: ValidationSubject,
): CheckResult[] {
  return checks.map((check) => resultOf(check, verdictOf(check, facts, subject)));
}

/** Results of checks that could not be looked at: never passed. */
export function unknownResults(checks: readonly Check[], reason: string): CheckResult[] {
  const verdict: Verdict = { kind: 'unknown', unseen: [{ subject: '', detail: reason }] };
  return checks.map((check) => resultOf(check, verdict));
}

export function reportOf(checks: readonly CheckResult[]): ValidationReport {
  const count = (status: CheckStatus): number => checks.filter((check) => check.status === status).length;
  const counts = {
    passed: count('passed'),
    failed: count('failed'),
    unknown: count('unknown'),
    skipped: count('skipped'),
  };
  return { outcome: outcomeOf(checks), counts, checks };
}

function outcomeOf(checks: readonly CheckResult[]): ValidationOutcome {
  const has = (severity: CheckSeverity, status: CheckStatus): boolean =>
    checks.some((check) => check.severity === severity && check.status === status);
  if (has('CRITICAL', 'failed')) return 'UNHEALTHY';
  if (has('CRITICAL', 'unknown')) return 'UNKNOWN';
  return has('WARNING', 'failed') || has('WARNING', 'unknown') ? 'DEGRADED' : 'HEALTHY';
}

function verdictOf(check: Check, facts: SeenFacts, subject: ValidationSubject): Verdict {
  // Which type the fact has is known by its name only: each check brings the judge that fits its own.
  const fact = facts[check.fact] as Seen<never> | undefined;
  if (fact === undefined) return unknown('it was not asked for');
  if (fact.kind === 'seen') return check.judge(fact.value, subject);
  // Of the API itself that it does not answer is the finding.
  return check.id === 'api-availability'
    ? { kind: 'failed', problems: [{ subject: 'API', detail: fact.reason }], unseen: [] }
    : unknown(fact.reason);
}

function unknown(reason: string): Verdict {
  return { kind: 'unknown', unseen: [{ subject: '', detail: reason }] };
}

function resultOf(check: Check, verdict: Verdict): CheckResult {
  const { id, title, category, severity } = check;
  const needsSomebody = verdict.kind === 'failed' || verdict.kind === 'unknown';
  return {
    ...{ id, title, category, severity },
    status: verdict.kind,
    evidence: evidenceOf(verdict),
    remedy: needsSomebody ? check.remedy : '',
    remediation: null,
    measures: 'measures' in verdict ? (verdict.measures ?? {}) : {},
  };
}

function evidenceOf(verdict: Verdict): string[] {
  switch (verdict.kind) {
    case 'passed':
      return [cut(verdict.evidence)];
    case 'skipped':
      return [cut(verdict.reason)];
    case 'unknown':
      return some(verdict.unseen);
    case 'failed':
      return [...some(verdict.problems), ...some(verdict.unseen).map((text) => `not looked at: ${text}`)];
  }
}

function some(problems: readonly Problem[]): string[] {
  const more = problems.length - MOST_EVIDENCE;
  return [
    ...problems
      .slice(0, MOST_EVIDENCE)
      .map(({ subject, detail }) => cut(subject === '' ? detail : `${subject}: ${detail}`)),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}

function cut(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;
}
