/** The first look at untrusted JSON: bounds its size, and copies it without the keys that reach into prototypes. */
import type { Fault } from '../domain/errors.js';
import { type PathSegment, pointerTo } from './pointer.js';

/** Levels of objects and arrays. A definition needs 6; free-form configuration may need a few more. */
export const MAX_DEPTH = 16;

/** Values in the whole document: 50 full node groups need less than half of it. */
export const MAX_VALUES = 50_000;

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

export interface Admission {
  /** A copy that shares nothing with the input; `undefined` when the input is too deep or too large to go on. */
  readonly value: unknown;
  readonly faults: readonly Fault[];
}

/** @param input what `JSON.parse` returned; anything that JSON cannot express is refused. */
export function admit(input: unknown): Admission {
  const faults: Fault[] = [];
  let values = 0;
  let isBounded = true;

  const refuse = (path: readonly PathSegment[], detail: string): undefined => {
    faults.push({ pointer: pointerTo(path), detail });
    return undefined;
  };

  const copy = (value: unknown, path: readonly PathSegment[]): unknown => {
    if (!isBounded) return undefined;
    values += 1;
    if (values > MAX_VALUES || path.length > MAX_DEPTH) {
      isBounded = false;
      return values > MAX_VALUES
        ? refuse([], `holds more than ${MAX_VALUES} values`)
        : refuse(path, `is nested deeper than ${MAX_DEPTH} levels`);
    }
    if (Array.isArray(value)) return value.map((item, index) => copy(item, [...path, index]));
    if (typeof value !== 'object' || value === null) {
      return isScalar(value)
        ? value
        : refuse(path, value === undefined ? 'is required' : 'is not a JSON value');
    }

    const result: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      if (FORBIDDEN_KEYS.has(key)) refuse([...path, key], 'is a key that is not allowed');
      else if (item !== undefined) result[key] = copy(item, [...path, key]);
    }
    return result;
  };

  const value = copy(input, []);
  return { value: isBounded ? value : undefined, faults };
}

function isScalar(value: unknown): boolean {
  return value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}
