/** Whether machines let us in: a login over SSH that runs a command, or a call of the Talos API. */
import { ClusterwrightError } from '../../domain/errors.js';
import type { GuestSight, GuestSights } from '../../domain/health/sight.js';
import type { MachineSystem } from '../../domain/plan.js';
import type { Store } from '../../store/store.js';
import { withGuest } from '../ssh/guest-access.js';
import { talosMachine } from '../talos/access.js';
import { TalosCallError, talosError } from '../talos/api/call-error.js';
import { METHODS } from '../talos/api/methods.js';
import { mapLimited } from '../validation/map-limited.js';

export interface LookAtGuestsRequest {
  readonly clusterUid: string;
  readonly machines: readonly {
    readonly name: string;
    readonly address: string;
    readonly user: string;
    readonly system: MachineSystem;
  }[];
}

export interface GuestLooker {
  readonly store: Store;
  /** `socks5://host:port`, or `null` to connect directly. */
  readonly proxyUrl: string | null;
}

/** A machine whose disk is dead takes connections, and goes no further. */
const PATIENCE_MS = 10_000;
const MOST_AT_ONCE = 20;
/** Nobody is there, or nobody who does his work; what else goes wrong says nothing of the machine. */
const SILENCE: ReadonlySet<string> = new Set(['SSH_UNREACHABLE', 'SSH_OUTCOME_UNKNOWN', 'TALOS_UNREACHABLE']);

export async function lookAtGuests(
  looker: GuestLooker,
  { clusterUid, machines }: LookAtGuestsRequest,
  signal: AbortSignal,
): Promise<GuestSights> {
  const rows = await looker.store.machines.ofCluster(clusterUid);
  const uuids = new Map(rows.map(({ name, uuid }) => [name, uuid]));
  const sights = await mapLimited(machines, MOST_AT_ONCE, async (machine) => {
    const machineUuid = uuids.get(machine.name);
    const sight: GuestSight =
      machineUuid === undefined
        ? { state: 'unknown', why: 'the ledger does not know it' }
        : await guestSight(looker, { ...machine, clusterUid, machineUuid }, signal);
    return [machine.name, sight] as const;
  });
  return { machines: Object.fromEntries(sights), unseen: [] };
}

interface Target {
  readonly clusterUid: string;
  readonly machineUuid: string;
  readonly address: string;
  readonly user: string;
  readonly system: MachineSystem;
}

async function guestSight(looker: GuestLooker, target: Target, signal: AbortSignal): Promise<GuestSight> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const either = AbortSignal.any([signal, patience]);
  try {
    if (target.system === 'TALOS') await callTalos(looker, target, either);
    else await logIn(looker, target, either);
    return { state: 'answers', why: target.system === 'TALOS' ? 'its API answers' : 'it takes a login' };
  } catch (error) {
    signal.throwIfAborted();
    if (patience.aborted) return { state: 'silent', why: `no answer within ${PATIENCE_MS / 1_000} s` };
    const why = error instanceof Error ? error.message : String(error);
    const isSilent = error instanceof ClusterwrightError && SILENCE.has(error.code);
    return { state: isSilent ? 'silent' : 'unknown', why };
  }
}

async function logIn(looker: GuestLooker, target: Target, signal: AbortSignal): Promise<void> {
  await withGuest(looker, target, signal, (connection) =>
    connection.run('true', { timeoutMs: PATIENCE_MS, signal }),
  );
}

async function callTalos(looker: GuestLooker, target: Target, signal: AbortSignal): Promise<void> {
  const talos = await talosMachine(looker, target, signal);
  try {
    await talos.asMember((connection) => connection.call(METHODS.serviceList, {}));
  } catch (error) {
    throw error instanceof TalosCallError ? talosError(error, talos.endpoint, talos.redact) : error;
  }
}
