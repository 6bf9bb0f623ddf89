/** Waiting for a machine to come up and for its first boot to be over. */
import { ClusterwrightError, fail, type ErrorCode } from '../../domain/errors.js';
import { CLOUD_INIT_STATUS, outcomeOf, type CloudInitOutcome } from './cloud-init.js';
import type { SshConnection } from './connection.js';
import { withGuest, type GuestAccessOptions, type GuestTarget } from './guest-access.js';
import { redactorFor, secretsOf } from './guest-secrets.js';
import type { Pulse } from './heartbeat.js';
import { lastLines } from './redaction.js';

const POLL_PAUSE_MS = 500;
const CLOUD_INIT_TIMEOUT_MS = 3_600_000;
const LOG_TIMEOUT_MS = 30_000;
const LOG = '/var/log/cloud-init-output.log';
const LOG_TAIL = { lines: 20, characters: 4_000 };

/** What a machine answers while it boots; its key is refused until cloud-init has installed ours. */
const BOOTING: ReadonlySet<ErrorCode> = new Set([
  'SSH_UNREACHABLE',
  'SSH_UNAUTHENTICATED',
  'SSH_OUTCOME_UNKNOWN',
]);

/** Returns when a login works; the host key is pinned then. There is no limit but the activity's own. */
export async function waitForLogin(
  access: GuestAccessOptions,
  target: GuestTarget,
  pulse: Pulse,
): Promise<void> {
  await untilUp(pulse, () => withGuest(access, target, pulse.signal, () => Promise.resolve()));
}

/**
 * Waits until cloud-init is done, across reboots and broken links.
 * @returns the messages of errors that it recovered from.
 * @throws `CLOUD_INIT_FAILED` with its errors and the end of its log.
 */
export async function waitForFirstBoot(
  access: GuestAccessOptions,
  target: GuestTarget,
  pulse: Pulse,
): Promise<readonly string[]> {
  const redact = redactorFor(await secretsOf(access.store.secrets, target.clusterUid));
  for (;;) {
    const outcome = await untilUp(pulse, () =>
      withGuest(access, target, pulse.signal, (connection) => cloudInit(connection, pulse.signal)),
    );
    if (outcome.kind === 'done') return outcome.warnings.map(redact);
    if (outcome.kind === 'failed') {
      // Redacted before it is cut, or the end of a secret would pass.
      const log = lastLines(redact(outcome.log), LOG_TAIL);
      throw fail('CLOUD_INIT_FAILED', [...outcome.errors.map(redact), log].join('\n').trimEnd());
    }
    pulse.say('cloud-init is still running');
    await pulse.pause(POLL_PAUSE_MS);
  }
}

type FirstBoot =
  | Exclude<CloudInitOutcome, { kind: 'failed' }>
  | (Extract<CloudInitOutcome, { kind: 'failed' }> & { readonly log: string });

async function cloudInit(connection: SshConnection, signal: AbortSignal): Promise<FirstBoot> {
  const outcome = outcomeOf(
    await connection.run(CLOUD_INIT_STATUS, { timeoutMs: CLOUD_INIT_TIMEOUT_MS, signal }),
  );
  if (outcome.kind !== 'failed') return outcome;
  const { stdout } = await connection.run(`sudo -n cat ${LOG}`, { timeoutMs: LOG_TIMEOUT_MS, signal });
  return { ...outcome, log: stdout };
}

async function untilUp<T>(pulse: Pulse, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ClusterwrightError) || !BOOTING.has(error.code)) throw error;
      pulse.say(error.message);
    }
    await pulse.pause(POLL_PAUSE_MS);
  }
}
