/** Has machines whose clock is off set it anew by their time servers. */
import { withGuest, type GuestAccessOptions } from '../../ssh/guest-access.js';
import type { SshConnection } from '../../ssh/connection.js';
import { asStdin, ROOT_SHELL } from '../../ssh/root-shell.js';
import { guestsOf } from '../../../domain/validation/subject.js';
import { clockOffset } from '../guests/clock.js';
import { guestTargets } from '../guests/observe.js';
import { lookedAt } from '../looked-at.js';
import { mapLimited } from '../map-limited.js';
import { subjectOf, type ObserveRequest } from '../observe-request.js';
import { outcomeOf, type RemediationOutcome } from './outcome.js';

const MOST_AT_ONCE = 10;
const TIMEOUT_MS = 60_000;
const OFF_MS = 1_000;

/**
 * A daemon that starts sets the clock at once, if it is far off; while it runs it would only slew it.
 * Where there is none, systemd is asked to have one.
 */
const SCRIPT = `
for unit in chrony chronyd systemd-timesyncd ntp; do
  if systemctl is-active --quiet "$unit"; then
    systemctl restart "$unit" && echo "restarted $unit"
    exit 0
  fi
done
timedatectl set-ntp true && echo "switched NTP on"
`;
const SYNCHRONISED = 'timedatectl show | grep -q "^NTPSynchronized=yes$"';

export async function resyncTime(
  access: GuestAccessOptions,
  request: ObserveRequest,
  signal: AbortSignal,
): Promise<RemediationOutcome> {
  const targets = await guestTargets(access, request, guestsOf(subjectOf(request)));
  const results = await mapLimited(targets, MOST_AT_ONCE, async ({ machine: { name }, target }) => {
    if (target === null) return null;
    const found = await lookedAt(signal, () =>
      withGuest(access, target, signal, (connection) => resync(connection, signal)),
    );
    if (found.kind === 'unseen') return { isDone: false, text: `${name}: ${found.reason}` };
    return found.value === null ? null : { ...found.value, text: `${name}: ${found.value.text}` };
  });
  const texts = (isDone: boolean): string[] =>
    results.flatMap((result) => (result?.isDone === isDone ? [result.text] : []));
  return outcomeOf(texts(true), texts(false));
}

/** @returns what was done; `null` where the clock is as it should be. */
async function resync(
  connection: SshConnection,
  signal: AbortSignal,
): Promise<{ readonly isDone: boolean; readonly text: string } | null> {
  const how = { timeoutMs: TIMEOUT_MS, signal };
  const offset = await clockOffset(connection, signal);
  const isOff = offset !== null && Math.abs(offset) > OFF_MS;
  const isKept = (await connection.run(SYNCHRONISED, how)).code === 0;
  if (!isOff && isKept) return null;
  const { code, stdout, stderr } = await connection.run(ROOT_SHELL, { ...how, stdin: asStdin(SCRIPT) });
  return { isDone: code === 0, text: (code === 0 ? stdout : stderr).trim().slice(0, 300) };
}
