/** Options of the form `first,key=value,key=value`, as Proxmox VE writes drives, interfaces and more. */

/** @param defaultKey the key of a value that comes without one. */
export function parseProperties(text: string, defaultKey: string): ReadonlyMap<string, string> {
  const parts = text.split(',').filter((part) => part !== '');
  return new Map(
    parts.map((part) => {
      const equals = part.indexOf('=');
      return equals < 0 ? [defaultKey, part] : [part.slice(0, equals), part.slice(equals + 1)];
    }),
  );
}

export function sameProperties(
  one: ReadonlyMap<string, string>,
  other: ReadonlyMap<string, string>,
): boolean {
  return one.size === other.size && [...one].every(([key, value]) => other.get(key) === value);
}

/** Proxmox VE takes commas, semicolons and blanks between the items of a list. */
export function splitList(text: string): string[] {
  return text.split(/[\s,;]+/).filter((item) => item !== '');
}
