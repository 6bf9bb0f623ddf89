/** What K3s was told: its configuration files, the arguments of its unit and its environment, in that order. */
import { parse } from 'yaml';
import type { DiskTree } from '../disk/disk-tree.js';
import { listNames, readText } from '../disk/root-files.js';
import { RancherFatal } from './fatal.js';
import type { RancherDistribution } from './distribution.js';
import type { FlagDeclaration } from './flag.js';

export interface RancherConfiguration {
  readonly role: 'server' | 'agent';
  /** The last value of a text flag; an empty one counts as not given. */
  text(name: string): string | undefined;
  /** All values of a list flag; commas part values too. */
  list(name: string): readonly string[];
  isOn(name: string): boolean;
}

export interface ConfigurationSource {
  readonly distribution: Pick<RancherDistribution, 'configFolder' | 'flags' | 'variables'>;
  readonly role: 'server' | 'agent';
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly disk: DiskTree;
}

/** @throws RancherFatal for a flag that this role does not have, and for a file that is no YAML map. */
export function readConfiguration({
  distribution,
  role,
  args,
  env,
  disk,
}: ConfigurationSource): RancherConfiguration {
  const declared = distribution.flags[role];
  const isConfig = (word: string): boolean => word === '--config' || word === '-c';
  const at = args.findIndex(isConfig);
  const file = at >= 0 ? args[at + 1] : env[`${distribution.variables}_CONFIG_FILE`];
  if (file !== undefined && readText(disk, file) === undefined) {
    throw new RancherFatal(`open ${file}: no such file or directory`);
  }
  const values = parseFlags(
    [...fileArguments(disk, file ?? `${distribution.configFolder}/config.yaml`), ...args],
    declared,
  );
  const all = (name: string): readonly string[] => {
    const given = values.get(name) ?? [];
    const variable = declared.find((each) => each.name === name)?.variable;
    const fallback = variable === undefined ? undefined : env[variable];
    return given.length > 0 || fallback === undefined ? given : [fallback];
  };
  return {
    role,
    text: (name) => {
      const value = all(name).at(-1);
      return value === '' ? undefined : value;
    },
    list: (name) =>
      all(name)
        .flatMap((value) => value.split(','))
        .map((value) => value.trim())
        .filter((value) => value !== ''),
    isOn: (name) => /^(true|1|t|T|TRUE|True)$/.test(all(name).at(-1) ?? 'false'),
  };
}

function parseFlags(args: readonly string[], declared: readonly FlagDeclaration[]): Map<string, string[]> {
  const values = new Map<string, string[]>();
  const todo = [...args];
  for (let word = todo.shift(); word !== undefined; word = todo.shift()) {
    const [, name, , inline] = /^--?([^=]+)(=(.*))?$/s.exec(word) ?? [];
    // What is no flag is a command or a value to nobody; the program takes no notice of it.
    if (name === undefined) continue;
    const flag = declared.find((each) => each.name === name || each.short === name);
    // The program itself skips a key of its file that it does not know, with a warning. Here it ends: nobody reads
    // warnings, and a misspelt key is a mistake.
    if (flag === undefined) throw new RancherFatal(`flag provided but not defined: -${name}`);
    let value = inline;
    if (value === undefined) value = flag.kind === 'switch' ? 'true' : todo.shift();
    if (value === undefined) throw new RancherFatal(`flag needs an argument: -${name}`);
    if (flag.kind === 'switch' && !/^(true|false|1|0|t|f)$/i.test(value)) {
      throw new RancherFatal(`invalid boolean value "${value}" for -${name}: parse error`);
    }
    values.set(flag.name, [...(values.get(flag.name) ?? []), value]);
  }
  return values;
}

/** The file and its drop-ins: a later value replaces an earlier one, `key+` adds to it. */
function fileArguments(disk: DiskTree, file: string): string[] {
  const folder = `${file}.d`;
  const dropIns = listNames(disk, folder).filter((name) => /\.ya?ml$/.test(name));
  const merged = new Map<string, string[]>();
  for (const path of [file, ...dropIns.map((name) => `${folder}/${name}`)]) {
    const text = readText(disk, path);
    if (text === undefined) continue;
    for (const [key, value] of entries(text, path)) {
      const name = key.replace(/\+$/, '');
      const before = key.endsWith('+') ? (merged.get(name) ?? []) : [];
      merged.set(name, [...before, ...(Array.isArray(value) ? value : [value]).map(asText)]);
    }
  }
  return [...merged].flatMap(([name, values]) => values.map((value) => `--${name}=${value}`));
}

function entries(text: string, path: string): [string, unknown][] {
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    throw new RancherFatal(`failed to read ${path}: yaml: ${(error as Error).message.split('\n')[0]}`);
  }
  if (document === null) return [];
  if (typeof document !== 'object' || Array.isArray(document)) {
    throw new RancherFatal(
      `failed to read ${path}: yaml: unmarshal errors: cannot unmarshal into yaml.MapSlice`,
    );
  }
  return Object.entries(document);
}

function asText(value: unknown): string {
  return value === null || value === undefined
    ? ''
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);
}
