/** What `cloud-init status` reports (https://docs.cloud-init.io/en/latest/explanation/return_codes.html). */

export type CloudInitOutcome =
  | { readonly kind: 'done'; readonly warnings: readonly string[] }
  | { readonly kind: 'running' }
  | { readonly kind: 'failed'; readonly errors: readonly string[] };

export const CLOUD_INIT_STATUS = 'cloud-init status --wait --format json';

interface Report {
  readonly status?: string;
  readonly errors?: readonly unknown[];
  readonly recoverable_errors?: Readonly<Record<string, readonly unknown[]>>;
}

/**
 * @param exit of {@link CLOUD_INIT_STATUS}: 0 done, 1 failed, 2 done with errors that it recovered from; older versions
 *   know no 2.
 */
export function outcomeOf(exit: { readonly code: number; readonly stdout: string }): CloudInitOutcome {
  const report = parse(exit.stdout);
  const errors = texts(report?.errors);
  // The exit code alone is not enough: some versions report an error of an earlier stage with 0.
  if (report?.status === 'error' || (exit.code !== 0 && exit.code !== 2)) {
    return { kind: 'failed', errors: errors.length > 0 ? errors : [describe(exit)] };
  }
  if (report?.status === 'running' || report?.status === 'not started' || report?.status === 'not run') {
    return { kind: 'running' };
  }
  const warnings = Object.values(report?.recoverable_errors ?? {}).flatMap(texts);
  return { kind: 'done', warnings: [...errors, ...warnings] };
}

/** Progress dots may stand before the object. */
function parse(stdout: string): Report | undefined {
  try {
    const value: unknown = JSON.parse(stdout.slice(Math.max(0, stdout.indexOf('{'))));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function texts(values: unknown): string[] {
  return Array.isArray(values)
    ? values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
    : [];
}

function describe({ code, stdout }: { readonly code: number; readonly stdout: string }): string {
  if (code === 127) return 'the image has no cloud-init';
  return `cloud-init status ended with exit code ${code}: ${stdout.trim().slice(-500)}`;
}
