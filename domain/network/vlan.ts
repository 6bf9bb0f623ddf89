/** Which VLAN of which bridge a machine's interface is in. */
import type { BridgeFacts } from '../inventory.js';

export const MAX_VLAN = 4094;

export interface Attachment {
  readonly bridge: string;
  /** `null` leaves frames untagged. */
  readonly vlan: number | null;
}

/**
 * Reads `vmbr0` or `vmbr0.107`, which is VLAN 107 of bridge `vmbr0`. `vmbr0v107`, the name that Proxmox VE gives to a
 * bridge made for one VLAN, is a bridge like any other.
 */
export function parseAttachment(text: string): Attachment {
  const match = /^(.+)\.(\d+)$/.exec(text);
  if (match === null) return { bridge: text, vlan: null };
  const [, bridge = '', vlan = ''] = match;
  return { bridge, vlan: Number(vlan) };
}

/**
 * Why machines in the VLAN would reach nobody over the bridge; `null` when nothing is known against it. A bridge that is not
 * VLAN-aware is no objection: Proxmox VE makes a bridge for the one VLAN beside it.
 * @param vlan `null` for untagged frames, which every bridge carries.
 */
export function vlanObjection(bridge: BridgeFacts, vlan: number | null): string | null {
  if (vlan === null || !bridge.vlanAware || bridge.vlans === null) return null;
  const carried = parseVlans(bridge.vlans);
  if (carried === undefined || carried.some(({ from, to }) => vlan >= from && vlan <= to)) return null;
  return `its bridge "${bridge.name}" carries the VLANs ${bridge.vlans.trim()}, not ${vlan}`;
}

/**
 * Reads `2-4094` or `10 20-30`, as `bridge-vids` of a host's network configuration has it.
 * @returns `undefined` when a part of it cannot be read: what is carried is not known then.
 */
export function parseVlans(
  text: string,
): readonly { readonly from: number; readonly to: number }[] | undefined {
  const ranges = text
    .split(/[\s,;]+/)
    .filter((part) => part !== '')
    .map((part) => /^(\d+)(?:-(\d+))?$/.exec(part));
  if (ranges.length === 0 || ranges.includes(null)) return undefined;
  return ranges.map((match) => ({ from: Number(match?.[1]), to: Number(match?.[2] ?? match?.[1]) }));
}
