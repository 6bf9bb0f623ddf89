/** Why a backup of VMs is refused before anything is looked at. */
import type { ClusterDefinition } from '../cluster-definition.js';
import type { Objection } from '../scale/scale-objection.js';
import type { VmBackupRequest } from './vm-backup-request.js';

/** @param definition with the groups of its services: their machines are backed up like any other. */
export function vmBackupObjection(
  { name, nodeGroups }: Pick<ClusterDefinition, 'name' | 'nodeGroups'>,
  { nodeGroups: wanted }: Pick<VmBackupRequest, 'nodeGroups'>,
): Objection | null {
  const known = new Set(nodeGroups.map((group) => group.name));
  const missing = (wanted ?? []).find((group) => !known.has(group));
  if (missing === undefined) return null;
  const names = [...known].map((group) => `"${group}"`).join(', ');
  const detail = `cluster "${name}" has no node group "${missing}"; it has ${names}`;
  return { code: 'NODE_GROUP_NOT_FOUND', detail };
}
