/** The initramfs of an installed CoreOS at its first boot: it comes to what it is to be, or stays there. */
import type { LabMachine } from '../../machine-host.js';
import type { DiskTree } from '../disk/disk-tree.js';
import { IgnitionError } from '../live/ignition.js';
import { dhcpOn } from '../networking/netplan.js';
import type { NetworkStack } from '../networking/network-stack.js';
import { finishIgnition, pendingIgnition } from './image.js';
import { renderIgnition } from './render-ignition.js';

export interface FirstBootParts {
  readonly machine: LabMachine;
  readonly disk: DiskTree;
  readonly network: NetworkStack;
  readonly print: (line: string) => void;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

/** @returns whether the machine goes on booting; with nothing left to apply it does. Rejects when the power goes. */
export async function runFirstBoot(parts: FirstBootParts): Promise<boolean> {
  const { disk, network, print, signal } = parts;
  const document = pendingIgnition(disk);
  if (document === undefined) return true;
  // `ip=dhcp`, on the card of the cluster's network.
  const [card] = network.interfaces.cards();
  for (const complaint of await network.bringUp([dhcpOn(card?.name ?? '')], signal)) {
    print(`ignition: ${complaint}`);
  }
  try {
    finishIgnition(disk, await renderIgnition(document, parts));
  } catch (error) {
    if (!(error instanceof IgnitionError)) throw error;
    print(`ignition: ${error.message}; entering emergency mode`);
    return false;
  }
  print('ignition: finished');
  return true;
}
