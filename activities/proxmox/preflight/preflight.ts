/** Looks at all that a plan needs of Proxmox VE, and changes nothing. */
import { CancelledFailure } from '@temporalio/common';
import type { ClusterDefinition } from '../../../domain/cluster-definition.js';
import { ClusterwrightError } from '../../../domain/errors.js';
import type { Plan } from '../../../domain/plan.js';
import { accessCommands } from '../../../domain/preflight/access-commands.js';
import {
  blocker,
  isReady,
  type Check,
  type Finding,
  type Preflight,
} from '../../../domain/preflight/findings.js';
import { requiredPrivileges } from '../../../domain/preflight/privileges.js';
import type { ProxmoxContext } from '../dependencies.js';
import { observeInventory } from '../observe-inventory.js';
import {
  checkClocks,
  checkCluster,
  checkFirewall,
  checkMachines,
  checkOptions,
  checkPrivileges,
  checkVersion,
} from './checks.js';

export interface PreflightRequest {
  readonly definition: ClusterDefinition;
  /** `null`: nothing could be planned, so that only what needs no plan is looked at. */
  readonly plan: Plan | null;
}

/** A check that cannot be made is a finding by itself; the others are made all the same. */
export async function preflight(context: ProxmoxContext, request: PreflightRequest): Promise<Preflight> {
  const { plan, definition } = request;
  const { isoStorage, importStorage } = context;
  const required = requiredPrivileges({ definition, plan, isoStorage, importStorage });
  const planned = plan === null ? [] : [...new Set(plan.machines.map(({ host }) => host))];
  const lists = await Promise.all([
    made('privileges', () => checkPrivileges(context, required)),
    made('quorum', () => checkCluster(context)),
    made('version', () => checkVersion(context)),
    made('clocks', () => checkClocks(context, planned, Date.now)),
    ...(plan === null
      ? []
      : [
          made('storages', async () => checkMachines(await observeInventory(context), plan)),
          made('firewall', () => checkFirewall(context, plan)),
          made('vmids', () => checkOptions(context, plan)),
        ]),
  ]);
  const findings = lists.flat();
  return { findings, ready: isReady(findings), commands: accessCommands(required, context.client.tokenId) };
}

async function made(check: Check, look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof ClusterwrightError) || error instanceof CancelledFailure) throw error;
    return [blocker(check, 'Proxmox VE', `this could not be looked at: ${error.message}`, error.kind.remedy)];
  }
}
