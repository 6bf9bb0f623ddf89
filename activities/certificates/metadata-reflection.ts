/**
 * The three metadata functions of `Reflect` that @peculiar/x509's dependency container wants to find.
 * Import it before that package; it leaves a full polyfill alone when one is loaded.
 */
interface MetadataReflection {
  getMetadata?: (key: unknown, target: object) => unknown;
  getOwnMetadata?: (key: unknown, target: object) => unknown;
  defineMetadata?: (key: unknown, value: unknown, target: object) => void;
}

const reflection = Reflect as MetadataReflection;

if (reflection.getMetadata === undefined) {
  const entries = new WeakMap<object, Map<unknown, unknown>>();
  const own = (key: unknown, target: object): unknown => entries.get(target)?.get(key);
  const inherited = (key: unknown, target: object): unknown => {
    for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at) as object | null) {
      if (entries.get(at)?.has(key) === true) return own(key, at);
    }
    return undefined;
  };
  reflection.getMetadata = inherited;
  reflection.getOwnMetadata = own;
  reflection.defineMetadata = (key, value, target) => {
    const known = entries.get(target) ?? new Map<unknown, unknown>();
    entries.set(target, known.set(key, value));
  };
}
