/** What the table says of each error. */

/**
 * - `never`: trying again cannot help until a person changes something.
 * - `backoff`: the same call may well succeed later.
 */
export type Retry = 'never' | 'backoff';

export interface ErrorKind {
  readonly httpStatus: number;
  readonly retry: Retry;
  /** What is wrong, in one sentence; the `detail` of a raised error adds the particulars. */
  readonly message: string;
  /** What a person can do about it. */
  readonly remedy: string;
}

export const kind = (httpStatus: number, retry: Retry, message: string, remedy: string): ErrorKind => ({
  httpStatus,
  retry,
  message,
  remedy,
});
