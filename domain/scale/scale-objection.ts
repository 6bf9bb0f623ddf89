/** Why a scale is refused before anything is looked at: by the definition alone. */
import type { ClusterDefinition, MachineRole, NodeGroup } from '../cluster-definition.js';
import type { ErrorCode } from '../errors.js';
import type { ScaleRequest } from './scale-request.js';

export interface Objection {
  readonly code: ErrorCode;
  readonly detail: string;
}

/** Members that etcd is recommended to have at most: more make writes slower, not safer. */
const MAX_CONTROL_PLANE = 7;

const SCALABLE: ReadonlySet<MachineRole> = new Set(['CONTROL_PLANE', 'WORKER', 'INFRA']);

/** @returns `null` when the definition has nothing against it; asking for what is there already is nothing wrong. */
export function scaleObjection(definition: ClusterDefinition, request: ScaleRequest): Objection | null {
  const { nodeGroups, name, type } = definition;
  const group = nodeGroups.find((candidate) => candidate.name === request.nodeGroup);
  if (group === undefined) {
    const names = nodeGroups.filter(isScalable).map((candidate) => `"${candidate.name}"`);
    const detail = `cluster "${name}" has no node group "${request.nodeGroup}"; it has ${names.join(', ')}`;
    return { code: 'NODE_GROUP_NOT_FOUND', detail };
  }
  if (!isScalable(group)) {
    return refused(`"${group.name}" has the role ${group.role}: only nodes of Kubernetes are scaled`);
  }
  if (group.role !== 'CONTROL_PLANE') return null;
  const controlPlane = nodeGroups.filter(({ role }) => role === 'CONTROL_PLANE');
  const members = controlPlane.reduce(
    (sum, one) => sum + (one === group ? request.targetCount : one.count),
    0,
  );
  if (request.targetCount === group.count) return null;
  // Its install programme and its etcd operator know a control plane of three, and nothing else.
  if (type === 'OKD') return refused('the control plane of OKD has exactly 3 machines');
  if (request.targetCount < 1) return refused(`"${group.name}" is the control plane: it needs a machine`);
  if (members > MAX_CONTROL_PLANE) {
    return refused(`it makes ${members} control-plane machines; ${MAX_CONTROL_PLANE} are the most`);
  }
  if (members % 2 === 0) {
    const detail = `it makes ${members} control-plane machines; an even number tolerates no more failures than one fewer`;
    return refused(`${detail}: use 1, 3, 5 or 7`);
  }
  return null;
}

export function isScalable({ role }: Pick<NodeGroup, 'role'>): boolean {
  return SCALABLE.has(role);
}

function refused(detail: string): Objection {
  return { code: 'SCALE_REFUSED', detail };
}
