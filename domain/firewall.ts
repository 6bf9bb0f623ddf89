/** Firewall rules as data; Proxmox VE's own firewall enforces them in front of the machine. */

export const FIREWALL_DIRECTIONS = ['IN', 'OUT'] as const;
export type FirewallDirection = (typeof FIREWALL_DIRECTIONS)[number];

export const FIREWALL_ACTIONS = ['ACCEPT', 'DROP', 'REJECT'] as const;
export type FirewallAction = (typeof FIREWALL_ACTIONS)[number];

export const FIREWALL_PROTOCOLS = ['TCP', 'UDP', 'ICMP', 'ANY'] as const;
export type FirewallProtocol = (typeof FIREWALL_PROTOCOLS)[number];

/** The first rule that matches decides; what no rule matches is dropped inwards and let out. */
export interface FirewallRule {
  readonly direction: FirewallDirection;
  readonly action: FirewallAction;
  readonly protocol: FirewallProtocol;
  /** Destination ports, such as `6443` or `30000:32767`; empty means all, and has to be for ICMP and ANY. */
  readonly ports: readonly string[];
  /** Address, range or subnet that packets come from; `null` means any. */
  readonly source: string | null;
  readonly destination: string | null;
  readonly comment: string;
}
