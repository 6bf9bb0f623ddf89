/** Splits bridges that were written with their VLAN. */
import { parseAttachment } from '../../domain/network/vlan.js';

export interface KnownAttachment<Bridge> {
  readonly bridge: Bridge | undefined;
  readonly vlan: number | null | undefined;
}

/**
 * @param bridge such as `vmbr0.107`; `undefined` is not known.
 * @param vlan what was said beside it, or `'unsaid'`.
 * @param fallback where neither says a VLAN.
 * @returns a bridge that still has its VLAN when the two contradict each other, for a rule to find.
 */
export function resolveAttachment<Bridge extends string | null>(
  bridge: Bridge | undefined,
  vlan: number | null | undefined | 'unsaid',
  fallback: number | null,
): KnownAttachment<Bridge | string> {
  const named = typeof bridge === 'string' ? parseAttachment(bridge) : { bridge, vlan: null };
  if (vlan === 'unsaid')
    return { bridge: named.bridge, vlan: named.vlan ?? (bridge === undefined ? undefined : fallback) };
  if (named.vlan === null) return { bridge, vlan };
  return { bridge: vlan === undefined || vlan === named.vlan ? named.bridge : bridge, vlan };
}
