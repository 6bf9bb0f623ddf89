/** From power-on to the first program: which of its devices a machine boots from. */
import type { LabMachine } from '../../machine-host.js';
import { isBootable } from './el-torito.js';

export type BootChoice =
  | { readonly kind: 'disk'; readonly diskId: string }
  /** A live system, from a medium or from the network; its kernel was started with this. */
  | { readonly kind: 'live'; readonly from: 'cdrom' | 'network'; readonly commandLine: string }
  | { readonly kind: 'nothing' };

export interface FirmwareParts {
  /** Whether there is a system on it. */
  hasSystem(diskId: string): boolean;
  bootFromNetwork(index: number): Promise<string | null>;
  print(line: string): void;
}

/**
 * The first device of the boot order that has something to boot wins. Where none has, the machine stays at the firmware,
 * switched on, until its power is cut. Rejects when `bootFromNetwork` does.
 */
export async function chooseBootDevice(
  { bootOrder }: Pick<LabMachine, 'bootOrder'>,
  parts: FirmwareParts,
): Promise<BootChoice> {
  for (const device of bootOrder) {
    switch (device.kind) {
      case 'disk':
        parts.print('Booting from Hard Disk...');
        if (parts.hasSystem(device.diskId)) return { kind: 'disk', diskId: device.diskId };
        parts.print('Boot failed: not a bootable disk');
        break;
      case 'cdrom':
        parts.print('Booting from DVD/CD...');
        if (device.medium !== null && isBootable(device.medium))
          return { kind: 'live', from: 'cdrom', commandLine: '' };
        parts.print('Boot failed: Could not read from CDROM (code 0009)');
        break;
      case 'network': {
        parts.print('Booting from ROM...');
        const commandLine = await parts.bootFromNetwork(device.index);
        if (commandLine !== null) return { kind: 'live', from: 'network', commandLine };
        break;
      }
    }
  }
  parts.print('No bootable device.');
  return { kind: 'nothing' };
}
