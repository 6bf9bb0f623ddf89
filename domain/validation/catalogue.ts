/** Every check that there is, in the order in which results are shown. */
import type { Check } from './check.js';
import { CANARY_CHECKS } from './checks/canary.js';
import { ETCD_CHECKS } from './checks/etcd.js';
import { GUEST_CHECKS } from './checks/guests.js';
import { KUBERNETES_CHECKS } from './checks/kubernetes.js';
import { PERFORMANCE_CHECKS } from './checks/performance.js';
import { PROXMOX_CHECKS } from './checks/proxmox.js';
import { SECURITY_CHECKS } from './checks/security.js';
import { TALOS_CHECKS } from './checks/talos.js';
import type { ValidationRequest } from './request.js';
import type { ValidationSubject } from './subject.js';
import { VALIDATION_CATEGORIES, VALIDATION_SUITES } from './vocabulary.js';

const ALL: readonly Check[] = [
  ...PROXMOX_CHECKS,
  ...GUEST_CHECKS,
  ...TALOS_CHECKS,
  ...KUBERNETES_CHECKS,
  ...ETCD_CHECKS,
  ...CANARY_CHECKS,
  ...SECURITY_CHECKS,
  ...PERFORMANCE_CHECKS,
];

/** By category. */
export const CHECKS: readonly Check[] = VALIDATION_CATEGORIES.flatMap((category) =>
  ALL.filter((check) => check.category === category),
);

/** Those that were asked for and have something to look at in this cluster. */
export function selectChecks(
  { validationSuite, categories }: ValidationRequest,
  subject: ValidationSubject,
): Check[] {
  const widest = VALIDATION_SUITES.indexOf(validationSuite);
  return CHECKS.filter(
    (check) =>
      VALIDATION_SUITES.indexOf(check.suite) <= widest &&
      categories.includes(check.category) &&
      (check.applies?.(subject) ?? true),
  );
}

export function checksById(ids: readonly string[]): Check[] {
  const wanted = new Set(ids);
  return CHECKS.filter(({ id }) => wanted.has(id));
}
