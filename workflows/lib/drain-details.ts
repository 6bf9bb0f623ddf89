/** The drain of a host, for people. */
import type { DrainPlan } from '../../domain/hosts/drain-plan.js';

/** The details of a run are for people, and short. */
const MOST_SHOWN = 100;

/** @param current the cluster whose machines are on their way; `null`: none is. */
export function drainAsMarkdown(
  { host, moves, stays, others }: DrainPlan,
  current: string | null,
  reasons: Readonly<Record<string, string>>,
): string {
  const lines = moves.slice(0, MOST_SHOWN).map(({ cluster, machine, vmid, to, mode }) => {
    const reason = reasons[cluster];
    const state = cluster === current ? ' (on its way)' : reason === undefined ? '' : ` (${reason})`;
    return `- ${machine} (VM ${vmid}) to ${to}, ${mode}${state}`;
  });
  const more = moves.length - lines.length;
  return [
    `**Drain of ${host}**`,
    ...lines,
    ...(more > 0 ? [`- and ${more} more`] : []),
    ...stays
      .slice(0, MOST_SHOWN)
      .map(({ machine, vmid, reason }) => `- ${machine} (VM ${vmid}) stays: ${reason}`),
    ...(others.length === 0 ? [] : [`Guests of others, which are not touched: ${others.length}`]),
  ].join('\n');
}
