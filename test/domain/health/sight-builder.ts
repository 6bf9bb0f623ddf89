/** A machine that is well, and what may be worse about it. */
import type { MachineSight } from '../../../domain/health/sight.js';

export function aSight(change: Partial<MachineSight> = {}): MachineSight {
  return {
    ...{ isNode: 'yes', quorum: 'yes', host: 'pve1', hostState: 'online', vm: 'running', lock: 'free' },
    ...{ ha: 'none', node: 'ready', cordoned: 'no', guest: 'answers', neighbours: 'heard', evidence: [] },
    ...change,
  };
}
