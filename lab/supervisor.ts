/** Brings up everything that is not there yet: Temporal, the embedded world, the worker and the API. */
import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootSettings } from './boot-settings.js';
import { Child } from './child.js';
import { backupSettings } from './backup-settings.js';
import { datastoreSettings } from './datastore-settings.js';
import { csiSettings } from './csi-settings.js';
import type { LabOptions } from './options.js';
import { runOnce } from './run-once.js';
import { startDevServer, type DevServer } from './temporal/dev-server.js';
import { findTemporalCli } from './temporal/find-cli.js';
import type { WorldAddresses } from './world.js';

export interface Running {
  readonly apiUrl: string;
  /** `null` when the worker serves none. */
  readonly metricsUrl: string | null;
  readonly temporalAddress: string;
  /** `null` when a Temporal server of somebody else is used. */
  readonly temporalUiUrl: string | null;
  /** `null` when a real Proxmox VE is used. */
  readonly world: WorldAddresses | null;
  readonly stop: () => Promise<void>;
}

export interface Audience {
  readonly say: (line: string) => void;
  /** Told each time a process serves, also when it was started again. */
  readonly served: (name: string, pid: number | undefined) => void;
}

/** The lab's machines, and their network: it exists only behind the lab's SOCKS5 entrance. */
const LAB_MACHINES = {
  NETWORK_BRIDGE: 'vmbr0',
  NETWORK_CIDR: '10.1.107.0/24',
  NETWORK_GATEWAY: '10.1.107.1',
  NETWORK_RANGE: '10.1.107.100-200',
  // Nothing in the lab remembers whose an address was.
  ADDRESS_QUARANTINE_SECONDS: '0',
  NETWORK_NAMESERVERS: '10.1.107.1',
  NETWORK_DOMAIN: 'lab.internal',
  PUBLIC_CIDR: '10.1.3.0/24',
  PUBLIC_IP_RANGE: '10.1.3.100-10.1.3.199',
  PUBLIC_GATEWAY: '10.1.3.1',
  MACHINE_STORAGE: 'local-zfs',
  // On a storage that all hosts share, so that a pair of machines may be on two of them.
  SERVICE_IMAGE: 'ceph-vm:9002/ubuntu-24.04-template',
} as const;

/**
 * Below the ports that systems give to outgoing connections (Linux from 32768, others from 49152): one of those could be
 * taken between being found free and being listened at.
 */
const OWN_PORTS = { from: 20_000, to: 32_767 } as const;
/** By this process: what was found free is not listened at yet when the next one is looked for. */
const givenPorts = new Set<number>();

const module = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export async function startEverything(
  options: LabOptions,
  env: NodeJS.ProcessEnv,
  audience: Audience,
): Promise<Running> {
  const stateDir = resolve(options.stateDir);
  mkdirSync(stateDir, { recursive: true });
  const log = (name: string): string => join(stateDir, 'logs', `${name}.log`);
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    for (const part of started.toReversed()) await part.stop();
  };
  try {
    const bootPort = await portOrFree(options.bootPort);
    const both = await Promise.allSettled([
      env['PROXMOX_URL'] === undefined
        ? startWorldProcess(options, stateDir, { env, log, audience, bootPort })
        : null,
      env['TEMPORAL_ADDRESS'] === undefined ? startTemporal(options, stateDir, audience) : null,
    ]);
    // What has come up is stopped, also when the other one has not.
    const [world, temporal] = [upOrNull(both[0]), upOrNull(both[1])];
    if (world !== null) started.push(world.child);
    if (temporal !== null) started.push(temporal.server);
    for (const one of both) if (one.status === 'rejected') throw one.reason;
    const serviceEnv = {
      ...env,
      ...(temporal === null ? {} : { TEMPORAL_ADDRESS: temporal.server.address }),
      DATABASE_PATH: env['DATABASE_PATH'] ?? join(stateDir, 'clusterwright.db'),
      SECRETS_KEY: env['SECRETS_KEY'] ?? keyIn(join(stateDir, 'secrets.key')),
      ...(world === null ? {} : labSettings(world.addresses, options, env)),
      ...(world === null ? {} : bootSettings(stateDir, bootPort)),
      ...(world === null ? {} : csiSettings(stateDir, world.addresses)),
      // The same after the worker was started again, as it was printed.
      ...(world === null ? {} : { METRICS_PORT: env['METRICS_PORT'] ?? String(await portOrFree(0)) }),
    };
    const child = (name: string, path: string): Child =>
      new Child({ name, module: module(path), args: [], env: serviceEnv, logFile: log(name), ...audience });
    const worker = child('worker', '../workers/main.js');
    const api = child('api', '../api/main.js');
    started.push(worker, api);
    const schedules = runOnce({
      name: 'schedules',
      module: module('../workers/apply-schedules.js'),
      env: serviceEnv,
      logFile: log('schedules'),
      // Clusters are made without them, too.
    }).catch((error: unknown) => audience.say(error instanceof Error ? error.message : String(error)));
    const [working, ready] = await Promise.all([worker.start(), api.start(), schedules]);
    const metricsUrl = working['metricsUrl'];
    return {
      apiUrl: String(ready['url']),
      metricsUrl: typeof metricsUrl === 'string' ? metricsUrl : null,
      temporalAddress: serviceEnv['TEMPORAL_ADDRESS'] ?? '',
      temporalUiUrl: temporal?.uiUrl ?? null,
      world: world?.addresses ?? null,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function upOrNull<T>(outcome: PromiseSettledResult<T | null>): T | null {
  return outcome.status === 'fulfilled' ? outcome.value : null;
}

async function startTemporal(
  options: LabOptions,
  stateDir: string,
  { say, served }: Audience,
): Promise<{ server: DevServer; uiUrl: string }> {
  const executable = await findTemporalCli(say);
  const [port, uiPort] = [await portOrFree(options.temporalPort), await portOrFree(options.uiPort)];
  const database = join(stateDir, 'temporal.db');
  const server = await startDevServer({ executable, port, uiPort, database }, () => {
    say('the Temporal server ended; it was started again');
    served('temporal', server.pid());
  });
  served('temporal', server.pid());
  return { server, uiUrl: `http://127.0.0.1:${uiPort}` };
}

async function startWorldProcess(
  options: LabOptions,
  stateDir: string,
  how: { env: NodeJS.ProcessEnv; log: (name: string) => string; audience: Audience; bootPort: number },
): Promise<{ child: Child; addresses: WorldAddresses }> {
  const args = [
    ...['--speed', String(options.speed), '--seed', String(options.seed), '--state-dir', stateDir],
    ...['--proxmox-port', String(await portOrFree(options.proxmoxPort))],
    ...['--proxy-port', String(await portOrFree(options.proxyPort))],
    ...['--control-port', String(await portOrFree(options.controlPort))],
    ...['--boot-port', String(how.bootPort)],
    ...['--dns-port', String(await portOrFree(options.dnsPort))],
  ];
  const child = new Child({
    name: 'lab',
    module: module('./world-main.js'),
    args,
    env: how.env,
    logFile: how.log('lab'),
    ...how.audience,
  });
  return { child, addresses: (await child.start()) as unknown as WorldAddresses };
}

/** What an operator would set for a Proxmox VE of their own. What is set already stays. */
function labSettings(world: WorldAddresses, options: LabOptions, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    // The lab is open to whoever is on this machine, and to nobody else.
    API_AUTH: 'none',
    API_HOST: '127.0.0.1',
    API_PORT: String(options.apiPort),
    ...LAB_MACHINES,
    DNS_KEYS: world.dnsKeys,
    ...datastoreSettings(options.stateDir),
    ...backupSettings(options.stateDir),
    // What is broken here is soon mended.
    PROXMOX_BREAKER_RESET_SECONDS: '5',
    ...env,
    PROXMOX_URL: world.proxmoxUrls.join(','),
    PROXMOX_TOKEN: world.proxmoxToken,
    PROXMOX_FINGERPRINT: world.proxmoxFingerprint,
    MACHINE_PROXY_URL: world.machineProxyUrl,
  };
}

/** The key that secrets are sealed with: made once, and readable by nobody else. */
function keyIn(path: string): string {
  if (!existsSync(path)) writeFileSync(path, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx' });
  return readFileSync(path, 'utf8').trim();
}

async function portOrFree(port: number): Promise<number> {
  if (port !== 0) return port;
  const { from, to } = OWN_PORTS;
  for (;;) {
    const candidate = randomInt(from, to + 1);
    if (givenPorts.has(candidate) || !(await isFree(candidate))) continue;
    givenPorts.add(candidate);
    return candidate;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
