/** UPIDs, the names of tasks: `UPID:node:pid:pstart:starttime:type:id:user:` with the numbers in hexadecimal. */

export interface UpidParts {
  readonly node: string;
  readonly pid: number;
  readonly pstart: number;
  /** Seconds since the epoch. */
  readonly starttime: number;
  readonly type: string;
  readonly id: string;
  readonly user: string;
}

const UPID =
  /^UPID:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?:[0-9A-Fa-f]{8}:[0-9A-Fa-f]{8,9}:[0-9A-Fa-f]{8}:[^:\s/]+:[^:\s/]*:[^:\s/]+:$/;

export function encodeUpid(parts: UpidParts): string {
  const numbers = [parts.pid, parts.pstart, parts.starttime].map((number) =>
    number.toString(16).toUpperCase().padStart(8, '0'),
  );
  return `UPID:${parts.node}:${numbers.join(':')}:${parts.type}:${parts.id}:${parts.user}:`;
}

export function isUpid(text: string): boolean {
  return UPID.test(text);
}
