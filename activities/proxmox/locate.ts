/** Finds a VM wherever in the cluster it is. */
import { Context } from '@temporalio/activity';
import { ClusterwrightError, fail } from '../../domain/errors.js';
import type { ObservedVm } from '../../domain/machine.js';
import type { ProxmoxClient, VmAddress } from './client.js';
import { isMissingConfig } from './errors.js';
import { parseProperties, splitList } from './property-string.js';
import type { VmConfig } from './records.js';

export interface LocatedVm {
  readonly address: VmAddress;
  readonly config: VmConfig;
  readonly observed: ObservedVm;
}

export type Location =
  | { readonly kind: 'found'; readonly vm: LocatedVm }
  /** No guest of the cluster has the VMID. */
  | { readonly kind: 'absent' }
  /** A container, or a guest that the token may not see. */
  | { readonly kind: 'hidden' };

const MOST_LOOKS = 8;
const BETWEEN_LOOKS_MS = 150;

/**
 * @param hint host that is asked first.
 * @throws `PROXMOX_NODE_UNREACHABLE` when the host that holds the VM does not answer.
 */
export async function locateVm(client: ProxmoxClient, vmid: number, hint: string | null): Promise<Location> {
  const context = Context.current();
  const signal = context.cancellationSignal;
  if (hint !== null) {
    const vm = await configOn(client, { host: hint, vmid }, true);
    if (vm !== undefined) return { kind: 'found', vm };
  }
  let hidden = false;
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    if (look > 0) await context.sleep(BETWEEN_LOOKS_MS);
    const guest = (await client.vms(signal)).find((candidate) => candidate.vmid === vmid);
    if (guest === undefined) {
      if (await isFree(client, vmid, signal)) return { kind: 'absent' };
      // It was made after the list was, or the token may not see it: another look tells.
      if (hidden) return { kind: 'hidden' };
      hidden = true;
    } else if (guest.type === 'lxc') {
      return { kind: 'hidden' };
    } else {
      // Not found where it just was: it is on the move, or gone since.
      const vm = await configOn(client, { host: guest.node, vmid }, false);
      if (vm !== undefined) return { kind: 'found', vm };
    }
  }
  throw fail('PROXMOX_FAILED', `VM ${vmid} is listed, but its configuration is on no host`);
}

/** As the VM is now. @throws when it is not there any more. */
export async function readVm(client: ProxmoxClient, address: VmAddress): Promise<LocatedVm> {
  const config = await client.vmConfig(address, Context.current().cancellationSignal);
  return { address, config, observed: observedVm(address.vmid, config) };
}

/** @param isGuess the host was not named by the cluster: that it does not answer says nothing. */
async function configOn(
  client: ProxmoxClient,
  address: VmAddress,
  isGuess: boolean,
): Promise<LocatedVm | undefined> {
  try {
    return await readVm(client, address);
  } catch (error) {
    if (isMissingConfig(error)) return undefined;
    if (isGuess && error instanceof ClusterwrightError && GUESS_FAILED.has(error.code)) return undefined;
    throw error;
  }
}

/** A token without rights on a VMID is refused before it is told whether there is such a VM. */
const GUESS_FAILED: ReadonlySet<string> = new Set([
  'PROXMOX_NODE_UNREACHABLE',
  'PROXMOX_PERMISSION',
  'PROXMOX_FAILED',
]);

export async function isFree(client: ProxmoxClient, vmid: number, signal?: AbortSignal): Promise<boolean> {
  try {
    await client.assertVmidFree(vmid, signal);
    return true;
  } catch (error) {
    if (error instanceof ClusterwrightError && error.code === 'VMID_TAKEN') return false;
    throw error;
  }
}

export function observedVm(vmid: number, config: VmConfig): ObservedVm {
  const uuid = parseProperties(String(config['smbios1'] ?? ''), 'uuid').get('uuid');
  return {
    vmid,
    name: config.name ?? null,
    uuid: uuid?.toLowerCase() ?? null,
    tags: splitList(config.tags ?? ''),
    description: config.description ?? null,
  };
}
