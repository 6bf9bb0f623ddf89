/** VMs that high availability manages: what is asked of it is done later, and only what is observed counts. */
import { Context } from '@temporalio/activity';
import { ClusterwrightError, fail } from '../../domain/errors.js';
import type { ProxmoxClient } from './client.js';
import type { HaRuleRecord } from './ha-records.js';
import { splitList } from './property-string.js';
import type { VmStatus } from './records.js';

const BETWEEN_LOOKS_MS = 500;
/** The manager looks about every ten seconds, and does nothing while it has lost quorum. */
const MOST_WAIT_MS = 120_000;
/** With fewer resources a rule says nothing. */
const LEAST_RESOURCES: Readonly<Record<HaRuleRecord['type'], number>> = {
  'node-affinity': 1,
  'resource-affinity': 2,
};

/** One whose state is `ignored` is not managed for now: calls for it work as for any other. */
export function isHaManaged({ ha }: VmStatus): boolean {
  return ha?.managed === 1 && ha.state !== 'ignored';
}

/**
 * Has the VM stay off: one that is only switched off is started again. The VM has to be proved to be ours.
 * @throws `HA_NOT_PERMITTED`
 */
export async function requestHaStop(client: ProxmoxClient, vmid: number): Promise<void> {
  await permitted(vmid, () => client.setHaState(vmid, 'stopped', Context.current().cancellationSignal));
}

/**
 * Takes the VM out of high availability and of all of its rules, and waits until the manager has noticed. The VM has to
 * be proved to be ours, and to be off. @throws `HA_NOT_PERMITTED`, `STEP_NOT_VERIFIED`
 */
export async function leaveHa(client: ProxmoxClient, vmid: number): Promise<void> {
  const signal = Context.current().cancellationSignal;
  // First: no rule is to name a resource that is not managed.
  for (const rule of await client.haRules(vmid, signal)) await leaveRule(client, vmid, rule);
  try {
    await permitted(vmid, () => client.removeHaResource(vmid, signal));
  } catch (error) {
    if (!isUnknownResource(error)) throw error;
  }
  await awaitForgotten(client, vmid);
  const left = await client.haRules(vmid, signal);
  if (left.length === 0) return;
  const names = left.map(({ rule }) => rule).join(', ');
  throw fail('STEP_NOT_VERIFIED', `VM ${vmid} is still in the high-availability rules ${names}`);
}

/** What the manager says of the VM, for people; empty when the token may not know. */
export async function haWord(client: ProxmoxClient, vmid: number): Promise<string> {
  try {
    const state = await managerState(client, vmid);
    return state === undefined ? '' : `; high availability says "${state}"`;
  } catch {
    return '';
  }
}

async function leaveRule(client: ProxmoxClient, vmid: number, rule: HaRuleRecord): Promise<void> {
  const signal = Context.current().cancellationSignal;
  const others = splitList(rule.resources).filter((sid) => sid !== `vm:${vmid}`);
  await permitted(vmid, () =>
    others.length < LEAST_RESOURCES[rule.type]
      ? client.removeHaRule(rule.rule, signal)
      : client.setHaRuleResources(rule, others, signal),
  );
}

async function awaitForgotten(client: ProxmoxClient, vmid: number): Promise<void> {
  const context = Context.current();
  for (const startedAt = Date.now(); Date.now() - startedAt < MOST_WAIT_MS;) {
    if ((await managerState(client, vmid)) === undefined) return;
    context.heartbeat({ waitingFor: `high availability to let go of VM ${vmid}` });
    await context.sleep(BETWEEN_LOOKS_MS);
  }
  throw fail('STEP_NOT_VERIFIED', `high availability still has VM ${vmid}, which it was told to let go of`);
}

async function managerState(client: ProxmoxClient, vmid: number): Promise<string | undefined> {
  const status = await client.haStatus(Context.current().cancellationSignal);
  return status.find(({ sid }) => sid === `vm:${vmid}`)?.state;
}

async function permitted<T>(vmid: number, change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (error) {
    if (!(error instanceof ClusterwrightError) || error.code !== 'PROXMOX_PERMISSION') throw error;
    throw fail(
      'HA_NOT_PERMITTED',
      `high availability manages VM ${vmid}: on a host, ha-manager remove vm:${vmid} (${error.message})`,
      { cause: error },
    );
  }
}

function isUnknownResource(error: unknown): boolean {
  return error instanceof Error && /no such resource|not (?:HA managed|managed by HA)/.test(error.message);
}
