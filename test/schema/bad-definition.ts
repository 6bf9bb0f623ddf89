/** Builds definitions that must be refused. */
import { aDefinition } from './definition-builder.js';

export interface BadDefinition {
  /** What is wrong with it. */
  readonly name: string;
  readonly body: unknown;
  /** Of every fault, in order. */
  readonly pointers: readonly string[];
}

/** A valid definition with one value put at the path, whatever its type is. */
export function withValue(path: readonly (string | number)[], value: unknown): unknown {
  const body: unknown = structuredClone(aDefinition());
  let parent = body as Record<string | number, unknown>;
  for (const segment of path.slice(0, -1)) {
    parent[segment] ??= {};
    parent = parent[segment] as Record<string | number, unknown>;
  }
  // JSON.parse makes an own property of any key, `__proto__` among them.
  Object.defineProperty(parent, path.at(-1) ?? '', {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
  return body;
}

export function without(...keys: readonly string[]): unknown {
  return Object.fromEntries(Object.entries(aDefinition()).filter(([key]) => !keys.includes(key)));
}

export function at(pointer: string): (string | number)[] {
  return pointer
    .slice(1)
    .split('/')
    .map((segment) => (/^\d+$/.test(segment) ? Number(segment) : segment));
}

/** One value that is refused where it stands. */
export function bad(name: string, pointer: string, value: unknown): BadDefinition {
  return { name, body: withValue(at(pointer), value), pointers: [pointer] };
}

export function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}
