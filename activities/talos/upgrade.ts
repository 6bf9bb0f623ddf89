/** Brings a machine to another release of Talos, and to the release of Kubernetes that comes with it. */
import { compareVersions, parseVersion } from '../../domain/versions.js';
import { fail } from '../../domain/errors.js';
import type { Pulse } from '../ssh/heartbeat.js';
import type { TalosMachine } from './access.js';
import { TalosCallError, talosError } from './api/call-error.js';
import { METHODS } from './api/methods.js';
import { observeTalos } from './observe.js';

/** How long a machine may pull its installer and write its other partition before it restarts, and is told again. */
const SETTLE_MS = 600_000;

export interface UpgradeOptions {
  /** Without its tag. */
  readonly installerImage: string;
  /** Of Talos: `v1.10.2`. */
  readonly version: string;
  readonly leavesNewer: boolean;
  readonly timeoutMs: number;
}

/**
 * Safe to repeat at any moment: a machine that has the release is told nothing. Talos itself lets no two
 * members of etcd restart at once, and goes back to the release that it had where the new one does not come up.
 * @returns whether the machine was told anything.
 * @throws `TALOS_REJECTED` with the machine's own words, `TALOS_NOT_READY` when the time is over.
 */
export async function upgradeTalos(
  machine: TalosMachine,
  { installerImage, version, leavesNewer, timeoutMs }: UpgradeOptions,
  pulse: Pulse,
): Promise<{ changed: boolean }> {
  const deadline = performance.now() + timeoutMs;
  let toldAt: number | null = null;
  let told = 0;
  for (;;) {
    const state = await observeTalos(machine);
    let reason: string;
    switch (state.kind) {
      case 'member':
        if (state.version === version || (leavesNewer && isNewer(state.version, version)))
          return { changed: told > 0 };
        reason = `it runs Talos ${state.version}, not ${version}`;
        if (toldAt === null || performance.now() - toldAt > SETTLE_MS) {
          const objection = await tell(machine, `${installerImage}:${version}`);
          told += 1;
          if (objection === null) toldAt = performance.now();
          else reason = objection;
        }
        break;
      case 'maintenance':
        reason = 'it waits for a configuration, and belongs to no cluster';
        break;
      case 'silent':
        reason = state.reason;
        break;
    }
    if (performance.now() > deadline) throw fail('TALOS_NOT_READY', `${machine.endpoint}: ${reason}`);
    pulse.say(reason);
    await pulse.pause(machine.pollMs);
  }
}

/** What is no release, such as a build of one's own, is not. */
function isNewer(running: string, wanted: string): boolean {
  const [a, b] = [parseVersion('TALOS', running), parseVersion('TALOS', wanted)];
  return a !== undefined && b !== undefined && compareVersions(a, b) > 0;
}

/** @returns why it has not begun, where that may pass; `null` where it has, or may have. */
async function tell(machine: TalosMachine, image: string): Promise<string | null> {
  try {
    await machine.asMember((connection) =>
      // Before 1.8 a machine that is not told to would wipe what etcd has stored.
      connection.call(METHODS.upgrade, { image, preserve: true, stage: false, force: false }),
    );
    return null;
  } catch (error) {
    if (!(error instanceof TalosCallError)) throw error;
    if (error.isOutcomeUnknown) return null;
    const known = talosError(error, machine.endpoint, machine.redact);
    // Such as another member of etcd that is away, or an image that cannot be pulled right now.
    if (known.kind.retry === 'backoff') return known.message;
    throw known;
  }
}
