/** The reference pages that are made from the code. */
import { ERRORS } from '../domain/errors.js';
import { CHECKS } from '../domain/validation/catalogue.js';
import { ROLES, type Variable, VARIABLES } from './configuration/variables.js';
import { problemType } from './problem.js';

export interface ReferencePage {
  /** Within the repository. */
  readonly path: string;
  readonly markdown: string;
}

export function referencePages(): ReferencePage[] {
  return [
    { path: 'docs/reference/errors.md', markdown: errorsPage() },
    { path: 'docs/reference/configuration.md', markdown: configurationPage() },
    { path: 'docs/reference/validation-checks.md', markdown: validationChecksPage() },
  ];
}

function errorsPage(): string {
  const rows = Object.entries(ERRORS).map(([code, { httpStatus, retry, message, remedy }]) => [
    `\`${code}\``,
    String(httpStatus),
    retry,
    message,
    remedy,
  ]);
  return page('Errors', [
    'Every error that the service raises on purpose. Over HTTP each is a problem (RFC 9457) whose `code` is in the first',
    `column and whose \`type\` is made from it: \`${problemType('CLUSTER_NOT_FOUND')}\`. In Temporal it is the type of an`,
    '`ApplicationFailure`.',
    '',
    'Retry `never` means that trying again cannot help until somebody changes something; `backoff` means that the same',
    'call may well succeed later, and that the service itself tries again.',
    '',
    ...table(['Code', 'Status', 'Retry', 'Meaning', 'What to do'], rows),
  ]);
}

function configurationPage(): string {
  const rows = Object.entries<Variable>(VARIABLES).map(([name, variable]) => [
    `\`${name}\``,
    variable.roles.length === ROLES.length ? 'both' : variable.roles.join(),
    variable.required ? 'yes' : 'no',
    variable.default === null ? '' : `\`${variable.default}\``,
    variable.secret ? 'yes' : 'no',
    variable.meaning,
  ]);
  return page('Configuration', [
    'The service is configured by environment variables. They are read and checked once, when a process starts; one that',
    'is missing or wrong is named in one line, and the process exits with code 78. A variable that is empty counts as not',
    'set. Values of secrets are never shown.',
    '',
    ...table(['Variable', 'Process', 'Required', 'Default', 'Secret', 'Meaning'], rows),
  ]);
}

function validationChecksPage(): string {
  const rows = CHECKS.map(({ id, category, suite, severity, title, remedy, remediation = null }) => [
    `\`${id}\``,
    category,
    suite,
    severity,
    title,
    remedy,
    remediation === null ? '' : `\`${remediation}\``,
  ]);
  return page('Checks of a validation', [
    'What `POST /api/v1/clusters/{name}/validate` looks at, each in the smallest suite that has it. The last column names what',
    'is done about a check that failed, when that was asked for.',
    '',
    ...table(['Check', 'Category', 'Suite', 'Severity', 'It passes when', 'What to do', 'Remediation'], rows),
  ]);
}

function page(title: string, lines: readonly string[]): string {
  return [`# ${title}`, '', '<!-- Made from the code; change it there. -->', '', ...lines, ''].join('\n');
}

/** Columns are padded as Prettier pads them, so that the page is formatted as it is made. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = widths.map((width) => '-'.repeat(width));
  const [first = [], ...others] = cells;
  return [line(first), line(rule), ...others.map(line)];
}
