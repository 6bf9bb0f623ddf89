/** Service units: systemd.syntax(7), systemd.service(5). */
import { posix } from 'node:path';
import type { DiskTree } from '../disk/disk-tree.js';
import { ROOT } from '../disk/inode.js';
import { isThere, readText } from '../disk/root-files.js';

export interface Unit {
  /** With its suffix, such as `k3s.service`. */
  readonly name: string;
  readonly path: string;
  readonly description: string;
  readonly type: 'simple' | 'exec' | 'notify' | 'oneshot' | 'forking';
  readonly execStartPre: readonly UnitCommand[];
  readonly execStart: readonly UnitCommand[];
  /** None: the unit cannot be reloaded. */
  readonly execReload: readonly UnitCommand[];
  readonly environment: Readonly<Record<string, string>>;
  readonly user: string;
  readonly restart: 'no' | 'always' | 'on-failure';
  readonly restartMs: number;
  readonly remainsAfterExit: boolean;
  readonly wantedBy: readonly string[];
  /** Values of `ConditionPathExists`; one with a `!` holds where the path is not there. */
  readonly pathConditions: readonly string[];
  /** Values of `ConditionFileNotEmpty`. */
  readonly contentConditions: readonly string[];
}

export interface UnitCommand {
  readonly words: readonly string[];
  /** Written with a leading `-`. */
  readonly mayFail: boolean;
}

/** In the order in which systemd looks. */
export const UNIT_FOLDERS = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
] as const;

const DEFAULT_RESTART_MS = 100;
const TYPES = ['simple', 'exec', 'notify', 'oneshot', 'forking'] as const;

export function unitName(name: string): string {
  return /\.(service|target|timer|socket)$/.test(name) ? name : `${name}.service`;
}

/** @returns `undefined` where there is no such unit. */
export function loadUnit(disk: DiskTree, wanted: string): Unit | undefined {
  const name = unitName(wanted);
  const found = UNIT_FOLDERS.map((folder) => posix.join(folder, name)).find((path) => isThere(disk, path));
  if (found === undefined) return undefined;
  // An alias is a symbolic link to the unit.
  const path = disk.realpath(found, ROOT);
  return parseUnit(disk, posix.basename(path), path);
}

function parseUnit(disk: DiskTree, name: string, path: string): Unit {
  const entries = settings(readText(disk, path) ?? '', name);
  const last = (key: string): string | undefined =>
    entries.filter((entry) => entry.key === key).at(-1)?.value;
  const all = (key: string): string[] =>
    entries.filter((entry) => entry.key === key).map(({ value }) => value);
  const type = last('Service.Type');
  const restart = last('Service.Restart');
  return {
    name,
    path,
    description: last('Unit.Description') ?? name,
    type: TYPES.find((known) => known === type) ?? 'simple',
    execStartPre: all('Service.ExecStartPre').map(command),
    execStart: all('Service.ExecStart').map(command),
    execReload: all('Service.ExecReload').map(command),
    environment: environmentOf(disk, all('Service.EnvironmentFile'), all('Service.Environment')),
    user: last('Service.User') ?? 'root',
    restart: restart === 'always' || restart === 'on-failure' ? restart : 'no',
    restartMs: milliseconds(last('Service.RestartSec')) ?? DEFAULT_RESTART_MS,
    remainsAfterExit: /^(yes|true|1|on)$/.test(last('Service.RemainAfterExit') ?? 'no'),
    wantedBy: all('Install.WantedBy').flatMap((value) => value.split(/\s+/)),
    pathConditions: all('Unit.ConditionPathExists'),
    contentConditions: all('Unit.ConditionFileNotEmpty'),
  };
}

interface Setting {
  /** With its section: `Service.Type`. */
  readonly key: string;
  readonly value: string;
}

function settings(text: string, name: string): Setting[] {
  const entries: Setting[] = [];
  let section = '';
  const prefix = name.replace(/\.[^.]+$/, '');
  for (const line of text
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .map((each) => each.trim())) {
    if (line === '' || /^[#;]/.test(line)) continue;
    const header = /^\[(.+)\]$/.exec(line);
    if (header !== null) {
      section = header[1] ?? '';
      continue;
    }
    const at = line.indexOf('=');
    if (at < 0) continue;
    const value = line
      .slice(at + 1)
      .trim()
      .replaceAll('%n', name)
      .replaceAll(/%[Np]/g, prefix);
    entries.push({ key: `${section}.${line.slice(0, at).trim()}`, value });
  }
  return entries;
}

function command(line: string): UnitCommand {
  const [, prefix = '', rest = ''] = /^([-@:+!]*)(.*)$/.exec(line) ?? [];
  return { words: splitWords(rest), mayFail: prefix.includes('-') };
}

/** systemd.service(5): `$NAME` as a word of its own becomes as many words as it has, `${NAME}` a part of one. */
export function expandWords(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): string[] {
  return words.flatMap((word) => {
    const [, name] = /^\$([A-Za-z_]\w*)$/.exec(word) ?? [];
    if (name !== undefined) return splitWords(environment[name] ?? '');
    return [word.replaceAll(/\$\{([A-Za-z_]\w*)\}/g, (_, each: string) => environment[each] ?? '')];
  });
}

/** Words with the quotes of systemd.syntax(7); a lone backslash is what is left of a continued line. */
export function splitWords(text: string): string[] {
  const words = text.matchAll(/'([^']*)'|"((?:[^"\\]|\\.)*)"|(\S+)/g);
  return [...words]
    .map(([, single, double, bare]) => single ?? double?.replaceAll(/\\(.)/g, '$1') ?? bare ?? '')
    .filter((word) => word !== '\\');
}

function environmentOf(
  disk: DiskTree,
  files: readonly string[],
  assignments: readonly string[],
): Record<string, string> {
  const lines = [
    ...assignments.flatMap(splitWords),
    ...files.flatMap((file) => (readText(disk, file.replace(/^-/, '')) ?? '').split('\n')),
  ];
  const environment: Record<string, string> = {};
  for (const line of lines) {
    const [, key, value = ''] = /^\s*([A-Za-z_]\w*)=(.*)$/.exec(line) ?? [];
    if (key !== undefined) environment[key] = value.trim().replace(/^(["'])(.*)\1$/, '$2');
  }
  return environment;
}

/** systemd.time(7), as far as services use it: `5s`, `100ms`, `1min`, `90`. */
function milliseconds(text: string | undefined): number | undefined {
  const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)\s*(ms|s|sec|min|m|h)?$/.exec(text ?? '') ?? [];
  if (amount === undefined) return undefined;
  const factor = { ms: 1, s: 1_000, sec: 1_000, min: 60_000, m: 60_000, h: 3_600_000 }[unit] ?? 1_000;
  return Number(amount) * factor;
}
