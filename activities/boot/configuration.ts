/** The options of a VM by which it finds its configuration: a medium in a drive, or an address in its SMBIOS. */
import { noCloudUrl } from '../../domain/boot/boot-urls.js';
import { smbiosText } from '../../domain/boot/smbios.js';
import { fail } from '../../domain/errors.js';
import type { ProxmoxContext } from '../proxmox/dependencies.js';
import type { DesiredConfig } from '../proxmox/desired-config.js';
import { bootDisk, cdromSlots } from '../proxmox/drives.js';
import { bootOrigin } from './arming.js';
import type { BootTarget } from './driver.js';
import { preparedSeed } from './seed-medium.js';

export interface ConfigurationSource {
  /** The uploaded medium, when there is one. */
  readonly seed: string | null;
  readonly smbios1: string;
}

/** @returns `null` after it was cleaned up. @throws `STEP_NOT_VERIFIED` when it was not prepared. */
export async function configurationSource(
  context: ProxmoxContext,
  target: BootTarget,
): Promise<ConfigurationSource | null> {
  const { uuid, state } = target.machine.row;
  const { vmid } = target.vm.address;
  if (target.planned.boot.delivery === 'MEDIUM') {
    const seed = preparedSeed(target);
    if (seed === undefined)
      throw fail('STEP_NOT_VERIFIED', `no cloud-init medium was uploaded for VM ${vmid}`);
    return seed === null ? null : { seed, smbios1: smbiosText({ uuid, noCloudUrl: null }) };
  }
  const armed = await context.boots.get(uuid);
  if (armed === undefined) {
    if (state === 'done') return null;
    throw fail('STEP_NOT_VERIFIED', `the boot service was not armed for VM ${vmid}`);
  }
  const isByArgument = armed.network !== null;
  const url = isByArgument ? null : noCloudUrl(bootOrigin(context), armed.tokens.documents);
  return { seed: null, smbios1: smbiosText({ uuid, noCloudUrl: url }) };
}

/** A drive for each medium, in their order. @throws `PROXMOX_REJECTED` when there is no room. */
export function mediaOptions({ vm }: BootTarget, volumes: readonly string[]): DesiredConfig {
  const slots = cdromSlots(vm.config, volumes);
  if (slots === undefined)
    throw fail('PROXMOX_REJECTED', `VM ${vm.address.vmid} has no room for ${volumes.length} CD-ROM drives`);
  return Object.fromEntries(volumes.map((volume, index) => [slots[index], `${volume},media=cdrom`]));
}

/** The disk that the machine is to run from. @throws `STEP_NOT_VERIFIED` when it has none. */
export function diskSlot({ vm }: BootTarget): string {
  const disk = bootDisk(vm.config);
  if (disk === undefined) throw fail('STEP_NOT_VERIFIED', `VM ${vm.address.vmid} has no disk`);
  return disk.slot;
}

/** Nothing that is not named is booted from. */
export function bootOrder(slots: readonly string[]): DesiredConfig {
  return { boot: `order=${slots.join(';')}` };
}
