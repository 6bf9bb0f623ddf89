/** What a look came to as Markdown, for the current details that the Temporal UI shows. */
import type { HealthDecision, HealthFinding } from '../../domain/health/decision.js';
import { escapeMarkdown } from './step-details.js';

export function healthAsMarkdown(cluster: string, decision: HealthDecision, said: string | null): string {
  const { outcome, summary, findings, unseen } = decision;
  return [
    `### Health of ${escapeMarkdown(cluster)}: ${outcome}`,
    escapeMarkdown(summary),
    ...(said === null ? [] : [`**${escapeMarkdown(said)}**`]),
    findings.map(findingLine).join('\n'),
    unseen.map((reason) => `- not seen: ${escapeMarkdown(reason)}`).join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function findingLine({ subject, diagnosis, why, action, heldBy, reason }: HealthFinding): string {
  const what = action === null ? '' : ` ${action}:`;
  const held = heldBy === null ? '' : ` (${heldBy})`;
  return escapeMarkdown(`${subject} ${diagnosis}: ${why} —${what} ${reason}${held}`).replace(/^/, '- ');
}
