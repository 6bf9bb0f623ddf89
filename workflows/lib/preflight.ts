/** Checks, before anything is reserved, that Proxmox VE lets the plan be carried out. */
import { CLUSTER_STEPS } from '../../domain/plan-steps.js';
import type { ProvisionInput } from '../provision.js';
import { proxmox } from './activities.js';
import { applicationFailure } from './failure.js';
import type { MadePlan } from './make-plan.js';
import type { ProvisionRun } from './provision-run.js';

/**
 * What stands in the way blocks the step until a person has changed it, or has it skipped.
 * @returns what was found worth knowing, one sentence each.
 */
export async function checkPlan(
  { definition }: ProvisionInput,
  run: Pick<ProvisionRun, 'steps'>,
  { plan }: MadePlan,
): Promise<readonly string[]> {
  return run.steps.run(
    CLUSTER_STEPS.preflight,
    async (options) => {
      const { findings } = await proxmox.preflight.executeWithOptions(options, [{ definition, plan }]);
      const blockers = findings.filter(({ severity }) => severity === 'blocker');
      if (blockers.length > 0) {
        const detail = blockers.map(({ subject, detail: what }) => `${subject}: ${what}`).join('; ');
        throw applicationFailure('PREFLIGHT_FAILED', detail);
      }
      return findings
        .filter(({ severity }) => severity === 'warning')
        .map(({ subject, detail }) => `${subject}: ${detail}`);
    },
    { skipped: { value: [] as readonly string[] } },
  );
}
