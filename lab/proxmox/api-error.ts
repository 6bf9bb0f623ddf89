/** Refusals of the API: a status, a one-line reason and, for bad parameters, what is wrong with each. */

export class ApiError extends Error {
  readonly status: number;
  readonly errors: Readonly<Record<string, string>> | null;

  constructor(status: number, message: string, errors: Readonly<Record<string, string>> | null = null) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.errors = errors;
  }
}

/** What a Perl `die` in a handler becomes: status 500 with the text as the reason. @throws ApiError always. */
export function die(message: string): never {
  throw new ApiError(500, message);
}

/** @throws ApiError always: status 400, each parameter with what is wrong with it. */
export function refuseParameters(errors: Readonly<Record<string, string>>): never {
  throw new ApiError(400, 'Parameter verification failed.', errors);
}

/** @param what such as `/vms/100, VM.Allocate`. @throws ApiError always: status 403. */
export function refusePermission(what?: string): never {
  throw new ApiError(403, `Permission check failed${what === undefined ? '' : ` (${what})`}`);
}

/** The text of whatever was thrown, on one line, as it ends up in a task's log. */
export function errorText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trimEnd().replaceAll('\n', ' ');
}
