/** Faults on demand: rules that hold, drop or fail one chosen call of the lab. Only the lab has this. */
import { randomUUID } from 'node:crypto';
import { isAnswerEffect } from './fault-effects.js';
import type { AnswerEffect, FaultEffect, HoldEffect } from './fault-effects.js';

export type { FaultEffect };

export const FAULT_TARGETS = ['proxmox', 'ssh', 'kubernetes', 'program', 'talos', 'dns'] as const;
export type FaultTarget = (typeof FAULT_TARGETS)[number];

/** `before` the call has any effect, or `after` it took effect but before the caller hears of it. */
export type FaultStage = 'before' | 'after';

export interface FaultRule {
  readonly target: FaultTarget;
  readonly stage: FaultStage;
  /**
   * Regular expression on the subject: `POST /nodes/hv5/qemu/9001/clone`; the machine and the command line of a session,
   * of a program that a guest runs, or the name of a call of Talos; `update` and the names in it for DNS.
   */
  readonly match: string;
  /** How many matching calls pass before the rule works; 0 by default. */
  readonly skip?: number;
  /** How many calls the rule hits; 1 by default. */
  readonly times?: number;
  readonly effect: FaultEffect;
}

export interface FaultStatus extends FaultRule {
  readonly id: string;
  readonly hits: number;
}

interface LiveRule {
  readonly id: string;
  readonly rule: FaultRule;
  readonly pattern: RegExp;
  seen: number;
  hits: number;
  release: () => void;
  readonly released: Promise<void>;
}

export class Faults {
  private readonly rules = new Map<string, LiveRule>();
  private readonly watchers = new Set<() => void>();

  /** @returns the rule's id. @throws SyntaxError when `match` is not a regular expression. */
  add(rule: FaultRule): string {
    const id = randomUUID();
    let release = (): void => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    this.rules.set(id, { id, rule, pattern: new RegExp(rule.match), seen: 0, hits: 0, release, released });
    return id;
  }

  /** Removes the rule and lets go of everything that it holds. */
  remove(id: string): boolean {
    this.rules.get(id)?.release();
    return this.rules.delete(id);
  }

  list(): FaultStatus[] {
    return [...this.rules.values()].map(({ id, rule, hits }) => ({ ...rule, id, hits }));
  }

  /** Resolves once the rule has hit at least once; false when it was removed before. */
  async hit(id: string): Promise<boolean> {
    for (;;) {
      const live = this.rules.get(id);
      if (live === undefined) return false;
      if (live.hits > 0) return true;
      await new Promise<void>((resolve) => {
        const watcher = (): void => {
          this.watchers.delete(watcher);
          resolve();
        };
        this.watchers.add(watcher);
        void live.released.then(watcher);
      });
    }
  }

  /**
   * Called by the lab's servers around each call. Waits while a `hold` rule applies.
   * @returns what the server has to do instead of going on, or `undefined`.
   */
  async at(target: FaultTarget, stage: FaultStage, subject: string): Promise<AnswerEffect | undefined> {
    return (await this.effects(target, stage, subject)).find((effect) => isAnswerEffect(effect));
  }

  /**
   * As `at`, for a server that knows all effects.
   * @returns those of all rules that hit, in the order of the rules; none after one that answers the call.
   */
  async effects(
    target: FaultTarget,
    stage: FaultStage,
    subject: string,
  ): Promise<Exclude<FaultEffect, HoldEffect>[]> {
    const effects: Exclude<FaultEffect, HoldEffect>[] = [];
    for (const live of this.rules.values()) {
      const { rule } = live;
      if (rule.target !== target || rule.stage !== stage || !live.pattern.test(subject)) continue;
      live.seen += 1;
      if (live.seen <= (rule.skip ?? 0) || live.hits >= (rule.times ?? 1)) continue;
      live.hits += 1;
      for (const watcher of this.watchers) watcher();
      if (rule.effect.kind === 'hold') await live.released;
      else effects.push(rule.effect);
      if (isAnswerEffect(rule.effect)) break;
    }
    return effects;
  }
}
