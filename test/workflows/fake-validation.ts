/** Activities of validations that find everything sound. */
import { checksById } from '../../domain/validation/catalogue.js';
import type { CheckResult } from '../../domain/validation/result.js';
import type { CheckStatus } from '../../domain/validation/vocabulary.js';
import type {
  GuestValidation,
  KubernetesValidation,
  ProxmoxValidation,
} from '../../activities/validation/activities.js';
import type { ValidationRecordActivities } from '../../activities/validation/records.js';

export type ValidationActivities = ProxmoxValidation &
  GuestValidation &
  KubernetesValidation &
  ValidationRecordActivities;

type Behaviour = (args: Record<string, unknown>) => unknown;

/** @param status by the id of the check; those that are not named have passed. */
export function answersTo(
  { checks }: Record<string, unknown>,
  status: Readonly<Record<string, CheckStatus>> = {},
): CheckResult[] {
  return checksById(checks as string[]).map(({ id, title, category, severity }) => ({
    ...{ id, title, category, severity, status: status[id] ?? 'passed' },
    ...{ evidence: [`${id} was looked at`], remedy: '', remediation: null, measures: {} },
  }));
}

export function fakeValidation(): Record<keyof ValidationActivities, Behaviour> {
  const sound: Behaviour = (request) => answersTo(request);
  const done: Behaviour = () => ({ outcome: 'done', detail: ['it was done'] });
  return {
    validateProxmox: sound,
    validateGuests: sound,
    validateTalos: sound,
    validateKubernetes: sound,
    runCanary: sound,
    removeCanary: sound,
    restartPods: done,
    approveCertificates: done,
    resyncTime: done,
    readBaseline: () => ({}),
    recordValidation: () => undefined,
    endValidation: () => undefined,
  };
}
