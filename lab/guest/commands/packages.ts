/** `apt-get`, `dpkg`, `dpkg-query` over the packages of the lab's archive. */
import { ARCHIVE, installedPackages, isInstalled, unitOf, unpack } from '../disk/packages.js';
import {
  failWith,
  succeed,
  UsageError,
  type CommandCall,
  type GuestCommand,
  type Outcome,
} from '../shell/guest-command.js';
import { flag, parseOptions, valued } from '../shell/options.js';

const OPTIONS = [
  ...[
    flag('y', 'yes', 'assume-yes'),
    flag('q', 'quiet'),
    flag('no-install-recommends'),
    flag('f', 'fix-broken'),
  ],
  ...[flag('purge'), flag('allow-downgrades'), valued('o', 'option'), valued('t', 'target-release')],
];
const APT_FAILED = 100;
const UNREACHABLE_ARCHIVE =
  'E: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?';

export const aptGet: GuestCommand = { name: 'apt-get', usageCode: APT_FAILED, run: apt };
export const aptCommand: GuestCommand = { name: 'apt', usageCode: APT_FAILED, run: apt };

async function apt(args: readonly string[], call: CommandCall): Promise<Outcome> {
  const options = parseOptions(args, { declared: OPTIONS });
  const [verb, ...names] = options.operands;
  if (verb === undefined) throw new UsageError('no command given');
  if (call.account.uid !== 0) {
    return failWith(
      APT_FAILED,
      'E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)\n' +
        'E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?',
    );
  }
  switch (verb) {
    case 'update':
      return succeed('Reading package lists...\n');
    case 'upgrade':
    case 'dist-upgrade':
    case 'autoremove':
    case 'clean':
      return succeed('0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n');
    case 'install':
      return installAll(call, names);
    default:
      return failWith(APT_FAILED, `E: Invalid operation ${verb}`);
  }
}

async function installAll({ system, signal }: CommandCall, names: readonly string[]): Promise<Outcome> {
  const unknown = names.filter((name) => !Object.hasOwn(ARCHIVE, name));
  if (unknown.length > 0) {
    return failWith(APT_FAILED, unknown.map((name) => `E: Unable to locate package ${name}`).join('\n'));
  }
  const missing = names.filter((name) => !isInstalled(system.disk, name));
  if (missing.length > 0 && !system.reachesInternet()) return failWith(APT_FAILED, UNREACHABLE_ARCHIVE);
  for (const name of missing) {
    await system.latency.wait('guest.package', system.machine.name, signal);
    unpack(system.disk, name);
    const unit = unitOf(name);
    const loaded = unit === undefined ? undefined : system.services.unit(unit);
    if (loaded !== undefined) {
      // Debian's packages start what they bring.
      system.services.enable(loaded);
      await system.services.start(loaded);
    }
  }
  const lines = missing.map((name) => `Setting up ${name} (${ARCHIVE[name]?.version}) ...\n`);
  return succeed(
    `${lines.join('')}0 upgraded, ${missing.length} newly installed, 0 to remove and 0 not upgraded.\n`,
  );
}

export const dpkg: GuestCommand = {
  name: 'dpkg',
  usageCode: 2,
  run: (args, { system }) => {
    const options = parseOptions(args, {
      declared: [flag('l', 'list'), flag('s', 'status'), flag('print-architecture')],
    });
    if (options.has('print-architecture')) return succeed('amd64\n');
    const [name] = options.operands;
    const all = installedPackages(system.disk);
    if (options.has('s')) {
      const found = all.find((each) => each.name === name);
      if (found === undefined)
        return failWith(1, `dpkg-query: package '${name}' is not installed and no information is available`);
      return succeed(`Package: ${found.name}\nStatus: install ok installed\nVersion: ${found.version}\n`);
    }
    if (!options.has('l')) throw new UsageError('need an action option');
    const chosen = all.filter((each) => name === undefined || each.name === name);
    if (chosen.length === 0) return failWith(1, `dpkg-query: no packages found matching ${name}`);
    return succeed(chosen.map((each) => `ii  ${each.name}  ${each.version}  amd64\n`).join(''));
  },
};

export const dpkgQuery: GuestCommand = {
  name: 'dpkg-query',
  usageCode: 2,
  run: (args, { system }) => {
    const options = parseOptions(args, { declared: [flag('W', 'show'), valued('f', 'showformat')] });
    if (!options.has('W')) throw new UsageError('need an action option');
    const [name] = options.operands;
    const chosen = installedPackages(system.disk).filter((each) => name === undefined || each.name === name);
    if (chosen.length === 0) return failWith(1, `dpkg-query: no packages found matching ${name}`);
    const format = options.value('f') ?? '${Package}\\t${Version}\\n';
    const print = (each: { name: string; version: string }): string =>
      format
        .replaceAll('${Package}', each.name)
        .replaceAll('${Version}', each.version)
        .replaceAll('${Status}', 'install ok installed')
        .replaceAll('\\n', '\n')
        .replaceAll('\\t', '\t');
    return succeed(chosen.map(print).join(''));
  },
};
