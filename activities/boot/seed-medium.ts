/** Configuration by an attached medium: uploaded before the first boot, deleted after it. */
import type { ProxmoxContext } from '../proxmox/dependencies.js';
import { removeSeed } from '../proxmox/remove-seed.js';
import { machineOfSeed } from '../proxmox/seed-volume.js';
import { uploadSeed, uploadedSeed } from '../proxmox/upload-seed.js';
import { ledgeredMachine } from '../proxmox/owned-vm.js';
import { findIso } from '../proxmox/volumes.js';
import type { BootRequest, BootTarget } from './driver.js';

export async function prepareSeedMedium(context: ProxmoxContext, request: BootRequest): Promise<void> {
  const { identity, machine, login } = request;
  await uploadSeed(context, { identity, machine, address: machine.network.address, ...login });
}

/** The medium that the ledger has; `null` when it was cleaned up, `undefined` when there never was one. */
export function preparedSeed({ machine: { row } }: BootTarget): string | null | undefined {
  return row.seedVolume ?? (row.state === 'done' ? null : undefined);
}

export async function seedMediumProblems(context: ProxmoxContext, request: BootRequest): Promise<string[]> {
  const { identity, machine, login } = request;
  const { row } = await ledgeredMachine(context, identity);
  const { volume, content } = uploadedSeed({
    ...{ identity, machine, address: machine.network.address },
    ...login,
  });
  if (row.seedVolume !== volume)
    return [`its medium is ${row.seedVolume ?? 'not uploaded'}, and ${volume} is wanted`];
  const found = await findIso(context.client, volume, machine.host);
  if (found.length === 0) return [`the medium ${volume} is not on ${machine.host}`];
  return found.some(({ sizeBytes }) => sizeBytes === content.length)
    ? []
    : [`the medium ${volume} has not the ${content.length} bytes that were uploaded`];
}

/** The medium has to be out of the VM's drives. */
export async function removeSeedMedium(context: ProxmoxContext, request: Pick<BootRequest, 'identity'>) {
  await removeSeed(context, await ledgeredMachine(context, request.identity));
}

export function isSeedOf(uuid: string): (volume: string) => boolean {
  return (volume) => machineOfSeed(volume) === uuid;
}
