/** cloud-init's boot stages (https://docs.cloud-init.io/en/latest/explanation/boot.html). */
import { rootAccount } from '../disk/accounts.js';
import { ARCHIVE, isInstalled, unpack } from '../disk/packages.js';
import { appendText, isThere, putFile, readText } from '../disk/root-files.js';
import { runShell } from '../shell/run-shell.js';
import { makeHostKeys } from '../ssh/host-key.js';
import type { GuestSystem } from '../system.js';
import { parseUserData, type CloudConfig, type ParsedUserData } from './cloud-config.js';
import { adoptInstance, parseMetaData, takeTurn, type MetaData } from './instance.js';
import { RUN_COMMANDS, writeRunCommands } from './run-commands.js';
import type { Seed } from './seed.js';
import { setUpUsers } from './users.js';
import { writeFiles } from './write-files.js';

export const NETPLAN = '/etc/netplan/50-cloud-init.yaml';
const OUTPUT = '/var/log/cloud-init-output.log';

/** What the later stages have to know. */
export interface Instance {
  readonly metaData: MetaData;
  readonly isNew: boolean;
  readonly userData: ParsedUserData;
}

/** Before the network: the seed is read, and what it says of the network is written down for a new instance. */
export function localStage(system: GuestSystem, seed: Seed): Instance {
  const { disk, cloudInit } = system;
  cloudInit.begin('init-local');
  const metaData = parseMetaData(seed.metaData);
  const isNew = adoptInstance(disk, metaData.instanceId);
  if (isNew) {
    const wanted = seed.networkConfig ?? fallbackNetwork(system);
    const hasOuter = /^["']?network["']?:/m.test(wanted);
    const text = hasOuter ? wanted : `network:\n${wanted.replaceAll(/^(?=.)/gm, '  ')}`;
    putFile(disk, NETPLAN, text, { mode: 0o600 });
  }
  return { metaData, isNew, userData: parseUserData(seed.userData) };
}

/** Where nothing is said of the network, the first card asks for an address. */
function fallbackNetwork({ interfaces }: GuestSystem): string {
  const [card] = interfaces.cards();
  if (card === undefined) return 'version: 2\n';
  const { name, mac } = card;
  return `version: 2\nethernets:\n  ${name}:\n    match: {macaddress: '${mac}'}\n    dhcp4: true\n`;
}

/** With the network, before anybody can log in: names, files, users, host keys. */
export async function networkStage(
  system: GuestSystem,
  { metaData, isNew, userData }: Instance,
): Promise<void> {
  const { disk, cloudInit } = system;
  cloudInit.begin('init');
  for (const error of userData.errors) cloudInit.fail(error);
  for (const warning of userData.warnings) cloudInit.warn(warning);
  const { config } = userData;
  const once = onceAnInstance(system);
  await once('write_files', () =>
    writeFiles(
      disk,
      (config.write_files ?? []).filter(({ defer }) => defer !== true),
    ),
  );
  await once('set_hostname', () => setHostname(system, config, metaData));
  await once('users_groups', () => setUpUsers(disk, config));
  await once('ssh', () => makeHostKeys(disk, isNew && config.ssh_deletekeys !== false));
}

/** While the machine is up already: packages and the user's own commands. */
export async function finalStages(system: GuestSystem, { userData: { config } }: Instance): Promise<void> {
  const { disk, cloudInit, power } = system;
  const once = onceAnInstance(system);
  cloudInit.begin('modules-config');
  await once('runcmd', () => writeRunCommands(disk, config.runcmd ?? []));
  await once('timezone', () => {
    if (config.timezone !== undefined) putFile(disk, '/etc/timezone', `${config.timezone}\n`);
  });

  cloudInit.begin('modules-final');
  appendText(disk, OUTPUT, `Cloud-init v. 24.2 running 'modules:final' at ${new Date().toUTCString()}.\n`);
  await once('package_update_upgrade_install', () => installPackages(system, config));
  await once('write_files_deferred', () =>
    writeFiles(
      disk,
      (config.write_files ?? []).filter(({ defer }) => defer === true),
    ),
  );
  await once('scripts_user', () => runScripts(system));
  if (power.aborted) return;
  appendText(disk, OUTPUT, `${config.final_message ?? 'Cloud-init v. 24.2 finished'}\n`);
  cloudInit.end();
}

type Once = (module: string, run: () => void | Promise<void>) => Promise<void>;

/** A module that fails is reported, and the next one runs. */
function onceAnInstance({ disk, cloudInit, power }: GuestSystem): Once {
  return async (module, run) => {
    if (power.aborted || !takeTurn(disk, module)) return;
    try {
      await run();
    } catch (error) {
      if (power.aborted) return;
      cloudInit.fail(`('${module}', ${(error as Error).message})`);
    }
  };
}

function setHostname({ disk }: GuestSystem, config: CloudConfig, metaData: MetaData): void {
  const hostname = config.hostname ?? config.fqdn?.split('.')[0] ?? metaData.hostname;
  if (hostname === null) return;
  const isLong = config.prefer_fqdn_over_hostname === true && config.fqdn !== undefined;
  putFile(disk, '/etc/hostname', `${isLong ? config.fqdn : hostname}\n`);
  const isManaged = config.manage_etc_hosts === true || config.manage_etc_hosts === 'localhost';
  if (!isManaged) return;
  const others = (readText(disk, '/etc/hosts') ?? '')
    .split('\n')
    .filter((line) => !line.startsWith('127.0.1.1'));
  const names = [config.fqdn, hostname].filter((name) => name !== undefined).join(' ');
  putFile(disk, '/etc/hosts', [`127.0.1.1 ${names}`, ...others].join('\n'));
}

/** What the archive has is installed, also where something else is missing in it. */
async function installPackages(system: GuestSystem, config: CloudConfig): Promise<void> {
  const { disk, latency, machine, power } = system;
  const names = (config.packages ?? []).map((entry) =>
    typeof entry === 'string' ? entry : (entry[0] ?? ''),
  );
  const isCutOff = !system.reachesInternet();
  const unknown = names.filter(
    (name) => !Object.hasOwn(ARCHIVE, name) || (isCutOff && !isInstalled(disk, name)),
  );
  for (const name of names) {
    if (unknown.includes(name) || isInstalled(disk, name)) continue;
    await latency.wait('guest.package', machine.name, power);
    unpack(disk, name);
    appendText(disk, OUTPUT, `Setting up ${name} (${ARCHIVE[name]?.version}) ...\n`);
  }
  if (unknown.length === 0) return;
  appendText(
    disk,
    OUTPUT,
    unknown.map((name) => `E: Unable to ${isCutOff ? 'fetch' : 'locate'} package ${name}\n`).join(''),
  );
  throw new Error(
    `PackageInstallerError("Failed to install the following packages: {${unknown.map((name) => `'${name}'`).join(', ')}}. See associated package manager logs for more details.")`,
  );
}

async function runScripts(system: GuestSystem): Promise<void> {
  const { disk, power } = system;
  if (!isThere(disk, RUN_COMMANDS)) return;
  const account = rootAccount(disk);
  const { code, stdout, stderr } = await runShell(system, {
    account,
    script: `sh ${RUN_COMMANDS}`,
    cwd: '/',
    signal: power,
  });
  if (power.aborted) return;
  appendText(disk, OUTPUT, Buffer.concat([stdout, stderr]).toString());
  if (code !== 0) throw new Error("RuntimeError('Runparts: 1 failures (runcmd) in 1 attempted commands')");
}
