/** `apt-get`, `dpkg`, `dpkg-query` over the packages of the lab's archive. */
import { locatePackage, updateLists } from '../apt/sources.js';
import { installedPackages, unitOf, unpackContents, type InstalledPackage } from '../disk/packages.js';
import {
  failWith,
  succeed,
  UsageError,
  type CommandCall,
  type GuestCommand,
  type Outcome,
} from '../shell/guest-command.js';
import { flag, parseOptions, valued, type ParsedOptions } from '../shell/options.js';

const OPTIONS = [
  ...[
    flag('y', 'yes', 'assume-yes'),
    flag('q', 'quiet'),
    flag('no-install-recommends'),
    flag('f', 'fix-broken'),
  ],
  ...[
    flag('purge'),
    flag('allow-downgrades'),
    flag('allow-change-held-packages'),
    valued('o', 'option'),
    valued('t', 'target-release'),
  ],
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
      return update(call);
    case 'upgrade':
    case 'dist-upgrade':
    case 'autoremove':
    case 'clean':
      return succeed('0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n');
    case 'install':
      return installAll(call, names, options);
    default:
      return failWith(APT_FAILED, `E: Invalid operation ${verb}`);
  }
}

function update({ system }: CommandCall): Outcome {
  const complaints = updateLists(system.disk);
  const stderr = complaints.map((line) => `${line}\n`).join('');
  const hasFailed = complaints.some((line) => line.startsWith('E:'));
  return { code: hasFailed ? APT_FAILED : 0, stdout: 'Reading package lists...\n', stderr };
}

async function installAll(
  { system, signal }: CommandCall,
  wanted: readonly string[],
  options: ParsedOptions,
): Promise<Outcome> {
  const found = wanted.map((word) => {
    const [name = '', pattern] = word.split('=');
    return { word, name, pattern, contents: locatePackage(system.disk, name, pattern) };
  });
  const complaints = found
    .filter(({ contents }) => contents === undefined)
    .map(({ word, name, pattern }) => {
      const isKnown = pattern !== undefined && locatePackage(system.disk, name, undefined) !== undefined;
      return isKnown
        ? `E: Version '${pattern}' for '${name}' was not found`
        : `E: Unable to locate package ${word}`;
    });
  if (complaints.length > 0) return failWith(APT_FAILED, complaints.join('\n'));
  const installed = installedPackages(system.disk);
  const missing = found.filter(({ name, pattern, contents }) => {
    const there = installed.find((each) => each.name === name);
    return there === undefined || (pattern !== undefined && there.version !== contents?.version);
  });
  const isHeld = missing.some(({ name }) =>
    installed.some((each) => each.name === name && each.status === 'hold'),
  );
  if (isHeld && !options.has('allow-change-held-packages')) {
    return failWith(
      APT_FAILED,
      'E: Held packages were changed and -y was used without --allow-change-held-packages.',
    );
  }
  if (missing.length > 0 && !system.reachesInternet()) return failWith(APT_FAILED, UNREACHABLE_ARCHIVE);
  for (const { name, contents } of missing) {
    if (contents === undefined) continue;
    await system.latency.wait('guest.package', system.machine.name, signal);
    unpackContents(system.disk, name, contents);
    const unit = unitOf(contents);
    const loaded = unit === undefined ? undefined : system.services.unit(unit);
    if (loaded !== undefined) {
      // Debian's packages start what they bring.
      system.services.enable(loaded);
      await system.services.start(loaded);
    }
  }
  const lines = missing.map(({ name, contents }) => `Setting up ${name} (${contents?.version}) ...\n`);
  return succeed(
    `${lines.join('')}0 upgraded, ${missing.length} newly installed, 0 to remove and 0 not upgraded.\n`,
  );
}

export const dpkg: GuestCommand = {
  name: 'dpkg',
  usageCode: 2,
  run: (args, { system }) => {
    const options = parseOptions(args, {
      declared: [
        ...[flag('l', 'list'), flag('s', 'status')],
        ...[flag('print-architecture'), flag('compare-versions')],
      ],
    });
    if (options.has('print-architecture')) return succeed('amd64\n');
    if (options.has('compare-versions')) return compared(options.operands);
    const [name] = options.operands;
    const all = installedPackages(system.disk);
    if (options.has('s')) {
      const found = all.find((each) => each.name === name);
      if (found === undefined)
        return failWith(1, `dpkg-query: package '${name}' is not installed and no information is available`);
      return succeed(
        `Package: ${found.name}\nStatus: ${found.status} ok installed\nVersion: ${found.version}\n`,
      );
    }
    if (!options.has('l')) throw new UsageError('need an action option');
    const chosen = all.filter((each) => name === undefined || each.name === name);
    if (chosen.length === 0) return failWith(1, `dpkg-query: no packages found matching ${name}`);
    return succeed(chosen.map((each) => `ii  ${each.name}  ${each.version}  amd64\n`).join(''));
  },
};

const RELATIONS: Readonly<Record<string, (order: number) => boolean>> = {
  lt: (order) => order < 0,
  le: (order) => order <= 0,
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
  ge: (order) => order >= 0,
  gt: (order) => order > 0,
};

/** An empty version is older than any. */
function compared([left = '', relation = '', right = '']: readonly string[]): Outcome {
  const holds = Object.hasOwn(RELATIONS, relation) ? RELATIONS[relation] : undefined;
  if (holds === undefined) throw new UsageError('--compare-versions bad relation');
  const parts = (text: string): string[] => text.match(/\d+|\D+/g) ?? [];
  const [a, b] = [parts(left), parts(right)];
  const at = a.findIndex((part, index) => part !== b[index]);
  const [x = '', y = ''] = at < 0 ? ['', b.length > a.length ? '1' : ''] : [a[at], b[at]];
  const order = Number(x) - Number(y);
  return { code: holds(Number.isNaN(order) ? x.localeCompare(y) : order) ? 0 : 1 };
}

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
    const print = (each: InstalledPackage): string =>
      format
        .replaceAll('${Package}', each.name)
        .replaceAll('${Version}', each.version)
        .replaceAll('${Status}', `${each.status} ok installed`)
        .replaceAll('\\n', '\n')
        .replaceAll('\\t', '\t');
    return succeed(chosen.map(print).join(''));
  },
};
