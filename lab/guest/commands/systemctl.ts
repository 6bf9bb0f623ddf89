/** `systemctl` for services. */
import { readText } from '../disk/root-files.js';
import {
  failWith,
  succeed,
  UsageError,
  type CommandCall,
  type GuestCommand,
  type Outcome,
} from '../shell/guest-command.js';
import { flag, parseOptions, valued, type ParsedOptions } from '../shell/options.js';
import { formatEntry } from '../systemd/journal.js';
import type { Service } from '../systemd/service.js';
import { unitName, type Unit } from '../systemd/unit-file.js';
import { hostnameOf } from './host.js';
import { isUp, reloadJob, reloadOrRestart, startJob, stopJob } from './systemctl-jobs.js';

const OPTIONS = [
  ...[
    flag('q', 'quiet'),
    flag('no-block'),
    flag('now'),
    flag('no-pager'),
    flag('l', 'full'),
    flag('f', 'force'),
  ],
  ...[
    flag('no-legend'),
    flag('plain'),
    flag('a', 'all'),
    flag('value'),
    flag('no-ask-password'),
    flag('system'),
  ],
  ...[valued('p', 'property'), valued('t', 'type'), valued('state'), valued('n', 'lines')],
];

const NOT_RUNNING = 3;
const NO_SUCH_UNIT = 4;
const NOT_LOADED = 5;
const LINES_IN_STATUS = 10;

type Verb = (
  call: CommandCall,
  names: readonly string[],
  options: ParsedOptions,
) => Outcome | Promise<Outcome>;

const VERBS: Readonly<Record<string, Verb>> = {
  start: (call, names, options) =>
    changeEach(call, names, 'start', (unit) => startJob(call, unit, options, 'start')),
  restart: (call, names, options) =>
    changeEach(call, names, 'restart', (unit) => startJob(call, unit, options, 'restart')),
  'try-restart': (call, names, options) =>
    changeEach(call, names, 'restart', (unit) =>
      isUp(call, unit) ? startJob(call, unit, options, 'restart') : succeed(),
    ),
  reload: (call, names, options) =>
    changeEach(call, names, 'reload', (unit) => reloadJob(call, unit, options)),
  'reload-or-restart': (call, names, options) =>
    changeEach(call, names, 'reload', (unit) => reloadOrRestart(call, unit, options)),
  'try-reload-or-restart': (call, names, options) =>
    changeEach(call, names, 'reload', (unit) =>
      isUp(call, unit) ? reloadOrRestart(call, unit, options) : succeed(),
    ),
  stop: (call, names, options) => changeEach(call, names, 'stop', (unit) => stopJob(call, unit, options)),
  enable: (call, names, options) => changeEach(call, names, 'enable', (unit) => enable(call, unit, options)),
  disable: (call, names, options) => disable(call, names, options),
  'daemon-reload': (call) => (isRoot(call) ? succeed() : refused('Failed to reload daemon')),
  'reset-failed': (call) => (isRoot(call) ? succeed() : refused('Failed to reset failed state')),
  'is-active': (call, names, options) => isActive(call, names, options),
  'is-failed': ({ system }, names, options) => {
    const states = names.map((name) => system.services.service(name)?.state ?? 'inactive');
    return {
      code: states.includes('failed') ? 0 : 1,
      stdout: options.has('q') ? '' : states.map((each) => `${each}\n`).join(''),
    };
  },
  'is-enabled': (call, names, options) => isEnabled(call, names, options),
  'is-system-running': () => succeed('running\n'),
  status: (call, names) => status(call, names),
  show: (call, names, options) => show(call, names, options),
  cat: ({ system }, names) => {
    const units = names.map((name) => system.services.unit(name));
    const missing = names.find((_, index) => units[index] === undefined);
    if (missing !== undefined) return failWith(1, `No files found for ${unitName(missing)}.`);
    return succeed(
      units.map((unit) => `# ${unit?.path}\n${readText(system.disk, unit?.path ?? '') ?? ''}`).join('\n'),
    );
  },
  'list-units': ({ system }) =>
    succeed(
      system.services
        .list()
        .map(({ name, service }) => `${name} loaded ${service.state} ${service.subState}\n`)
        .join(''),
    ),
  reboot: (call) => goDown(call, true),
  poweroff: (call) => goDown(call, false),
};

export const systemctl: GuestCommand = {
  name: 'systemctl',
  run: (args, call) => {
    const options = parseOptions(args, { declared: OPTIONS });
    const [name = 'list-units', ...names] = options.operands;
    const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
    if (verb === undefined) throw new UsageError(`Unknown command verb '${name}'.`);
    return verb(call, names, options);
  },
};

function isRoot({ account }: CommandCall): boolean {
  return account.uid === 0;
}

function refused(what: string): Outcome {
  return failWith(1, `${what}: Interactive authentication required.`);
}

function goDown(call: CommandCall, again: boolean): Outcome {
  if (!isRoot(call)) return refused('Call to Reboot failed');
  call.system.goDown(again);
  return succeed();
}

async function changeEach(
  call: CommandCall,
  names: readonly string[],
  verb: 'start' | 'restart' | 'reload' | 'stop' | 'enable',
  change: (unit: Unit) => Outcome | Promise<Outcome>,
): Promise<Outcome> {
  if (names.length === 0) throw new UsageError('Too few arguments.');
  let code = 0;
  let stderr = '';
  for (const name of names) {
    const unit = call.system.services.unit(name);
    let outcome: Outcome;
    if (!isRoot(call)) outcome = refused(`Failed to ${verb} ${unitName(name)}`);
    else if (unit !== undefined) outcome = await change(unit);
    else if (verb === 'enable')
      outcome = failWith(1, `Failed to enable unit: Unit file ${unitName(name)} does not exist.`);
    else
      outcome = failWith(
        NOT_LOADED,
        `Failed to ${verb} ${unitName(name)}: Unit ${unitName(name)} not ${verb === 'stop' ? 'loaded' : 'found'}.`,
      );
    stderr += Buffer.from(outcome.stderr ?? '').toString();
    if (outcome.code !== 0) code = outcome.code;
  }
  return { code, stderr };
}

async function enable(call: CommandCall, unit: Unit, options: ParsedOptions): Promise<Outcome> {
  const made = call.system.services.enable(unit).map((line) => `${line}\n`);
  const outcome = options.has('now') ? await startJob(call, unit, options, 'start') : succeed();
  return { ...outcome, stderr: made.join('') + Buffer.from(outcome.stderr ?? '').toString() };
}

async function disable(
  call: CommandCall,
  names: readonly string[],
  options: ParsedOptions,
): Promise<Outcome> {
  if (!isRoot(call)) return refused('Failed to disable unit');
  let stderr = '';
  for (const name of names) {
    const removed = call.system.services.disable(name);
    if (removed.length === 0 && call.system.services.unit(name) === undefined) {
      return {
        code: 1,
        stderr: `${stderr}Failed to disable unit: Unit file ${unitName(name)} does not exist.\n`,
      };
    }
    stderr += removed.map((line) => `${line}\n`).join('');
    if (options.has('now')) await call.system.services.stop(name);
  }
  return { code: 0, stderr };
}

function isActive({ system }: CommandCall, names: readonly string[], options: ParsedOptions): Outcome {
  const states = names.map((name) => system.services.service(name)?.state ?? 'inactive');
  const isAnyMissing = names.every((name) => system.services.unit(name) === undefined);
  const code = states.includes('active') ? 0 : isAnyMissing ? NO_SUCH_UNIT : NOT_RUNNING;
  return { code, stdout: options.has('q') ? '' : states.map((state) => `${state}\n`).join('') };
}

function isEnabled(
  { system: { services } }: CommandCall,
  names: readonly string[],
  options: ParsedOptions,
): Outcome {
  const states: string[] = [];
  for (const name of names) {
    const unit = services.unit(name);
    if (unit === undefined)
      return failWith(
        NO_SUCH_UNIT,
        `Failed to get unit file state for ${unitName(name)}: No such file or directory`,
      );
    states.push(services.enabledState(unit));
  }
  const isFine = states.some((state) => state !== 'disabled');
  return {
    code: isFine ? 0 : 1,
    stdout: options.has('q') ? '' : states.map((state) => `${state}\n`).join(''),
  };
}

function status(call: CommandCall, names: readonly string[]): Outcome {
  const { services, journal } = call.system;
  let stdout = '';
  let code = 0;
  for (const name of names) {
    const unit = services.unit(name);
    if (unit === undefined) return failWith(NO_SUCH_UNIT, `Unit ${unitName(name)} could not be found.`);
    const service = services.service(unit.name);
    const active = service?.state ?? 'inactive';
    if (active !== 'active') code = NOT_RUNNING;
    const since =
      service?.activeSince === undefined ? '' : ` since ${new Date(service.activeSince).toUTCString()}`;
    const log = journal.entries(unit.name).slice(-LINES_IN_STATUS);
    stdout +=
      `● ${unit.name} - ${unit.description}\n` +
      `     Loaded: loaded (${unit.path}; ${services.enabledState(unit)}; preset: enabled)\n` +
      `     Active: ${active} (${service?.subState ?? 'dead'})${active === 'active' ? since : ''}\n\n` +
      log.map((entry) => `${formatEntry(entry, hostnameOf(call))}\n`).join('');
  }
  return { code, stdout };
}

function show(
  { system: { services } }: CommandCall,
  names: readonly string[],
  options: ParsedOptions,
): Outcome {
  const wanted = options.value('p')?.split(',');
  let stdout = '';
  for (const name of names) {
    const unit = services.unit(name);
    const properties = propertiesOf(
      unitName(name),
      unit,
      services.service(name),
      unit && services.enabledState(unit),
    );
    for (const [key, value] of Object.entries(properties)) {
      if (wanted === undefined || wanted.includes(key))
        stdout += options.has('value') ? `${value}\n` : `${key}=${value}\n`;
    }
  }
  return succeed(stdout);
}

function propertiesOf(
  name: string,
  unit: Unit | undefined,
  service: Service | undefined,
  enabled: string | undefined,
): Record<string, string> {
  const hasFailed = service?.lastCode !== undefined && service.lastCode !== 0 && service.state !== 'active';
  return {
    Id: unit?.name ?? name,
    Description: unit?.description ?? name,
    LoadState: unit === undefined ? 'not-found' : 'loaded',
    ActiveState: service?.state ?? 'inactive',
    SubState: service?.subState ?? 'dead',
    UnitFileState: enabled ?? '',
    FragmentPath: unit?.path ?? '',
    NRestarts: String(service?.restarts ?? 0),
    Result: hasFailed ? 'exit-code' : 'success',
    ExecMainStatus: String(service?.lastCode ?? 0),
    MainPID: String(service?.process()?.pid ?? 0),
  };
}
