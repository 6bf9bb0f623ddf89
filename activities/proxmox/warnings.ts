/** Warnings of the tasks that an activity ran: they succeeded, and a person should know. */
import { Context } from '@temporalio/activity';

/** Part of the result of activities that make, configure or start a VM. */
export interface Warned {
  /** Lines of task logs; left out when there are none. */
  readonly warnings?: readonly string[];
}

const collected = new WeakMap<Context, string[]>();

/** Runs the code of an activity, and adds to its result what its tasks warned of. */
export async function withWarnings<T extends object>(work: () => Promise<T | void>): Promise<T & Warned> {
  const warnings: string[] = [];
  collected.set(Context.current(), warnings);
  const result = (await work()) ?? ({} as T);
  return warnings.length === 0 ? result : { ...result, warnings: [...new Set(warnings)] };
}

export function addWarnings(upid: string, lines: readonly string[]): void {
  const context = Context.current();
  context.log.warn('A Proxmox VE task ended with warnings', { upid, warnings: lines });
  collected.get(context)?.push(...lines);
}
