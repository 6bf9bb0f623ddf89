/** Property strings, Proxmox VE's `value,key=value,key=value` notation inside one option. */

export type Properties = ReadonlyMap<string, string>;

export interface PropertyFormat {
  /** Key that a part without `=` belongs to. */
  readonly defaultKey?: string;
  /** Known keys, each with a check that returns what is wrong with a value. */
  readonly keys: Readonly<Record<string, (value: string) => string | undefined>>;
}

export type ParsedProperties =
  | { readonly kind: 'parsed'; readonly properties: Properties }
  | { readonly kind: 'refused'; readonly reason: string };

export function parseProperties(text: string, format: PropertyFormat): ParsedProperties {
  const properties = new Map<string, string>();
  for (const part of text.split(',').filter((candidate) => candidate !== '')) {
    const equals = part.indexOf('=');
    const key = equals === -1 ? format.defaultKey : part.slice(0, equals);
    const value = part.slice(equals + 1);
    if (key === undefined) return refused('value without key, but schema does not define a default key');
    if (properties.has(key)) return refused(`duplicate key in comma-separated list property: ${key}`);
    const check = Object.hasOwn(format.keys, key) ? format.keys[key] : undefined;
    if (check === undefined) {
      return refused(
        `format error\n${key}: property is not defined in schema and the schema does not allow additional properties`,
      );
    }
    const objection = check(value);
    if (objection !== undefined) return refused(`format error\n${key}: ${objection}`);
    properties.set(key, value);
  }
  return { kind: 'parsed', properties };
}

/** The value of the default key first, then the others by name. */
export function printProperties(properties: Properties, defaultKey?: string): string {
  const first = defaultKey === undefined ? undefined : properties.get(defaultKey);
  const others = [...properties]
    .filter(([key]) => key !== defaultKey)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`);
  return [...(first === undefined ? [] : [first]), ...others].join(',');
}

/** Anything goes. */
export function anyText(): undefined {
  return undefined;
}

export function matching(pattern: RegExp): (value: string) => string | undefined {
  return (value) => (pattern.test(value) ? undefined : 'value does not match the regex pattern');
}

function refused(reason: string): ParsedProperties {
  return { kind: 'refused', reason };
}
