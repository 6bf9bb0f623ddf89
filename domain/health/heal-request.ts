/** What is asked of a heal. */
import type { ClusterDefinition } from '../cluster-definition.js';
import type { ErrorCode } from '../errors.js';
import type { HealAction } from './decision.js';

export interface HealRequest {
  /** Of the look that it was decided in. */
  readonly id: string;
  readonly action: HealAction;
  /** `null`: the group lacks a machine. */
  readonly machine: string | null;
  readonly group: string;
  /** Why, for people. */
  readonly reasons: readonly string[];
  /** How long the machine may take until it is Ready. */
  readonly readySeconds: number;
}

/** @param definition with the groups of its services. @returns `null` when it has nothing against it. */
export function healObjection(
  { name, nodeGroups }: ClusterDefinition,
  { group }: HealRequest,
): { readonly code: ErrorCode; readonly detail: string } | null {
  if (nodeGroups.some((one) => one.name === group)) return null;
  return { code: 'NODE_GROUP_NOT_FOUND', detail: `cluster "${name}" has no node group "${group}"` };
}
