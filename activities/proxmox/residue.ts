/** Looks for everything on Proxmox VE that still belongs to a cluster. */
import { Context } from '@temporalio/activity';
import { fail } from '../../domain/errors.js';
import { clusterTag } from '../../domain/machine.js';
import type { MachineRecord } from '../../store/store.js';
import type { ProxmoxContext } from './dependencies.js';
import { observedVm } from './locate.js';
import { splitList } from './property-string.js';
import type { VmResource } from './records.js';
import { machineOfSeed } from './seed-volume.js';
import { configIfThere } from './vm-config.js';
import { disksOf, mediaOn, onlineHosts } from './volumes.js';

export interface ClusterName {
  readonly clusterUid: string;
  readonly cluster: string;
}

/** One line for each thing that is left, for people to read; empty when nothing is. */
export async function listResidue(
  context: ProxmoxContext,
  { clusterUid, cluster }: ClusterName,
): Promise<string[]> {
  const { client, ledger } = context;
  const rows = await ledger.ofCluster(clusterUid);
  const [guests, hosts] = await Promise.all([
    client.vms(Context.current().cancellationSignal),
    onlineHosts(client),
  ]);
  const [vms, bare, media, disks] = await Promise.all([
    markedVms(context, guests, { clusterUid, cluster }),
    bareVms(context, guests, { clusterUid, rows }),
    leftMedia(context, hosts, clusterUid),
    Promise.all(rows.map((row) => leftDisks(context, row, hosts))),
  ]);
  return [...new Set([...vms, ...bare, ...media, ...disks.flat()])].toSorted();
}

/** @throws `RESIDUE_LEFT` with everything that is left. */
export async function verifyNothingLeft(context: ProxmoxContext, cluster: ClusterName): Promise<void> {
  const residue = await listResidue(context, cluster);
  if (residue.length > 0) throw fail('RESIDUE_LEFT', residue.join('; '));
}

/** Descriptions are not in the list of guests, so those whose name or tag fits are read. */
async function markedVms(
  { client }: ProxmoxContext,
  guests: readonly VmResource[],
  { clusterUid, cluster }: ClusterName,
): Promise<string[]> {
  const tag = clusterTag(cluster);
  const candidates = guests.filter(({ type, name, tags, template }) => {
    const mayBeNamed = name === undefined || name.startsWith(`${cluster}-`);
    return type === 'qemu' && template !== 1 && (mayBeNamed || splitList(tags ?? '').includes(tag));
  });
  const found = await Promise.all(
    candidates.map(async ({ vmid, node }) => {
      const config = await configIfThere(client, { host: node, vmid });
      if (config === undefined) return [];
      const { description, tags } = observedVm(vmid, config);
      const owner = /^clusterwright: ([^/\s]+)\//m.exec(description ?? '')?.[1];
      // A later cluster may have the same name; its machines say that they are another's.
      const isOurs = owner === undefined ? tags.includes(tag) : owner === clusterUid;
      if (!isOurs) return [];
      const lock = config.lock === undefined ? '' : ` (lock "${config.lock}": qm unlock ${vmid})`;
      return [`VM ${vmid} "${config.name ?? ''}" on ${node}${lock}`];
    }),
  );
  return found.flat();
}

/**
 * What a crash left of a VM that was being made: at first its configuration holds nothing but a lock, so only the ledger
 * knows that its number was for a machine of the cluster.
 */
async function bareVms(
  { client, ledger }: ProxmoxContext,
  guests: readonly VmResource[],
  { clusterUid, rows }: { readonly clusterUid: string; readonly rows: readonly MachineRecord[] },
): Promise<string[]> {
  const vmids = new Set([...rows.map(({ vmid }) => vmid), ...(await ledger.givenUpVmids(clusterUid))]);
  const candidates = guests.filter(({ type, vmid, template }) => {
    return type === 'qemu' && template !== 1 && vmids.has(vmid);
  });
  const found = await Promise.all(
    candidates.map(async ({ vmid, node }) => {
      const config = await configIfThere(client, { host: node, vmid });
      if (config?.lock === undefined || config.name !== undefined) return [];
      return [
        `VM ${vmid} on ${node}, half made (lock "${config.lock}": qm unlock ${vmid}, then qm destroy ${vmid})`,
      ];
    }),
  );
  return found.flat();
}

async function leftMedia(
  { client, ledger, isoStorage }: ProxmoxContext,
  hosts: readonly string[],
  clusterUid: string,
) {
  const lists = await Promise.all(hosts.map((host) => mediaOn(client, host, isoStorage)));
  const lines = await Promise.all(
    lists.flat().map(async ({ host, volid }) => {
      const uuid = machineOfSeed(volid);
      const row = uuid === undefined ? undefined : await ledger.get(uuid);
      return row?.clusterUid === clusterUid ? [`medium ${volid} on ${host}`] : [];
    }),
  );
  return lines.flat();
}

async function leftDisks(
  { client }: ProxmoxContext,
  row: MachineRecord,
  hosts: readonly string[],
): Promise<string[]> {
  const where = hosts.includes(row.host) ? [row.host] : hosts;
  const disks = await disksOf(client, row.vmid, where);
  return disks.map(({ host, volid }) => `disk ${volid} on ${host}`);
}
