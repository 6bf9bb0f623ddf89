/** Where backups lie: a flat space of keys, such as `uid/id/manifest.json`. */

export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
}

/** Every method throws `BACKUP_DESTINATION_FAILED`, `BACKUP_DESTINATION_REJECTED` or the reason of the signal. */
export interface BackupDestination {
  /**
   * Puts what flows under the key, whole or not at all, in place of what was there. When it returns, the object outlives
   * a crash. What `content` throws is thrown, and nothing is put then.
   */
  put(key: string, content: AsyncIterable<Buffer>, signal: AbortSignal): Promise<void>;
  /** @returns `undefined` when there is no such object. */
  get(key: string, signal: AbortSignal): Promise<AsyncIterable<Buffer> | undefined>;
  /** Whole objects whose keys begin with the prefix, ordered by key. @param prefix ends in `/`. */
  list(prefix: string, signal: AbortSignal): Promise<StoredObject[]>;
  /** Removing what is not there is no error. */
  remove(key: string, signal: AbortSignal): Promise<void>;
  /** Takes away what puts under the prefix left that were killed half-way. @param prefix ends in `/`. */
  removePartial(prefix: string, signal: AbortSignal): Promise<void>;
}
