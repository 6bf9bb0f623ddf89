/** The part of JSONPath that columns of custom resources use: fields, positions, `[*]` and equality filters. */
import { isJsonObject, valueAt } from '../model/json.js';

const STEP = /\.([\w-]+)|\['([^']+)'\]|\[(\d+)\]|\[(\*)\]|\[\?\(@\.([\w.]+)\s*==\s*["']([^"']*)["']\)\]/y;

/** @param path such as `.status.conditions[?(@.type=="Ready")].status`; one that we cannot read finds nothing. */
export function valuesAtJsonPath(object: unknown, path: string): unknown[] {
  let values: unknown[] = [object];
  const text = path.replaceAll('\\.', '\u0000');
  STEP.lastIndex = 0;
  while (STEP.lastIndex < text.length) {
    const step = STEP.exec(text);
    if (step === null) return [];
    const [, dotted, quoted, position, star, filterPath, filterValue] = step;
    const name = dotted ?? quoted?.replaceAll('\u0000', '.');
    values = values.flatMap((value): unknown[] => {
      if (name !== undefined) return isJsonObject(value) && name in value ? [value[name]] : [];
      if (!Array.isArray(value)) return [];
      if (position !== undefined) return (value as unknown[]).slice(Number(position), Number(position) + 1);
      if (star !== undefined) return value as unknown[];
      return (value as unknown[]).filter(
        (item) => String(valueAt(item, (filterPath ?? '').split('.'))) === filterValue,
      );
    });
  }
  return values.filter((value) => value !== undefined && value !== null);
}
