/** Makes a machine's VM, or finds the one that an earlier attempt made. */
import { Context } from '@temporalio/activity';
import { ClusterwrightError, fail } from '../../domain/errors.js';
import type { MachineIdentity } from '../../domain/machine.js';
import type { PlannedMachine } from '../../domain/plan.js';
import { lockState } from './config-lock.js';
import type { ProxmoxContext } from './dependencies.js';
import { destroyVm } from './destroy.js';
import { locateVm, type LocatedVm } from './locate.js';
import { issue } from './make/issue.js';
import { vmMaker, type VmMaker } from './make/vm-maker.js';
import { recordOwnDisks } from './own-disks.js';
import { isStranger, ledgeredMachine, requireOurs, type LedgeredMachine } from './owned-vm.js';
import { withoutInheritedProtection } from './protection.js';
import { runningTasks, taskOutcome } from './tasks.js';

export interface ClaimRequest {
  readonly identity: MachineIdentity;
  readonly machine: PlannedMachine;
}

export interface ClaimedVm {
  readonly vmid: number;
  readonly host: string;
}

/** What there is at the machine's VMID. */
type Sight =
  | { readonly kind: 'ours'; readonly vm: LocatedVm }
  | { readonly kind: 'nothing' }
  /** A task that may be making it runs. */
  | { readonly kind: 'in-flight'; readonly upids: readonly string[] }
  /** The number is lost to us, for this reason. */
  | { readonly kind: 'taken'; readonly reason: string };

/** Strangers' VMs, lost replies and crashed tasks met in one attempt. */
const MOST_ROUNDS = 12;
/** After these, what was asked for may be there all the same. */
const LOOK_AGAIN: ReadonlySet<string> = new Set(['VMID_TAKEN', 'PROXMOX_CONTENTION', 'OUTCOME_UNKNOWN']);

/** The VMID is the claim: Proxmox VE makes at most one VM of it, however often one is asked for. */
export async function claimVm(context: ProxmoxContext, request: ClaimRequest): Promise<ClaimedVm> {
  const { identity, machine } = request;
  const key = { key: `machine:${identity.uuid}`, most: 1 };
  return context.limiter.run([key], () => claim(context, identity, machine), {
    owner: identity.clusterUid,
    signal: Context.current().cancellationSignal,
  });
}

async function claim(
  context: ProxmoxContext,
  identity: MachineIdentity,
  machine: PlannedMachine,
): Promise<ClaimedVm> {
  const { client, ledger, vmidRange } = context;
  const maker = await vmMaker(context, identity, machine);
  let failure: unknown;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const ledgered = await ledgeredMachine(context, identity);
    const { row } = ledgered;
    const sight = await look(context, ledgered, maker);
    switch (sight.kind) {
      case 'ours': {
        const { host, vmid } = sight.vm.address;
        const state = row.state === 'done' ? 'done' : 'observed';
        if (row.state !== 'observed') await recordOwnDisks(context, ledgered, sight.vm);
        await ledger.update(row.uuid, { state, host, upid: null });
        return { vmid, host };
      }
      case 'in-flight':
        for (const upid of sight.upids) await taskOutcome(client, upid);
        break;
      case 'taken': {
        Context.current().log.warn('A VMID cannot be used; another one is taken', {
          ...row,
          reason: sight.reason,
        });
        failure = undefined;
        const seen = await client.vms(Context.current().cancellationSignal);
        await ledger.replaceVmid({
          uuid: row.uuid,
          taken: row.vmid,
          range: vmidRange,
          avoid: seen.map(({ vmid }) => vmid),
        });
        break;
      }
      case 'nothing':
        // The same answer twice: what broke the first attempt stands in the way of any other.
        if (failure !== undefined) throw failure;
        try {
          await issue(context, maker, ledgered, machine);
        } catch (error) {
          if (!(error instanceof ClusterwrightError) || !LOOK_AGAIN.has(error.code)) throw error;
          failure = error;
        }
        break;
    }
  }
  throw failure ?? fail('PROXMOX_FAILED', `${identity.name} has no VM after ${MOST_ROUNDS} rounds`);
}

async function look(context: ProxmoxContext, machine: LedgeredMachine, maker: VmMaker): Promise<Sight> {
  const { client } = context;
  const { row, identity } = machine;
  const location = await locateVm(client, row.vmid, row.host);
  if (location.kind !== 'found') {
    // Only a VM that may have been asked for can be under way.
    const upids = row.state === 'issued' ? await runningTasks(client, row.vmid, maker.hosts) : [];
    if (upids.length > 0) return { kind: 'in-flight', upids };
    if (location.kind === 'absent') return { kind: 'nothing' };
    return { kind: 'taken', reason: 'it belongs to a guest that the token may not see' };
  }
  const { vm } = location;
  if (row.state === 'observed' || row.state === 'done') {
    requireOurs(vm, machine);
    return { kind: 'ours', vm };
  }
  if (vm.config.lock !== undefined) {
    const state = await lockState(client, vm, maker.hosts);
    // No API token can remove the lock, so the number is left alone and a person is told.
    if (state === 'abandoned')
      return { kind: 'taken', reason: `lock left behind, qm unlock ${row.vmid} removes it` };
    return look(context, machine, maker);
  }
  if (isStranger(vm, machine)) return { kind: 'taken', reason: `it belongs to "${vm.observed.name ?? ''}"` };
  requireOurs(vm, machine);
  if (maker.isComplete(vm)) return { kind: 'ours', vm };
  // A person unlocked what a crash left of it. It has our mark, so it may go.
  Context.current().log.warn('A half-made VM is removed', { vmid: row.vmid, machine: identity.name });
  await destroyVm(context, await withoutInheritedProtection(client, vm, machine), identity);
  return { kind: 'nothing' };
}
