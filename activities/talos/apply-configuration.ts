/** Brings a machine from maintenance mode to running with its configuration. */
import { createHash } from 'node:crypto';
import { fail } from '../../domain/errors.js';
import { status } from '@grpc/grpc-js';
import type { Pulse } from '../ssh/heartbeat.js';
import type { TalosMachine } from './access.js';
import { TalosCallError, talosError } from './api/call-error.js';
import { APPLY_AUTO } from './api/messages.js';
import { METHODS } from './api/methods.js';
import { observeTalos } from './observe.js';

export interface ApplyOptions {
  /** Text of the machine configuration. */
  readonly configuration: string;
  /** `configured` is enough for a machine whose certificate comes from others that may not be there yet. */
  readonly until: 'configured' | 'member';
  readonly timeoutMs: number;
}

/**
 * Safe to repeat at any moment. That the machine accepted the configuration is written down, as a machine that restarts
 * and one that never began look the same from outside.
 * @returns whether the machine was told anything.
 * @throws `TALOS_REJECTED` with the machine's own words, `TALOS_NOT_READY` when the time is over.
 */
export async function applyConfiguration(
  machine: TalosMachine,
  { configuration, until, timeoutMs }: ApplyOptions,
  pulse: Pulse,
): Promise<{ changed: boolean }> {
  const { store, target } = machine;
  const sha256 = createHash('sha256').update(configuration).digest('hex');
  const deadline = performance.now() + timeoutMs;
  let toldAt: number | null = null;
  let told = 0;
  for (;;) {
    const state = await observeTalos(machine);
    let reason: string;
    switch (state.kind) {
      case 'member':
        return { changed: told > 0 };
      case 'silent': {
        const isAccepted = (await store.talos.acceptedConfiguration(target.machineUuid)) === sha256;
        if (isAccepted && until === 'configured') return { changed: told > 0 };
        reason = isAccepted
          ? `it has its configuration, and does not run with it yet`
          : 'it does not answer yet';
        reason += ` (${state.reason})`;
        // It has gone on: if it waits for a configuration once more, it has to be told once more.
        toldAt = null;
        break;
      }
      case 'maintenance':
        if (toldAt === null || performance.now() - toldAt > machine.settleMs) {
          if (await tell(machine, configuration)) {
            await store.talos.configurationAccepted(target.machineUuid, sha256);
            toldAt = performance.now();
          }
          told += 1;
        }
        reason =
          told > 1
            ? `it has come back to maintenance mode after it took its configuration; its console says why (told ${told} times)`
            : 'it takes up its configuration';
        break;
    }
    if (performance.now() > deadline) throw fail('TALOS_NOT_READY', `${machine.endpoint}: ${reason}`);
    pulse.say(reason);
    await pulse.pause(machine.pollMs);
  }
}

/** @returns false when it is not known whether the machine took it. */
async function tell(machine: TalosMachine, configuration: string): Promise<boolean> {
  try {
    await machine.inMaintenance((connection) =>
      connection.call(METHODS.applyConfiguration, { data: Buffer.from(configuration), mode: APPLY_AUTO }),
    );
    return true;
  } catch (error) {
    if (!(error instanceof TalosCallError)) throw error;
    if (error.isOutcomeUnknown) return false;
    const known = talosError(error, machine.endpoint, machine.redact);
    // What it cannot parse it reports without a status of its own.
    throw error.code === status.UNKNOWN ? fail('TALOS_REJECTED', known.message) : known;
  }
}
