/** A validation as Markdown, for the current details that the Temporal UI shows. */
import { reportOf, type CheckResult } from '../../domain/validation/result.js';
import type { CheckStatus } from '../../domain/validation/vocabulary.js';
import { escapeMarkdown } from './step-details.js';

const MARKS: Readonly<Record<CheckStatus, string>> = { passed: '✓', failed: '✗', unknown: '?', skipped: '↷' };
/** Those that somebody has to look at come first. */
const ORDER: readonly CheckStatus[] = ['failed', 'unknown', 'skipped', 'passed'];
const MOST_EVIDENCE = 3;

export function validationSummary(checks: readonly CheckResult[]): string {
  const { outcome, counts } = reportOf(checks);
  const parts = Object.entries(counts).map(([status, count]) => `${count} ${status}`);
  return `${outcome}: ${parts.join(', ')}`;
}

/** @param waiting sources that have not answered yet. */
export function validationAsMarkdown(
  title: string,
  checks: readonly CheckResult[],
  waiting: readonly string[],
): string {
  const ordered = ORDER.flatMap((status) => checks.filter((check) => check.status === status));
  return [
    `### ${escapeMarkdown(title)}`,
    ...(checks.length === 0 ? [] : [`**${validationSummary(checks)}**`]),
    ...(waiting.length === 0 ? [] : [`Waiting for ${waiting.join(', ')}`]),
    ...ordered.map(lineOf),
  ].join('\n');
}

function lineOf({ status, id, title, severity, evidence, remedy, remediation }: CheckResult): string {
  const line = `- ${MARKS[status]} \`${id}\` ${escapeMarkdown(title)} (${severity}, ${status})`;
  if (status === 'passed' && remediation === null) return line;
  const more = evidence.slice(0, MOST_EVIDENCE).map((each) => `  - ${escapeMarkdown(each)}`);
  const done =
    remediation === null
      ? []
      : [
          `  - ${remediation.action}: ${remediation.outcome}: ${escapeMarkdown(remediation.detail.join('; '))}`,
        ];
  return [line, ...more, ...done, ...(remedy === '' ? [] : [`  - **${escapeMarkdown(remedy)}**`])].join('\n');
}
