/** What a check says of the facts. */

export interface Problem {
  /** What it is about, such as `edge-server-1` or `kube-system/coredns`. */
  readonly subject: string;
  readonly detail: string;
}

/** Figures that later validations are compared with, by name; the unit is in the name. */
export type Measures = Readonly<Record<string, number>>;

export type Verdict =
  | { readonly kind: 'passed'; readonly evidence: string; readonly measures?: Measures }
  | {
      readonly kind: 'failed';
      readonly problems: readonly Problem[];
      /** What could not be looked at beside them. */
      readonly unseen: readonly Problem[];
      readonly measures?: Measures;
    }
  | { readonly kind: 'unknown'; readonly unseen: readonly Problem[] }
  | { readonly kind: 'skipped'; readonly reason: string };

/** Something that was asked for, or why it could not be seen. */
export type Seen<T> =
  { readonly kind: 'seen'; readonly value: T } | { readonly kind: 'unseen'; readonly reason: string };

export interface OfMachine<T> {
  readonly machine: string;
  readonly seen: Seen<T>;
}

export function seen<T>(value: T): Seen<T> {
  return { kind: 'seen', value };
}

export function unseen(reason: string): Seen<never> {
  return { kind: 'unseen', reason };
}

export function skipped(reason: string): Verdict {
  return { kind: 'skipped', reason };
}

/** Failed where there is a problem; unknown where something could not be seen; passed otherwise. */
export function judged(
  problems: readonly Problem[],
  evidence: string,
  rest: { readonly unseen?: readonly Problem[]; readonly measures?: Measures | undefined } = {},
): Verdict {
  const { unseen: hidden = [], measures } = rest;
  const measured = measures === undefined ? {} : { measures };
  if (problems.length > 0) return { kind: 'failed', problems, unseen: hidden, ...measured };
  if (hidden.length > 0) return { kind: 'unknown', unseen: hidden };
  return { kind: 'passed', evidence, ...measured };
}

/**
 * Judges each machine by itself.
 * @param objection what is wrong with the machine, `null` when nothing is, or that it could not be seen.
 */
export function eachMachine<T>(
  list: readonly OfMachine<T>[],
  evidence: string,
  objection: (fact: T, machine: string) => string | null | Seen<never>,
  measures?: Measures,
): Verdict {
  const problems: Problem[] = [];
  const hidden: Problem[] = [];
  for (const { machine, seen: fact } of list) {
    const found = fact.kind === 'unseen' ? fact : objection(fact.value, machine);
    if (typeof found === 'string') problems.push({ subject: machine, detail: found });
    else if (found?.kind === 'unseen') hidden.push({ subject: machine, detail: found.reason });
  }
  const count = list.length === 1 ? '1 machine' : `${list.length} machines`;
  return judged(problems, `${count}: ${evidence}`, { unseen: hidden, measures });
}

/** One sentence for everything that is named, or that nothing is. */
export function problemsOf<T>(
  items: readonly T[],
  problem: (item: T) => Problem | null,
  evidence: string,
): Verdict {
  return judged(
    items.flatMap((item) => problem(item) ?? []),
    evidence,
  );
}
