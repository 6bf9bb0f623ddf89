/** Proves that Proxmox VE has nothing of a cluster any more: what its certificate of removal says was looked at. */
import { Context } from '@temporalio/activity';
import { fail } from '../../domain/errors.js';
import type { RemovalProof } from '../../domain/removal/certificate.js';
import type { MachineRecord } from '../../store/store.js';
import type { ProxmoxContext } from './dependencies.js';
import { splitList } from './property-string.js';
import { requireQuorum } from './quorum.js';
import { listResidue, type ClusterName } from './residue.js';
import { runningTasks } from './tasks.js';
import { disksOf } from './volumes.js';

/**
 * Looks at every machine that the cluster ever had, on all hosts.
 * @throws `RESIDUE_LEFT` with all that is left; `PROXMOX_NODE_UNREACHABLE` without quorum, or while a host that one of
 *   them was on last does not answer.
 */
export async function proveGone(context: ProxmoxContext, cluster: ClusterName): Promise<RemovalProof> {
  const { client, ledger } = context;
  const signal = Context.current().cancellationSignal;
  await requireQuorum(client);
  const rows = await ledger.everOf(cluster.clusterUid);
  const nodes = await client.nodes(signal);
  const online = nodes.filter(({ status }) => status === 'online').map(({ node }) => node);
  const notSeen = nodes.map(({ node }) => node).filter((node) => !online.includes(node));
  const unseen = rows.filter(({ host }) => notSeen.includes(host));
  if (unseen.length > 0) {
    const names = unseen.map(({ name, host }) => `${name} on ${host}`).join(', ');
    throw fail('PROXMOX_NODE_UNREACHABLE', `hosts that do not answer may have something left: ${names}`);
  }
  const taken = new Set((await client.vms(signal)).map(({ vmid }) => vmid));
  // A number that somebody else has by now says nothing of ours.
  const free = rows.filter(({ vmid }) => !taken.has(vmid));
  const left = [
    ...(await listResidue(context, cluster)),
    ...(await leftDisks(context, free, online)),
    ...(await leftTasks(context, free, online)),
    ...(await leftInHa(context, free)),
  ];
  if (left.length > 0) throw fail('RESIDUE_LEFT', [...new Set(left)].toSorted().join('; '));
  const seenAt = new Date().toISOString();
  const look = (at: string, how: string) => ({ at, how, seenAt });
  return {
    looks: [
      look('vms', `none on ${online.join(', ')} has the tag or the mark of the cluster`),
      look('disks', `no storage of ${online.join(', ')} has a disk of a VMID that the cluster had`),
      look('media', 'no storage for ISO images has a medium of a machine of the cluster'),
      look('tasks', 'none works on a VMID that the cluster had'),
      look('ha', 'neither a resource nor a rule of high availability names one'),
      look('firewall', 'the rules of a VM are part of its configuration, and went with it'),
    ],
    notSeen,
  };
}

async function leftDisks(
  { client }: ProxmoxContext,
  rows: readonly MachineRecord[],
  hosts: readonly string[],
): Promise<string[]> {
  const lists = await Promise.all([...vmidsOf(rows)].map((vmid) => disksOf(client, vmid, hosts)));
  return lists.flat().map(({ host, volid }) => `disk ${volid} on ${host}`);
}

async function leftTasks(
  { client }: ProxmoxContext,
  rows: readonly MachineRecord[],
  hosts: readonly string[],
): Promise<string[]> {
  const lists = await Promise.all([...vmidsOf(rows)].map((vmid) => runningTasks(client, vmid, hosts)));
  return lists.flat().map((upid) => `task ${upid}`);
}

async function leftInHa({ client }: ProxmoxContext, rows: readonly MachineRecord[]): Promise<string[]> {
  const signal = Context.current().cancellationSignal;
  const sids = new Set([...vmidsOf(rows)].map((vmid) => `vm:${vmid}`));
  const resources = (await client.haStatus(signal)).flatMap(({ sid }) =>
    sid !== undefined && sids.has(sid) ? [`${sid} in high availability`] : [],
  );
  const rules = (await client.allHaRules(signal)).flatMap(({ rule, resources: named }) =>
    splitList(named).flatMap((sid) =>
      sids.has(sid) ? [`${sid} in the high-availability rule ${rule}`] : [],
    ),
  );
  return [...resources, ...rules];
}

function vmidsOf(rows: readonly MachineRecord[]): ReadonlySet<number> {
  return new Set(rows.map(({ vmid }) => vmid));
}
