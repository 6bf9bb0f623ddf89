/** Makes the firewall before a machine as planned. */
import { Context } from '@temporalio/activity';
import { ClusterwrightError, fail } from '../../../domain/errors.js';
import type { MachineIdentity } from '../../../domain/machine.js';
import type { PlannedMachine } from '../../../domain/plan.js';
import type { VmAddress } from '../client.js';
import type { ProxmoxContext } from '../dependencies.js';
import { ledgeredMachine, ownedVm } from '../owned-vm.js';
import {
  desiredFirewall,
  isRule,
  optionDifference,
  type DesiredFirewall,
  type DesiredRule,
} from './desired-firewall.js';
import type { FirewallRuleRecord } from './firewall-records.js';

export interface ApplyFirewallRequest {
  readonly identity: MachineIdentity;
  readonly machine: PlannedMachine;
}

export interface AppliedFirewall {
  /** Why the rules have no effect yet. */
  readonly warnings: readonly string[];
}

const DATACENTER_OFF =
  'the firewall of the datacenter is off, so the rules of its machines have no effect: Datacenter > Firewall > Options';

/**
 * Compares first; a machine that is as planned is left alone. The rules of a VM of ours are all ours: others are removed.
 * They are complete before the firewall is switched on.
 */
export async function applyFirewall(
  context: ProxmoxContext,
  { identity, machine }: ApplyFirewallRequest,
): Promise<AppliedFirewall> {
  const { client } = context;
  const signal = Context.current().cancellationSignal;
  const { address } = await ownedVm(context, await ledgeredMachine(context, identity));
  const desired = desiredFirewall(machine);

  if (desired.rules !== null) await applyRules(context, address, desired.rules, signal);
  const options = await client.vmFirewallOptions(address, signal);
  const change = optionDifference(options, desired.options);
  if (Object.keys(change).length > 0) {
    const { digest } = options;
    await client.setVmFirewallOptions(
      address,
      { ...change, ...(digest === undefined ? {} : { digest }) },
      signal,
    );
  }

  const problems = await problemsOf(context, address, desired, signal);
  if (problems.length > 0)
    throw fail('STEP_NOT_VERIFIED', `firewall of VM ${address.vmid}: ${problems.join('; ')}`);
  return { warnings: machine.firewall === null ? [] : await datacenterWarnings(context, signal) };
}

async function datacenterWarnings({ client }: ProxmoxContext, signal: AbortSignal): Promise<string[]> {
  try {
    const { enable } = await client.datacenterFirewall(signal);
    return enable === 1 ? [] : [DATACENTER_OFF];
  } catch (error) {
    if (!(error instanceof ClusterwrightError) || error.code !== 'PROXMOX_PERMISSION') throw error;
    return [`whether the firewall of the datacenter is on is not known: ${error.message}`];
  }
}

/**
 * A new rule becomes the first one. So the desired ones are put before those that are there, the last one first, and then
 * the others are taken away from the end: at no moment is less let in than the old rules or the new ones do. What an
 * interrupted run has put there already is counted in.
 */
async function applyRules(
  { client }: ProxmoxContext,
  vm: VmAddress,
  desired: readonly DesiredRule[],
  signal: AbortSignal,
): Promise<void> {
  const before = await client.vmFirewallRules(vm, signal);
  for (const rule of desired.slice(0, desired.length - alreadyThere(before, desired)).toReversed()) {
    await client.addVmFirewallRule(vm, rule, signal);
  }
  for (;;) {
    const rules = await client.vmFirewallRules(vm, signal);
    const last = rules.at(-1);
    if (last === undefined || rules.length <= desired.length) return;
    // Never one that was not looked at: somebody may add one at the same moment.
    if (!rules.slice(0, desired.length).every((rule, index) => isRuleAt(desired, index, rule)))
      throw fail('PROXMOX_CONTENTION', `the firewall rules of VM ${vm.vmid} were changed at the same time`);
    await client.removeVmFirewallRule(vm, rules.length - 1, last.digest ?? '', signal);
  }
}

/** How many of the last desired rules are the first ones that are there. */
function alreadyThere(rules: readonly FirewallRuleRecord[], desired: readonly DesiredRule[]): number {
  for (let count = Math.min(rules.length, desired.length); count > 0; count -= 1) {
    const wanted = desired.slice(desired.length - count);
    if (rules.slice(0, count).every((rule, index) => isRuleAt(wanted, index, rule))) return count;
  }
  return 0;
}

function isRuleAt(desired: readonly DesiredRule[], index: number, rule: FirewallRuleRecord): boolean {
  const wanted = desired[index];
  return wanted !== undefined && isRule(rule, wanted);
}

async function problemsOf(
  { client }: ProxmoxContext,
  vm: VmAddress,
  desired: DesiredFirewall,
  signal: AbortSignal,
): Promise<string[]> {
  const options = await client.vmFirewallOptions(vm, signal);
  const different = Object.entries(optionDifference(options, desired.options));
  const problems = different.map(([name, value]) => `${name} is "${options[name] ?? ''}", not "${value}"`);
  if (desired.rules === null) return problems;
  const rules = await client.vmFirewallRules(vm, signal);
  if (rules.length !== desired.rules.length)
    problems.push(`it has ${rules.length} rules, not ${desired.rules.length}`);
  for (const [index, wanted] of desired.rules.entries()) {
    const rule = rules[index];
    if (rule !== undefined && !isRule(rule, wanted)) problems.push(`rule ${index} is another`);
  }
  return problems;
}
