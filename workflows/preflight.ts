/** Looks at all that a cluster would need, and answers with what was found; nothing is reserved or changed. */
import type { ClusterDefinition } from '../domain/cluster-definition.js';
import type { Plan } from '../domain/plan.js';
import { lease } from '../domain/planning/leases.js';
import { blocker, isReady, ok, warning, type Finding, type Preflight } from '../domain/preflight/findings.js';
import { withServices } from '../domain/services/service-groups.js';
import { proxmox, ssh } from './lib/activities.js';
import { failureOf, workflowFailure } from './lib/failure.js';
import { makePlan } from './lib/make-plan.js';
import { ERRORS } from '../domain/errors.js';
import { isCancellation } from '@temporalio/workflow';

export interface PreflightInput {
  readonly definition: ClusterDefinition;
}

/** Somebody waits for the answer: what is not known by then is told as the reason. */
const LIMITS = { scheduleToCloseTimeout: '15 seconds' } as const;

export async function preflight(input: PreflightInput): Promise<Preflight> {
  try {
    const definition = withServices(input.definition);
    const { plan, findings: planning } = await planned(definition);
    const [seen, addresses] = await Promise.all([
      proxmox.preflight.executeWithOptions(LIMITS, [{ definition, plan }]),
      plan === null ? [] : probed(definition, plan),
    ]);
    const findings = [...planning, ...seen.findings, ...addresses];
    return { findings, ready: isReady(findings), commands: seen.commands };
  } catch (error) {
    throw workflowFailure(error);
  }
}

/** Without a plan what needs none can still be looked at, above all what the token may not do. */
async function planned(
  definition: ClusterDefinition,
): Promise<{ readonly plan: Plan | null; readonly findings: readonly Finding[] }> {
  try {
    const { plan } = await makePlan(definition, LIMITS);
    const notes = plan.warnings.map((text) => warning('plan', definition.name, text, ''));
    const count = plan.machines.length;
    const detail = count === 1 ? 'its machine can be placed' : `its ${count} machines can be placed`;
    return { plan, findings: [ok('plan', definition.name, detail), ...notes] };
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { code, detail } = failureOf(error);
    return { plan: null, findings: [blocker('plan', definition.name, detail, ERRORS[code].remedy)] };
  }
}

/** An address that is in use is no blocker: a run takes another one. */
async function probed(definition: ClusterDefinition, plan: Plan): Promise<Finding[]> {
  const wanted = [...lease.machinesOf(definition, plan), ...lease.furtherOf(definition, plan)];
  const addresses = wanted.flatMap(({ address }) => address ?? []);
  try {
    const { inUse } = await ssh.probeAddresses.executeWithOptions(LIMITS, [{ addresses }]);
    const remedy = 'Find out who uses it, or take it out of the range: a run takes the next free one.';
    return inUse.length === 0
      ? [
          ok(
            'addresses',
            definition.network.ipRange,
            `nobody answers on the ${addresses.length} that are next`,
          ),
        ]
      : inUse.map(({ address, evidence }) =>
          warning('addresses', address, `it is in use: ${evidence}`, remedy),
        );
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { code, detail } = failureOf(error);
    return [warning('addresses', definition.network.ipRange, `not probed: ${detail}`, ERRORS[code].remedy)];
  }
}
