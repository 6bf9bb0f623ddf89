/** What all parts of an upgrade are told. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { PlannedMachine } from '../../domain/plan.js';
import { fail } from '../../domain/errors.js';
import { isNode } from '../../domain/plan-steps.js';
import { withCount } from '../../domain/scale/scale-changes.js';
import { isOlder } from '../../domain/upgrade/node-versions.js';
import type { UpgradeRequest } from '../../domain/upgrade/upgrade-request.js';
import { hasMembers } from './etcd.js';
import type { Pauses } from './pauses.js';
import type { Scaling } from './scaling.js';
import type { ScaleRun } from './scale-run.js';

export interface Upgrading {
  readonly clusterUid: string;
  /** With the version that machines are brought to now, and the groups of services. */
  readonly definition: ClusterDefinition;
  readonly request: UpgradeRequest;
  readonly run: ScaleRun;
  readonly pauses: Pauses;
}

/** How the parts of a scale are told of one group of the cluster. @param count machines that it is to have. */
export function scalingOf(
  { clusterUid, definition, request, run }: Upgrading,
  name: string,
  count: number,
): Scaling {
  const counted = withCount(definition, name, count);
  const group = counted.nodeGroups.find((one) => one.name === name);
  if (group === undefined) throw fail('NODE_GROUP_NOT_FOUND', `there is no node group "${name}"`);
  const { maxSurge, drainTimeoutSeconds } = request;
  return {
    ...{ clusterUid, definition: counted, group, run },
    request: { nodeGroup: name, targetCount: count, strategy: 'ROLLING', maxSurge, drainTimeoutSeconds },
    votes: group.role === 'CONTROL_PLANE' && hasMembers(definition),
  };
}

/** Machines of the group that are part of the cluster. */
export function partsOf({ run }: Upgrading, group: string): readonly PlannedMachine[] {
  return run.resultingPlan.machines.filter((machine) => isNode(machine) && machine.group === group);
}

/** Whether the node is older than what machines are brought to now. */
export function isBehind({ run, definition }: Upgrading, name: string): boolean {
  const { type, version: goal } = definition;
  return run
    .nodeList()
    .some((node) => node.name === name && node.version !== null && isOlder(type, node.version, goal));
}
