/** What a preflight found. */

export const SEVERITIES = ['ok', 'warning', 'blocker'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const CHECKS = [
  'plan',
  'privileges',
  'quorum',
  'hosts',
  'version',
  'clocks',
  'storages',
  'bridges',
  'images',
  'addresses',
  'vmids',
  'firewall',
  'balancing',
] as const;
export type Check = (typeof CHECKS)[number];

export interface Finding {
  readonly check: Check;
  readonly severity: Severity;
  /** What it is about, such as `hv5` or `/storage/local`. */
  readonly subject: string;
  readonly detail: string;
  /** What a person can do; empty where nothing is to be done. */
  readonly remedy: string;
}

export interface Preflight {
  readonly findings: readonly Finding[];
  /** Nothing stands in the way. */
  readonly ready: boolean;
  /** Commands that give the token exactly what this definition needs, for a root shell on a host. */
  readonly commands: readonly string[];
}

export function ok(check: Check, subject: string, detail: string): Finding {
  return { check, severity: 'ok', subject, detail, remedy: '' };
}

export function warning(check: Check, subject: string, detail: string, remedy: string): Finding {
  return { check, severity: 'warning', subject, detail, remedy };
}

export function blocker(check: Check, subject: string, detail: string, remedy: string): Finding {
  return { check, severity: 'blocker', subject, detail, remedy };
}

export function isReady(findings: readonly Finding[]): boolean {
  return findings.every(({ severity }) => severity !== 'blocker');
}
