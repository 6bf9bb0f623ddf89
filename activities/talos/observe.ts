/** How far a machine is, as its API shows. */
import { status } from '@grpc/grpc-js';
import { TalosCallError } from './api/call-error.js';
import { METHODS } from './api/methods.js';
import type { TalosMachine } from './access.js';

export type TalosState =
  /** It runs with a configuration of this cluster. */
  | { readonly kind: 'member'; readonly version: string }
  /** It waits for a configuration. */
  | { readonly kind: 'maintenance' }
  /** Nobody answers, or somebody whom we cannot tell from a stranger. */
  | { readonly kind: 'silent'; readonly reason: string };

/** Changes nothing. */
export async function observeTalos(machine: TalosMachine): Promise<TalosState> {
  let asMember: TalosCallError;
  try {
    const { messages } = await machine.asMember((connection) => connection.call(METHODS.version, {}));
    return { kind: 'member', version: messages[0]?.version?.tag ?? '' };
  } catch (error) {
    if (!(error instanceof TalosCallError)) throw error;
    // It let us in: whatever it says now, it is one of ours.
    if (error.code !== status.UNAVAILABLE && error.code !== status.DEADLINE_EXCEEDED) {
      return { kind: 'silent', reason: machine.redact(error.message) };
    }
    asMember = error;
  }
  try {
    await machine.inMaintenance((connection) => connection.call(METHODS.version, {}));
    return { kind: 'maintenance' };
  } catch (error) {
    if (!(error instanceof TalosCallError)) throw error;
    // Most of the API is closed in maintenance mode, also the version.
    if (error.code === status.UNIMPLEMENTED) return { kind: 'maintenance' };
    return { kind: 'silent', reason: machine.redact(asMember.message) };
  }
}
