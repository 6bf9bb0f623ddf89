/** Small requests: one shape, no rules across fields. */
import type * as z from 'zod';
import type { Fault } from '../domain/errors.js';
import { admit } from './admission.js';
import { shapeFaults } from './shape-faults.js';

export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly faults: readonly Fault[] };

/** Reads untrusted data by the schema; never throws, and finds every fault at once. */
export function parseWith<T>(schema: z.ZodType<T>, input: unknown): Parsed<T> {
  const { value, faults } = admit(input);
  const parsed = schema.safeParse(value);
  if (parsed.success && faults.length === 0) return { ok: true, value: parsed.data };
  const misshapen = parsed.success || value === undefined ? [] : shapeFaults(parsed.error, value);
  return { ok: false, faults: [...faults, ...misshapen.map(({ pointer, detail }) => ({ pointer, detail }))] };
}
