/** The steps of a run as Markdown, for the current details that the Temporal UI shows. */
import type { StepRecord, StepStatus } from '../../domain/step-record.js';

const MARKS: Readonly<Record<StepStatus, string>> = {
  pending: '·',
  running: '▶',
  done: '✓',
  overdue: '⏳',
  blocked: '✋',
  skipped: '↷',
  failed: '✗',
};

export function stepsAsMarkdown(title: string, steps: readonly StepRecord[]): string {
  const lines = steps.map((step) => {
    const waiting =
      step.reason === null
        ? ''
        : ` — **${escapeMarkdown(step.reason)}** ${escapeMarkdown(step.remedy ?? '')}`;
    return `- ${MARKS[step.status]} ${escapeMarkdown(step.title)} (${step.status})${waiting}`;
  });
  return [`### ${escapeMarkdown(title)}`, ...lines].join('\n');
}

/** What machines say must not become markup. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_[\]<>#|]/g, (character) => `\\${character}`).replace(/\s+/g, ' ');
}
