/** Looks for `$ref`s in a document, and follows them. */

export function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === '$ref' && typeof item === 'string' ? [item] : referencesIn(item),
  );
}

/** @returns `undefined` when the document has nothing there. */
export function resolveReference(document: unknown, reference: string): unknown {
  let value = document;
  for (const segment of reference.replace(/^#\//, '').split('/')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Record<string, unknown>)[segment];
  }
  return value;
}
