/** What zod finds, as faults in the words of the field's user, and as holes in the data. */
import type * as z from 'zod';
import type { Fault } from '../domain/errors.js';
import { type PathSegment, pointerTo } from './pointer.js';

export interface ShapeFault extends Fault {
  readonly path: readonly PathSegment[];
  /** What is not known because of it: the value, or all around it. */
  readonly hole: readonly PathSegment[];
}

/** One fault for each ill-formed value: the first that zod finds there, unknown keys one by one. */
export function shapeFaults(error: z.ZodError, input: unknown): ShapeFault[] {
  const faults = new Map<string, ShapeFault>();
  const add = (path: readonly PathSegment[], detail: string, hole = path): void => {
    const pointer = pointerTo(path);
    if (!faults.has(pointer)) faults.set(pointer, { path, pointer, detail, hole });
  };
  for (const issue of error.issues) {
    const path = issue.path.map((segment) => (typeof segment === 'number' ? segment : String(segment)));
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) add([...path, key], 'is not a known field');
    } else if (issue.code === 'invalid_union' && issue.discriminator !== undefined) {
      // As long as it is not known which shape is meant, none of the fields beside it was looked at.
      add(path, describeIssue(issue, valueAt(input, path)), path.slice(0, -1));
    } else {
      add(path, describeIssue(issue, valueAt(input, path)));
    }
  }
  return [...faults.values()];
}

/** Replaces all that the faults leave unknown in the data by `undefined`; the data is changed in place. */
export function punch(data: unknown, faults: readonly ShapeFault[]): unknown {
  for (const { hole } of faults) {
    const last = hole.at(-1);
    if (last === undefined) return undefined;
    const parent = valueAt(data, hole.slice(0, -1));
    if (isContainer(parent)) parent[last] = undefined;
  }
  return data;
}

/** @param value what the issue is about. */
export function describeIssue(issue: z.core.$ZodIssue, value: unknown): string {
  if (value === undefined) return 'is required';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPE_NAMES[issue.expected] ?? `of type ${issue.expected}`}, not ${typeName(value)}`;
    case 'invalid_value':
      return oneOf(issue.values);
    case 'invalid_union':
      return 'options' in issue && issue.options !== undefined ? oneOf(issue.options) : issue.message;
    case 'too_small':
      return `must ${LIMITED[issue.origin] ?? 'be'} at least ${issue.minimum}${unitOf(issue.origin, issue.minimum)}`;
    case 'too_big':
      return `must ${LIMITED[issue.origin] ?? 'be'} at most ${issue.maximum}${unitOf(issue.origin, issue.maximum)}`;
    case 'invalid_key':
      return issue.issues[0]?.message ?? issue.message;
    case 'invalid_format':
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'invalid_element':
    case 'custom':
      return issue.message;
    default:
      return 'is not valid';
  }
}

function oneOf(values: readonly unknown[]): string {
  const allowed = values.map((value) => JSON.stringify(value)).join(', ');
  return values.length === 1 ? `must be ${allowed}` : `must be one of ${allowed}`;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'an array',
};

const LIMITED: Readonly<Record<string, string>> = { string: 'have', array: 'have' };

function unitOf(origin: string, amount: number | bigint): string {
  const plural = amount === 1 ? '' : 's';
  if (origin === 'string') return ` character${plural}`;
  return origin === 'array' ? ` item${plural}` : '';
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'a number' : `the fraction ${value}`;
  return TYPE_NAMES[typeof value] ?? typeof value;
}

function valueAt(data: unknown, path: readonly PathSegment[]): unknown {
  let value = data;
  for (const segment of path) {
    if (!isContainer(value) || !Object.hasOwn(value, segment)) return undefined;
    value = value[segment];
  }
  return value;
}

function isContainer(value: unknown): value is Record<PathSegment, unknown> {
  return typeof value === 'object' && value !== null;
}
