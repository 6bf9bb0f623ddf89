/** What a restore is asked for with: the backup was looked up by then. */
export interface RestoreRequest {
  readonly backupId: string;
  /** Name of the destination that the backup lies at. */
  readonly destination: string;
  /** Has to be the name of the cluster where one that works would be set back in time. */
  readonly confirm: string | null;
}
