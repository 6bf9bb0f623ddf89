/** Observes what the plan of a drain needs, and plans. Used to show a plan and, anew, to carry one out. */
import type { ActivityOptions } from '@temporalio/workflow';
import type { DrainPlan } from '../../domain/hosts/drain-plan.js';
import type { DrainRequest } from '../../domain/hosts/drain-request.js';
import { proxmox } from './activities.js';
import { hosts } from './host-activities.js';

/** @throws `HOST_NOT_FOUND`, `PROXMOX_NODE_UNREACHABLE` */
export async function makeDrainPlan(
  { host, request }: { readonly host: string; readonly request: DrainRequest },
  options: ActivityOptions,
): Promise<DrainPlan> {
  const { sight, facts } = await proxmox.observeMoves.executeWithOptions(options, [{ host }]);
  const inventory = await proxmox.observeInventory.executeWithOptions(options, [{}]);
  return hosts.planHostDrain.executeWithOptions(options, [{ host, request, inventory, sight, facts }]);
}
