/** What Proxmox VE answers about its firewall, as far as it is read here. */

/** `GET /cluster/firewall/options` and `GET /nodes/{node}/qemu/{vmid}/firewall/options`; what is not set is missing. */
export type FirewallOptions = Readonly<Record<string, string | number | undefined>> & {
  readonly digest?: string;
  readonly enable?: number;
};

/** `GET /nodes/{node}/qemu/{vmid}/firewall/rules`. */
export type FirewallRuleRecord = Readonly<Record<string, string | number | undefined>> & {
  readonly pos: number;
  /** Of all rules together. */
  readonly digest?: string;
};
