/** All that a cluster has outside of itself, as the ledger knows it before it goes: what its removal is held against. */

export interface Belongings {
  readonly machines: readonly BelongingMachine[];
  /** Leased: `holder` is a machine, `<machine>/<interface>` or `vip/<name>`. */
  readonly addresses: readonly { readonly holder: string; readonly address: string }[];
  readonly dnsRecords: readonly {
    readonly name: string;
    readonly address: string;
    readonly server: string;
  }[];
  /** Names of secrets; never what they are. */
  readonly secrets: readonly string[];
  /** Ids of Schedules on the Temporal server. */
  readonly schedules: readonly string[];
  /** Kept on purpose: they outlive the cluster. */
  readonly backups: readonly {
    readonly id: string;
    readonly destination: string;
    readonly takenAt: string;
  }[];
}

/** Also one that was removed before: by a scale, or by an attempt that did not come to its end. */
export interface BelongingMachine {
  readonly name: string;
  readonly uuid: string;
  readonly vmid: number;
  /** Host that it was seen on last. */
  readonly host: string;
  /** Volume ids of the disks that it was made with. */
  readonly volumes: readonly string[];
}
