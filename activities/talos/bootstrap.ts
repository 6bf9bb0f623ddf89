/** The bootstrap of etcd: one machine is told, and only one, in the life of a cluster. */
import { status } from '@grpc/grpc-js';
import { fail } from '../../domain/errors.js';
import type { Pulse } from '../ssh/heartbeat.js';
import type { TalosMachine } from './access.js';
import { TalosCallError, talosError } from './api/call-error.js';
import { METHODS } from './api/methods.js';
import { etcdObjection } from './etcd.js';

export interface BootstrapOptions {
  readonly node: string;
  readonly timeoutMs: number;
}

/**
 * A second etcd beside the first one would be a second cluster, and no machine can see that it is the wrong one: so the
 * ledger says who was told, before it is told. The same machine may be told again: it refuses once it has data, and
 * forgets what it was told when it restarts before.
 * @returns whether the machine was told.
 * @throws `TALOS_BOOTSTRAP_GIVEN`, `TALOS_REJECTED`, `TALOS_NOT_READY` when the time is over.
 */
export async function bootstrapEtcd(
  machine: TalosMachine,
  { node, timeoutMs }: BootstrapOptions,
  pulse: Pulse,
): Promise<{ changed: boolean }> {
  await takeBootstrap(machine);
  const deadline = performance.now() + timeoutMs;
  let toldAt: number | null = null;
  let changed = false;
  for (;;) {
    let reason = await etcdObjection(machine, node);
    if (reason === null) return { changed };
    if (toldAt === null || performance.now() - toldAt > machine.settleMs) {
      const outcome = await tell(machine);
      if (outcome.kind === 'told') {
        toldAt = performance.now();
        changed = true;
      } else if (outcome.kind === 'has-data') toldAt = performance.now();
      else reason = outcome.reason;
    }
    if (performance.now() > deadline) throw fail('TALOS_NOT_READY', `${machine.endpoint}: ${reason}`);
    pulse.say(reason);
    await pulse.pause(machine.pollMs);
  }
}

async function takeBootstrap({ store, target }: TalosMachine): Promise<void> {
  const { clusterUid, machineUuid } = target;
  const holder = await store.talos.giveBootstrap(clusterUid, machineUuid);
  if (holder === machineUuid) return;
  const other = await store.machines.get(holder);
  const detail = `${other?.name ?? 'a machine'} (${holder}) was told to bootstrap etcd, so ${target.address} is not`;
  throw fail('TALOS_BOOTSTRAP_GIVEN', detail);
}

type Told =
  | { readonly kind: 'told' }
  | { readonly kind: 'has-data' }
  /** It may have been told: the next look shows. */
  | { readonly kind: 'not-sure'; readonly reason: string };

async function tell(machine: TalosMachine): Promise<Told> {
  try {
    await machine.asMember((connection) => connection.call(METHODS.bootstrap, { recoverEtcd: false }));
    return { kind: 'told' };
  } catch (error) {
    if (!(error instanceof TalosCallError)) throw error;
    if (error.code === status.ALREADY_EXISTS) return { kind: 'has-data' };
    const known = talosError(error, machine.endpoint, machine.redact);
    // Also what it is not ready for, such as a clock that is not set yet.
    if (known.kind.retry === 'backoff') return { kind: 'not-sure', reason: known.message };
    throw known;
  }
}
