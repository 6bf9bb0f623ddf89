/** `#cloud-config` user data: what is understood of it, and what cloud-init's schema objects to. */
import { parse } from 'yaml';

export interface CloudConfig {
  readonly hostname?: string;
  readonly fqdn?: string;
  readonly prefer_fqdn_over_hostname?: boolean;
  readonly manage_etc_hosts?: boolean | string;
  readonly timezone?: string;
  readonly users?: readonly (string | UserEntry)[];
  readonly ssh_authorized_keys?: readonly string[];
  readonly ssh_deletekeys?: boolean;
  readonly disable_root?: boolean;
  readonly packages?: readonly (string | readonly string[])[];
  readonly write_files?: readonly FileEntry[];
  readonly runcmd?: readonly (string | readonly (string | number | boolean)[] | null)[];
  readonly final_message?: string;
}

export interface UserEntry {
  readonly name: string;
  readonly gecos?: string;
  readonly homedir?: string;
  readonly shell?: string;
  readonly groups?: string | readonly string[];
  readonly sudo?: string | readonly string[] | false | null;
  readonly ssh_authorized_keys?: readonly string[];
}

export interface FileEntry {
  readonly path: string;
  readonly content?: string;
  readonly encoding?: string;
  readonly permissions?: string;
  readonly owner?: string;
  readonly append?: boolean;
  readonly defer?: boolean;
}

export interface ParsedUserData {
  readonly config: CloudConfig;
  /** cloud-init goes on with these; `cloud-init status` exits with 2. */
  readonly warnings: readonly string[];
  /** With these it does not. */
  readonly errors: readonly string[];
}

type Check = (value: unknown) => boolean;

const isString: Check = (value) => typeof value === 'string';
const isBoolean: Check = (value) => typeof value === 'boolean';
const isObject: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const any: Check = () => true;
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every((item) => check(item));
const either =
  (...checks: Check[]): Check =>
  (value) =>
    checks.some((check) => check(value));
const hasString =
  (...keys: string[]): Check =>
  (value) =>
    isObject(value) && keys.every((key) => isString((value as Record<string, unknown>)[key]));

const isCommand = either(
  isString,
  listOf(either(isString, isBoolean, (value) => typeof value === 'number')),
  (value) => value === null,
);

/** Top-level keys with what their values have to be; the ones that have no effect here are accepted all the same. */
const SCHEMA: Readonly<Record<string, readonly [Check, string]>> = {
  apt: [isObject, 'object'],
  bootcmd: [listOf(isCommand), 'array'],
  ca_certs: [isObject, 'object'],
  chpasswd: [isObject, 'object'],
  disable_root: [isBoolean, 'boolean'],
  disk_setup: [isObject, 'object'],
  final_message: [isString, 'string'],
  fqdn: [isString, 'string'],
  fs_setup: [listOf(isObject), 'array'],
  groups: [any, 'object'],
  growpart: [isObject, 'object'],
  hostname: [isString, 'string'],
  keyboard: [isObject, 'object'],
  locale: [either(isString, isBoolean), 'string'],
  manage_etc_hosts: [either(isBoolean, isString), 'boolean'],
  mounts: [listOf(Array.isArray), 'array'],
  ntp: [either(isObject, (value) => value === null), 'object'],
  output: [isObject, 'object'],
  package_reboot_if_required: [isBoolean, 'boolean'],
  package_update: [isBoolean, 'boolean'],
  package_upgrade: [isBoolean, 'boolean'],
  packages: [listOf(either(isString, listOf(isString))), 'array'],
  password: [isString, 'string'],
  power_state: [isObject, 'object'],
  prefer_fqdn_over_hostname: [isBoolean, 'boolean'],
  preserve_hostname: [isBoolean, 'boolean'],
  resize_rootfs: [either(isBoolean, isString), 'boolean'],
  runcmd: [listOf(isCommand), 'array'],
  ssh: [isObject, 'object'],
  ssh_authorized_keys: [listOf(isString), 'array'],
  ssh_deletekeys: [isBoolean, 'boolean'],
  ssh_genkeytypes: [listOf(isString), 'array'],
  ssh_keys: [isObject, 'object'],
  ssh_pwauth: [either(isBoolean, isString), 'boolean'],
  ssh_quiet_keygen: [isBoolean, 'boolean'],
  swap: [isObject, 'object'],
  system_info: [isObject, 'object'],
  timezone: [isString, 'string'],
  user: [either(isString, isObject), 'string'],
  users: [either(listOf(either(isString, hasString('name'))), isString), 'array'],
  write_files: [listOf(hasString('path')), 'array'],
};

const HEADER = '#cloud-config';

export function parseUserData(text: string): ParsedUserData {
  if (text.trim() === '') return { config: {}, warnings: [], errors: [] };
  if (text.split('\n', 1)[0]?.trim() !== HEADER) {
    return {
      config: {},
      warnings: [`Unhandled non-multipart (text/x-not-multipart) userdata: '${text.slice(0, 24)}...'`],
      errors: [],
    };
  }
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    return { config: {}, warnings: [], errors: [`Failed loading yaml blob. ${(error as Error).message}`] };
  }
  if (document === null) return { config: {}, warnings: [], errors: [] };
  if (!isObject(document)) {
    return {
      config: {},
      warnings: [],
      errors: ['Failed loading yaml blob. Yaml load allows (dict) root types only'],
    };
  }
  const accepted: Record<string, unknown> = {};
  const objections: string[] = [];
  for (const [key, value] of Object.entries(document as object)) {
    const rule = Object.hasOwn(SCHEMA, key) ? SCHEMA[key] : undefined;
    if (rule === undefined)
      objections.push(`Additional properties are not allowed ('${key}' was unexpected)`);
    else if (!rule[0](value)) objections.push(`${key}: ${JSON.stringify(value)} is not of type '${rule[1]}'`);
    else accepted[key] = value;
  }
  const warnings = objections.length === 0 ? [] : [`Invalid cloud-config provided: ${objections.join(', ')}`];
  return { config: accepted, warnings, errors: [] };
}
