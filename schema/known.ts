/**
 * Data of which parts may be ill-formed, so that rules can be checked on the rest. An own property that is `undefined`
 * is there but unusable; a property that is missing was left out, and takes its default.
 */

/** `T` as far as it is known: at every level `undefined` stands for what cannot be used. */
export type Known<T> =
  | undefined
  | (T extends string | number | boolean | null | undefined
      ? T
      : T extends readonly (infer Item)[]
        ? readonly Known<Item>[]
        : T extends object
          ? { readonly [Key in keyof T]: Known<T[Key]> }
          : T);

/**
 * The property of what was given: its value, or the fallback where it was left out.
 * Of something unknown every property is unknown, too.
 */
export function given<T extends object, Key extends keyof T, Fallback>(
  source: T | undefined,
  key: Key,
  fallback: Fallback,
): Exclude<T[Key], undefined> | Fallback | undefined {
  if (source === undefined) return undefined;
  if (!Object.hasOwn(source, key)) return fallback;
  return source[key] as Exclude<T[Key], undefined> | undefined;
}

/** The object under the key; one that was left out is an empty one, so that all in it takes its default. */
export function section<T extends object, Key extends keyof T>(
  source: T | undefined,
  key: Key,
): Exclude<T[Key], undefined> | undefined {
  return given(source, key, {} as Exclude<T[Key], undefined>);
}

/** Applies the function to what is known, and lets the unknown through. */
export function whenKnown<T, Result>(value: T | undefined, use: (value: T) => Result): Result | undefined {
  return value === undefined ? undefined : use(value);
}
