/** dnsmasq's tags: what is known of a request, and which lines of the configuration it lets apply. */

export interface Conditions {
  /** All of them have to be there. */
  readonly present: readonly string[];
  /** Written with a `!`: none of them may be there. */
  readonly absent: readonly string[];
}

/** Takes the leading `tag:` words off a list. */
export function conditions(words: readonly string[]): {
  readonly when: Conditions;
  readonly rest: readonly string[];
} {
  const tags = words.filter((word) => word.startsWith('tag:')).map((word) => word.slice('tag:'.length));
  return {
    when: {
      present: tags.filter((tag) => !tag.startsWith('!')),
      absent: tags.filter((tag) => tag.startsWith('!')).map((tag) => tag.slice(1)),
    },
    rest: words.filter((word) => !word.startsWith('tag:')),
  };
}

/** Takes the `set:` words off a list. */
export function assignments(words: readonly string[]): {
  readonly sets: readonly string[];
  readonly rest: readonly string[];
} {
  return {
    sets: words.filter((word) => word.startsWith('set:')).map((word) => word.slice('set:'.length)),
    rest: words.filter((word) => !word.startsWith('set:')),
  };
}

export function isUnconditional({ present, absent }: Conditions): boolean {
  return present.length === 0 && absent.length === 0;
}

export function holds({ present, absent }: Conditions, tags: ReadonlySet<string>): boolean {
  return present.every((tag) => tags.has(tag)) && !absent.some((tag) => tags.has(tag));
}

/**
 * The entry that applies: of those with conditions the last one that holds, else the last one without any. dnsmasq keeps
 * its lines newest first.
 */
export function chosen<T extends { readonly when: Conditions }>(
  entries: readonly T[],
  tags: ReadonlySet<string>,
): T | undefined {
  return (
    entries.findLast(({ when }) => !isUnconditional(when) && holds(when, tags)) ??
    entries.findLast(({ when }) => isUnconditional(when))
  );
}
