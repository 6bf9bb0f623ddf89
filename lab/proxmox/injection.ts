/** Faults injected into one call: the tasks that it starts find them here, however deep in their work. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { TaskEffect } from '../fault-effects.js';

type OfKind<K extends TaskEffect['kind']> = Extract<TaskEffect, { kind: K }>;

export class Injection {
  private readonly effects: TaskEffect[];

  constructor(effects: readonly TaskEffect[]) {
    this.effects = [...effects];
  }

  /** The next effect of that kind; each strikes once. */
  take<K extends TaskEffect['kind']>(
    kind: K,
    applies: (effect: OfKind<K>) => boolean = () => true,
  ): OfKind<K> | undefined {
    const found = this.effects.find((effect): effect is OfKind<K> => effect.kind === kind);
    if (found === undefined || !applies(found)) return undefined;
    this.effects.splice(this.effects.indexOf(found), 1);
    return found;
  }
}

const NOTHING = new Injection([]);
const current = new AsyncLocalStorage<Injection>();

/** Runs a call's code, and with it all that it leaves running behind it. */
export function withInjection<T>(effects: readonly TaskEffect[], code: () => T): T {
  return current.run(new Injection(effects), code);
}

export function injected(): Injection {
  return current.getStore() ?? NOTHING;
}
