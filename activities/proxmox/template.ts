/** Finds the template that a machine is cloned from. */
import { fail } from '../../domain/errors.js';
import type { PlannedTemplate } from '../../domain/plan.js';
import type { ProxmoxClient } from './client.js';
import { locateVm, type LocatedVm } from './locate.js';

/** @throws `TEMPLATE_NOT_FOUND` when the VMID is not, or no longer, the template of that name. */
export async function findTemplate(client: ProxmoxClient, template: PlannedTemplate): Promise<LocatedVm> {
  const { vmid, name, host } = template;
  const location = await locateVm(client, vmid, host);
  if (location.kind !== 'found')
    throw fail('TEMPLATE_NOT_FOUND', `there is no VM ${vmid} to clone "${name}" from`);
  const { config } = location.vm;
  if (Number(config['template'] ?? 0) !== 1) throw fail('TEMPLATE_NOT_FOUND', `VM ${vmid} is not a template`);
  if (config.name !== name) {
    throw fail('TEMPLATE_NOT_FOUND', `template ${vmid} is named "${config.name ?? ''}", not "${name}"`);
  }
  return location.vm;
}
