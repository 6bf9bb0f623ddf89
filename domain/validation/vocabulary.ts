/** The words of a validation. They are part of the API and of kept results: none is ever renamed. */

/** Each suite holds the checks of those before it. */
export const VALIDATION_SUITES = ['QUICK', 'STANDARD', 'COMPREHENSIVE'] as const;
export type ValidationSuite = (typeof VALIDATION_SUITES)[number];

export const VALIDATION_CATEGORIES = [
  'INFRASTRUCTURE',
  'KUBERNETES',
  'APPLICATION',
  'SECURITY',
  'PERFORMANCE',
] as const;
export type ValidationCategory = (typeof VALIDATION_CATEGORIES)[number];

/** CRITICAL: the cluster does not do its work, or is open to strangers. WARNING: it will not for long, or not safely. */
export const CHECK_SEVERITIES = ['CRITICAL', 'WARNING'] as const;
export type CheckSeverity = (typeof CHECK_SEVERITIES)[number];

/**
 * - `unknown`: it could not be looked at; never taken for passed.
 * - `skipped`: there is nothing in this cluster that it could look at.
 */
export const CHECK_STATUSES = ['passed', 'failed', 'unknown', 'skipped'] as const;
export type CheckStatus = (typeof CHECK_STATUSES)[number];

/**
 * - `HEALTHY`: every check passed.
 * - `DEGRADED`: a check of severity WARNING failed or is unknown.
 * - `UNKNOWN`: a check of severity CRITICAL is unknown, and none failed.
 * - `UNHEALTHY`: a check of severity CRITICAL failed.
 */
export const VALIDATION_OUTCOMES = ['HEALTHY', 'DEGRADED', 'UNKNOWN', 'UNHEALTHY'] as const;
export type ValidationOutcome = (typeof VALIDATION_OUTCOMES)[number];

/** Whom facts are asked of: each source is asked once for the facts of all machines. */
export const FACT_SOURCES = ['PROXMOX', 'GUESTS', 'TALOS', 'KUBERNETES', 'CANARY'] as const;
export type FactSource = (typeof FACT_SOURCES)[number];

/** What may be done about a failed check, when it is asked for. Each is safe at any moment and any number of times. */
export const REMEDIATION_ACTIONS = ['RESTART_PODS', 'APPROVE_CERTIFICATES', 'RESYNC_TIME'] as const;
export type RemediationAction = (typeof REMEDIATION_ACTIONS)[number];
