/**
 * The live system that a medium or the network boots. It finds its configuration as any machine does (a medium, the
 * SMBIOS serial number, its kernel's arguments), installs itself with it on the first disk that has no system, and
 * restarts the machine. Nobody can log in to it; where something is missing it waits for a person.
 */
import type { LabMachine } from '../../machine-host.js';
import { fetchSeed } from '../cloud-init/network-seed.js';
import { findSeed, putSeed, seedAddress } from '../cloud-init/seed.js';
import { NETPLAN } from '../cloud-init/stages.js';
import type { DiskTree } from '../disk/disk-tree.js';
import { putFile } from '../disk/root-files.js';
import { fetchFrom } from '../networking/fetch.js';
import { dhcpOn } from '../networking/netplan.js';
import type { NetworkStack } from '../networking/network-stack.js';
import { makeHostKeys } from '../ssh/host-key.js';
import type { Latency } from '../../latency.js';
import { applyIgnition, IgnitionError } from './ignition.js';

export interface LiveSystemParts {
  readonly machine: LabMachine;
  readonly network: NetworkStack;
  readonly latency: Latency;
  /** Arguments of its kernel. */
  readonly commandLine: string;
  readonly print: (line: string) => void;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
  hasSystem(diskId: string): boolean;
  /** Makes the disk bootable, all at once. */
  install(diskId: string, write: (disk: DiskTree) => void): void;
}

/** What is written to the fresh system. @throws IgnitionError */
type Configuration = (disk: DiskTree) => void;

const IGNITION_ADDRESS = /(?:^|\s)(?:ignition\.config\.url|coreos\.inst\.ignition_url)=(\S+)/;
const MOST_ATTEMPTS = 11;
const RETRY_MS = 1_000;

/** @returns whether the machine is installed and has to start anew. Rejects when the power goes. */
export async function runLiveSystem(parts: LiveSystemParts): Promise<boolean> {
  const { machine, latency, print, signal } = parts;
  await latency.wait('guest.boot', machine.name, signal);
  const configuration = await findConfiguration(parts);
  if (configuration === undefined) {
    print('live: no configuration was found; waiting for a person');
    return false;
  }
  const target = machine.disks.find(({ diskId }) => !parts.hasSystem(diskId));
  if (target === undefined) {
    print('live: there is no empty disk to install on; waiting for a person');
    return false;
  }
  await latency.wait('guest.install', machine.name, signal);
  try {
    parts.install(target.diskId, configuration);
  } catch (error) {
    if (!(error instanceof IgnitionError)) throw error;
    print(`ignition: ${error.message}; entering emergency mode`);
    return false;
  }
  print('live: installed; restarting');
  return true;
}

async function findConfiguration(parts: LiveSystemParts): Promise<Configuration | undefined> {
  const { machine, commandLine } = parts;
  const seed = findSeed(machine.media);
  if (seed !== undefined) return (disk) => putSeed(disk, seed);
  const ignition = IGNITION_ADDRESS.exec(commandLine)?.[1];
  const address = seedAddress(machine.serial) ?? seedAddress(commandLine);
  if (ignition === undefined && address === undefined) return undefined;
  await askForAddress(parts);
  if (ignition !== undefined) return ignitionFrom(ignition, parts);
  const { network, pause, print, signal } = parts;
  const fetched = await fetchSeed(address ?? '', {
    network,
    pause,
    log: (line) => print(`cloud-init: ${line}`),
    signal,
  });
  return fetched === undefined ? undefined : (disk) => putSeed(disk, fetched);
}

/** By DHCP on the first card: what the machine's own addresses are it does not know yet. */
async function askForAddress({ network, print, signal }: LiveSystemParts): Promise<void> {
  const [card] = network.interfaces.cards();
  for (const complaint of await network.bringUp([dhcpOn(card?.name ?? '')], signal))
    print(`live: ${complaint}`);
}

async function ignitionFrom(
  url: string,
  { network, pause, print, machine, signal }: LiveSystemParts,
): Promise<Configuration | undefined> {
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
    const answer = await fetchFrom(network, url, { userAgent: 'Ignition/2.19.0', signal });
    print(`ignition: GET ${url}: ${answer.kind === 'answer' ? answer.status : answer.reason}`);
    if (answer.kind === 'answer' && answer.status === 200) {
      const text = answer.body.toString();
      return (disk) => {
        // Such systems ask for an address on every card.
        const cards = machine.interfaces.map(
          ({ mac }, index) =>
            `  card${index}:\n    match: {macaddress: '${mac.toLowerCase()}'}\n    dhcp4: true\n`,
        );
        putFile(disk, NETPLAN, `version: 2\nethernets:\n${cards.join('')}`, { mode: 0o600 });
        makeHostKeys(disk, true);
        applyIgnition(disk, text);
      };
    }
    if (attempt < MOST_ATTEMPTS) await pause(RETRY_MS, signal);
  }
  return undefined;
}
