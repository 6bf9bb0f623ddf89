/** What is asked of the drain of a Proxmox host. */

export interface DrainRequest {
  /** Only machines of these clusters; `null`: of all. */
  readonly clusters: readonly string[] | null;
  /** Only to these hosts; `null`: to any that will do. */
  readonly targets: readonly string[] | null;
  /** How long the pods of a node may take to leave it. */
  readonly drainTimeoutSeconds: number;
}
