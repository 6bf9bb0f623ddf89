/** Refusals of the API, as the `Status` objects that every client of Kubernetes knows. */

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code: number;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

const CODES = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  Timeout: 504,
} as const;

export type StatusReason = keyof typeof CODES;

/** The resource that a refusal is about. */
export interface Subject {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

export class StatusError extends Error {
  readonly reason: StatusReason;
  readonly details: StatusDetails;

  constructor(reason: StatusReason, message: string, details: StatusDetails = {}) {
    super(message);
    this.name = 'StatusError';
    this.reason = reason;
    this.details = details;
  }

  toStatus(): Status {
    return failure(CODES[this.reason], this.reason, this.message, this.details);
  }
}

export function failure(code: number, reason: string, message: string, details: StatusDetails = {}): Status {
  const detailed = Object.keys(details).length > 0 ? { details } : {};
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...detailed,
    code,
  };
}

export function success(details: StatusDetails): Status {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details, code: 200 };
}

export function badRequest(message: string): StatusError {
  return new StatusError('BadRequest', message);
}

export function notFound(subject: Subject, name: string): StatusError {
  return new StatusError('NotFound', `${qualified(subject)} "${name}" not found`, detailsOf(subject, name));
}

export function alreadyExists(subject: Subject, name: string): StatusError {
  return new StatusError(
    'AlreadyExists',
    `${qualified(subject)} "${name}" already exists`,
    detailsOf(subject, name),
  );
}

export function conflict(subject: Subject, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(subject)} "${name}": ${why}`;
  return new StatusError('Conflict', message, detailsOf(subject, name));
}

/** @param faults what is wrong, with the field that it is wrong in. */
export function invalid(subject: Subject, name: string, faults: readonly FieldFault[]): StatusError {
  const kind = subject.group === '' ? subject.kind : `${subject.kind}.${subject.group}`;
  const texts = faults.map(({ field, message }) => `${field}: ${message}`);
  const message = `${kind} "${name}" is invalid: ${texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`}`;
  return new StatusError('Invalid', message, {
    name,
    ...(subject.group === '' ? {} : { group: subject.group }),
    kind: subject.kind,
    causes: faults.map(({ field, message: fault, reason }) => ({ reason, message: fault, field })),
  });
}

export interface FieldFault {
  readonly field: string;
  readonly message: string;
  readonly reason:
    'FieldValueRequired' | 'FieldValueInvalid' | 'FieldValueNotSupported' | 'FieldValueForbidden';
}

function qualified({ group, plural }: Subject): string {
  return group === '' ? plural : `${plural}.${group}`;
}

function detailsOf({ group, plural }: Subject, name: string): StatusDetails {
  return { name, ...(group === '' ? {} : { group }), kind: plural };
}
