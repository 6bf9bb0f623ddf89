/** The parts that operations of the OpenAPI document are put together from. */
import { type ErrorCode, ERRORS } from '../../domain/errors.js';
import type { JsonSchema } from '../json-schema.js';
import { PROBLEM_MEDIA_TYPE } from '../problem.js';

export type PathItem = Readonly<Record<string, JsonSchema>>;
export type Paths = Readonly<Record<string, PathItem>>;

/** What any address under `/api/v1` may answer. */
export const COMMON_ERRORS = [
  'UNAUTHENTICATED',
  'NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'STORE_UNAVAILABLE',
  'INTERNAL',
] as const satisfies readonly ErrorCode[];

export const BODY_ERRORS = [
  'MALFORMED_JSON',
  'INVALID_REQUEST',
  'BODY_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
] as const satisfies readonly ErrorCode[];

export const ORCHESTRATION_ERRORS = [
  'ORCHESTRATOR_UNAVAILABLE',
  'WORKER_UNAVAILABLE',
] as const satisfies readonly ErrorCode[];

/** Headers of an answer that an operation has begun, or waits for its turn. */
/** The header of an answer that says where something is to be seen. */
export function locationOf(description: string) {
  return { Location: { description, schema: { type: 'string', format: 'uri-reference' } } };
}

export const OPERATION_LOCATION = locationOf('Address of the operation');

export function componentRef(id: string): string {
  return `#/components/schemas/${id}`;
}

/** A successful answer with a JSON body of that component. */
export function jsonAnswer(description: string, component: string, headers?: JsonSchema): JsonSchema {
  return {
    description,
    ...(headers === undefined ? {} : { headers }),
    content: { 'application/json': { schema: { $ref: componentRef(component) } } },
  };
}

export function jsonBody(component: string): JsonSchema {
  return {
    required: true,
    content: { 'application/json': { schema: { $ref: componentRef(component) } } },
  };
}

/** Problem answers, one for each status; the description lists the codes that come with it. */
export function problemAnswers(codes: readonly ErrorCode[]): Record<string, JsonSchema> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { httpStatus } = ERRORS[code];
    byStatus.set(httpStatus, [...(byStatus.get(httpStatus) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus.entries()].map(([status, named]) => [
      String(status),
      {
        description: named.map((code) => `\`${code}\`: ${ERRORS[code].message}`).join('\n\n'),
        content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: componentRef('Problem') } } },
      },
    ]),
  );
}

export function parameterRef(name: string): JsonSchema {
  return { $ref: `#/components/parameters/${name}` };
}
