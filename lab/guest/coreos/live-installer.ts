/** The live system of CoreOS, as far as it installs by its kernel's arguments: coreos-installer(8). */
import type { LabMachine } from '../../machine-host.js';
import type { Latency } from '../../latency.js';
import { ignitionFaults } from '../../../schema/ignition.js';
import type { DiskTree } from '../disk/disk-tree.js';
import { fetchFrom } from '../networking/fetch.js';
import { dhcpOn } from '../networking/netplan.js';
import type { NetworkStack } from '../networking/network-stack.js';
import { writeCoreOs } from './image.js';

export interface LiveInstallerParts {
  readonly machine: LabMachine;
  readonly network: NetworkStack;
  readonly latency: Latency;
  /** Arguments of its kernel. */
  readonly commandLine: string;
  readonly print: (line: string) => void;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
  /** Makes the disk bootable, all at once. */
  install(diskId: string, write: (disk: DiskTree) => void): void;
}

/** How the lab's root file system begins: anything else cannot be mounted. */
export const ROOTFS_MAGIC = 'CoreOS root file system of the lab\n';
const MOST_ATTEMPTS = 11;
const RETRY_MS = 1_000;

export function isCoreOsInstaller(commandLine: string): boolean {
  return /(?:^|\s)coreos\.inst\./.test(commandLine);
}

/** @returns whether the machine is installed and has to start anew; otherwise it waits for a person. */
export async function runCoreOsInstaller(parts: LiveInstallerParts): Promise<boolean> {
  const { machine, network, latency, commandLine, print, signal } = parts;
  const argument = (name: string): string | undefined =>
    commandLine
      .split(/\s+/)
      .find((word) => word.startsWith(`${name}=`))
      ?.slice(name.length + 1);
  const stays = (why: string): false => {
    print(`coreos: ${why}; entering emergency mode`);
    return false;
  };
  await latency.wait('guest.boot', machine.name, signal);
  if (argument('ip') !== 'dhcp') return stays('the network is not configured: ip=dhcp is missing');
  const [card] = network.interfaces.cards();
  for (const complaint of await network.bringUp([dhcpOn(card?.name ?? '')], signal))
    print(`coreos: ${complaint}`);

  const rootfs = await fetched(argument('coreos.live.rootfs_url'), 'coreos-livepxe-rootfs', parts);
  if (rootfs?.startsWith(ROOTFS_MAGIC) !== true) return stays('there is no root file system');
  const device = argument('coreos.inst.install_dev');
  const target = machine.disks[diskIndex(device)];
  if (target === undefined) return stays(`${device ?? 'coreos.inst.install_dev'}: no such device`);
  const document = await fetched(argument('coreos.inst.ignition_url'), 'coreos-installer', parts);
  if (document === undefined) return stays('the Ignition document cannot be had');
  const faults = ignitionFaults(document);
  if (faults.length > 0) return stays(`the Ignition document is none: ${faults.join('; ')}`);

  await latency.wait('guest.install', machine.name, signal);
  parts.install(target.diskId, (disk) => writeCoreOs(disk, document));
  print('coreos-installer: Install complete; restarting');
  return true;
}

/** `/dev/sda` is the first one. */
function diskIndex(device: string | undefined): number {
  const letter = /^\/dev\/[sv]d([a-z])$/.exec(device ?? '')?.[1];
  return letter === undefined ? -1 : letter.charCodeAt(0) - 'a'.charCodeAt(0);
}

async function fetched(
  url: string | undefined,
  who: string,
  { network, print, pause, signal }: LiveInstallerParts,
): Promise<string | undefined> {
  if (url === undefined) return undefined;
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
    const answer = await fetchFrom(network, url, { userAgent: `${who}/0.24.0`, signal });
    print(`${who}: GET ${url}: ${answer.kind === 'answer' ? answer.status : answer.reason}`);
    if (answer.kind === 'answer' && answer.status === 200) return answer.body.toString();
    if (attempt < MOST_ATTEMPTS) await pause(RETRY_MS, signal);
  }
  return undefined;
}
