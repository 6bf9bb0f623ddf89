/** The jobs of `systemctl`: start, restart, reload, stop. */
import { failWith, succeed, type CommandCall, type Outcome } from '../shell/guest-command.js';
import type { ParsedOptions } from '../shell/options.js';
import type { Unit } from '../systemd/unit-file.js';

export async function startJob(
  { system: { services }, signal }: CommandCall,
  unit: Unit,
  options: ParsedOptions,
  verb: 'start' | 'restart',
): Promise<Outcome> {
  const job = services[verb](unit);
  if (options.has('no-block')) return succeed();
  // Who waits may go away; the job goes on.
  const left = new Promise<'left'>((resolve) =>
    signal.addEventListener('abort', () => resolve('left'), { once: true }),
  );
  const result = await Promise.race([job, left]);
  if (result !== 'failed') return succeed();
  return failWith(
    1,
    `Job for ${unit.name} failed because the control process exited with error code.\n` +
      `See "systemctl status ${unit.name}" and "journalctl -xeu ${unit.name}" for details.`,
  );
}

export async function reloadJob(call: CommandCall, unit: Unit, options: ParsedOptions): Promise<Outcome> {
  if (unit.execReload.length === 0) {
    const reason = `Job type reload is not applicable for unit ${unit.name}.`;
    return failWith(1, `Failed to reload ${unit.name}: ${reason}`);
  }
  const job = call.system.services.reload(unit);
  if (job === undefined) return failWith(1, `${unit.name} is not active, cannot reload.`);
  if (options.has('no-block') || (await job) === 'done') return succeed();
  return failWith(
    1,
    `Job for ${unit.name} failed.\nSee "systemctl status ${unit.name}" and "journalctl -xeu ${unit.name}" for details.`,
  );
}

export function reloadOrRestart(call: CommandCall, unit: Unit, options: ParsedOptions): Promise<Outcome> {
  const canReload = unit.execReload.length > 0 && isUp(call, unit);
  return canReload ? reloadJob(call, unit, options) : startJob(call, unit, options, 'restart');
}

export function isUp({ system }: CommandCall, unit: Unit): boolean {
  return system.services.service(unit.name)?.state === 'active';
}

export async function stopJob({ system }: CommandCall, unit: Unit, options: ParsedOptions): Promise<Outcome> {
  const stopped = system.services.stop(unit.name);
  if (!options.has('no-block')) await stopped;
  return succeed();
}
