/** Proves that a VM is ours before it is touched. */
import { fail } from '../../domain/errors.js';
import {
  claimObjections,
  ownershipMark,
  ownershipObjections,
  type MachineIdentity,
} from '../../domain/machine.js';
import type { MachineRecord } from '../../store/store.js';
import type { ProxmoxContext } from './dependencies.js';
import { locateVm, type LocatedVm } from './locate.js';

export interface LedgeredMachine {
  readonly row: MachineRecord;
  /** With the VMID that the ledger has: it may have been replaced since the identity was chosen. */
  readonly identity: MachineIdentity;
}

/** @throws `IDENTITY_MISMATCH` when the ledger does not know the machine, or knows that it was removed. */
export async function ledgeredMachine(
  { ledger }: ProxmoxContext,
  identity: MachineIdentity,
): Promise<LedgeredMachine> {
  const row = await ledger.get(identity.uuid);
  if (row === undefined)
    throw fail('IDENTITY_MISMATCH', `the ledger has no machine ${identity.name} (${identity.uuid})`);
  if (row.state === 'removed')
    throw fail('IDENTITY_MISMATCH', `machine ${identity.name} (${identity.uuid}) was removed`);
  return { row, identity: { ...identity, vmid: row.vmid } };
}

/** What speaks against the VM being this machine; empty when it is proved. */
export function objectionsTo(vm: LocatedVm, { row, identity }: LedgeredMachine): string[] {
  // UUID and tags are the template's until the machine is configured.
  return row.state === 'done'
    ? ownershipObjections(vm.observed, identity)
    : claimObjections(vm.observed, identity);
}

/** True when nothing at all speaks for the VM being this machine; one that was renamed is no stranger. */
export function isStranger({ observed }: LocatedVm, { identity }: LedgeredMachine): boolean {
  const lines = (observed.description ?? '').split('\n').map((line) => line.trim());
  return (
    observed.name !== identity.name &&
    observed.uuid !== identity.uuid &&
    !lines.includes(ownershipMark(identity))
  );
}

/** @throws `IDENTITY_MISMATCH` with all that speaks against it. */
export function requireOurs(vm: LocatedVm, machine: LedgeredMachine): void {
  const objections = objectionsTo(vm, machine);
  if (objections.length === 0) return;
  const { host, vmid } = vm.address;
  throw fail(
    'IDENTITY_MISMATCH',
    `VM ${vmid} on ${host} is not ${machine.identity.name}: ${objections.join('; ')}`,
  );
}

/** The host that the machine's VM is on now: what it is given has to be there. `undefined` before it was made. */
export async function hostOf(context: ProxmoxContext, machine: LedgeredMachine): Promise<string | undefined> {
  const { state } = machine.row;
  return state === 'observed' || state === 'done'
    ? (await ownedVm(context, machine)).address.host
    : undefined;
}

/** @throws `IDENTITY_MISMATCH` when there is no such VM, or it is not ours. */
export async function ownedVm(context: ProxmoxContext, machine: LedgeredMachine): Promise<LocatedVm> {
  const { row, identity } = machine;
  const location = await locateVm(context.client, identity.vmid, row.host);
  if (location.kind !== 'found') {
    const what = location.kind === 'absent' ? 'is gone' : 'belongs to somebody else';
    throw fail('IDENTITY_MISMATCH', `VM ${identity.vmid} of ${identity.name} ${what}`);
  }
  requireOurs(location.vm, machine);
  return location.vm;
}
