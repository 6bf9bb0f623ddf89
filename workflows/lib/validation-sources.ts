/** Asks each source of facts, and what may be done about what they say. */
import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { CanaryRequest } from '../../activities/validation/activities.js';
import type { ObserveRequest } from '../../activities/validation/observe-request.js';
import type { Check } from '../../domain/validation/check.js';
import { unknownResults, type CheckResult, type RemediationResult } from '../../domain/validation/result.js';
import type { FactSource, RemediationAction } from '../../domain/validation/vocabulary.js';
import { failureOf } from './failure.js';
import { guestValidation, kubernetesValidation, proxmoxValidation } from './validation-activities.js';

/** Without the checks, which differ from source to source. */
export type ObserveInput = Omit<CanaryRequest, 'checks'>;

const REMOVED = 'canary-removed';

/** Results of all these checks, also where the source could not be asked. */
export async function askSource(
  source: FactSource,
  checks: readonly Check[],
  input: ObserveInput,
): Promise<CheckResult[]> {
  const request = { ...input, checks: checks.map(({ id }) => id) };
  switch (source) {
    case 'PROXMOX':
      return orUnknown(checks, () => proxmoxValidation.validateProxmox(withoutNumber(request)));
    case 'GUESTS':
      return orUnknown(checks, () => guestValidation.validateGuests(withoutNumber(request)));
    case 'TALOS':
      return orUnknown(checks, () => guestValidation.validateTalos(withoutNumber(request)));
    case 'KUBERNETES':
      return orUnknown(checks, () => kubernetesValidation.validateKubernetes(withoutNumber(request)));
    case 'CANARY':
      return askCanary(checks, request);
  }
}

/** Whatever becomes of the workload, also when nobody waits for it any more, it is removed. */
async function askCanary(checks: readonly Check[], request: CanaryRequest): Promise<CheckResult[]> {
  const [removing, running] = [
    checks.filter(({ id }) => id === REMOVED),
    checks.filter(({ id }) => id !== REMOVED),
  ];
  const idsOf = (some: readonly Check[]): string[] => some.map(({ id }) => id);
  let results: CheckResult[] = [];
  let removed: CheckResult[] = [];
  try {
    results = await orUnknown(running, () =>
      kubernetesValidation.runCanary({ ...request, checks: idsOf(running) }),
    );
  } finally {
    removed = await CancellationScope.nonCancellable(() =>
      orUnknown(removing, () => kubernetesValidation.removeCanary({ ...request, checks: idsOf(removing) })),
    );
  }
  return [...results, ...removed];
}

async function orUnknown(
  checks: readonly Check[],
  ask: () => Promise<CheckResult[]>,
): Promise<CheckResult[]> {
  try {
    return await ask();
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { code, detail } = failureOf(error);
    return unknownResults(checks, `${code}: ${detail}`);
  }
}

/** @returns what was done, or why nothing was. */
export async function remediate(
  action: RemediationAction,
  input: ObserveInput,
): Promise<Pick<RemediationResult, 'outcome' | 'detail'>> {
  const request = withoutNumber({ ...input, checks: [] });
  try {
    switch (action) {
      case 'RESTART_PODS':
        return await kubernetesValidation.restartPods(request);
      case 'APPROVE_CERTIFICATES':
        return await kubernetesValidation.approveCertificates(request);
      case 'RESYNC_TIME':
        return await guestValidation.resyncTime(request);
    }
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { code, detail } = failureOf(error);
    return { outcome: 'failed', detail: [`${code}: ${detail}`] };
  }
}

function withoutNumber({
  clusterUid,
  definition,
  machines,
  baseline,
  checks,
}: CanaryRequest): ObserveRequest {
  return { clusterUid, definition, machines, baseline, checks };
}
