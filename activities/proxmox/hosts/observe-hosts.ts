/** Looks at the hosts of the Proxmox cluster, at whose their guests are, and at what of ours can leave one of them. */
import { Context } from '@temporalio/activity';
import { fail } from '../../../domain/errors.js';
import type { GuestFacts, GuestMachine, HostSight, MoveFacts } from '../../../domain/hosts/guest-facts.js';
import { macOf, OWNER_TAG } from '../../../domain/machine.js';
import type { ProxmoxContext } from '../dependencies.js';
import { isHaManaged } from '../ha.js';
import { observedVm, type LocatedVm } from '../locate.js';
import { objectionsTo } from '../owned-vm.js';
import { parseProperties, splitList } from '../property-string.js';
import type { VmResource } from '../records.js';
import { configIfThere } from '../vm-config.js';
import { requireQuorum } from '../quorum.js';
import type { MigrationRecord, NotAllowed } from './move-calls.js';

/** Guests of hosts that do not answer are left out: nothing can be said of them. */
export async function observeHosts(context: ProxmoxContext): Promise<HostSight> {
  const { client } = context;
  const signal = Context.current().cancellationSignal;
  const [nodes, resources] = await Promise.all([client.nodes(signal), client.vms(signal)]);
  const hosts = nodes
    .map(({ node, status }) => ({ name: node, online: status === 'online' }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const online = new Set(hosts.filter((host) => host.online).map(({ name }) => name));
  const guests = await Promise.all(
    resources.filter(({ node }) => online.has(node)).map((guest) => factsOf(context, guest)),
  );
  return { hosts, guests: guests.flat().toSorted((a, b) => a.vmid - b.vmid) };
}

/** @throws `HOST_NOT_FOUND`, `PROXMOX_NODE_UNREACHABLE` for a host that is off, or without quorum. */
export async function observeMoves(
  context: ProxmoxContext,
  { host }: { readonly host: string },
): Promise<{ readonly sight: HostSight; readonly facts: readonly MoveFacts[] }> {
  await requireQuorum(context.client);
  const sight = await observeHosts(context);
  const seen = sight.hosts.find(({ name }) => name === host);
  const names = sight.hosts.map(({ name }) => name).join(', ');
  if (seen === undefined) throw fail('HOST_NOT_FOUND', `there is no host "${host}"; there are ${names}`);
  if (!seen.online) throw fail('PROXMOX_NODE_UNREACHABLE', `${host} does not answer: nothing can leave it`);
  const ours = sight.guests.filter((guest) => guest.host === host && guest.machine !== null);
  const facts = await Promise.all(ours.map((guest) => moveFacts(context, guest, sight)));
  return { sight, facts: facts.flat() };
}

async function factsOf(context: ProxmoxContext, guest: VmResource): Promise<GuestFacts[]> {
  const { vmid, type: kind, node: host, name = null, status, template } = guest;
  const machine = await machineOf(context, guest);
  return [{ vmid, kind, host, name, isRunning: status === 'running', isTemplate: template === 1, machine }];
}

/** Proved as before any change: by mark, name, tag and UUID. @returns `null` for a guest of others. */
async function machineOf(
  { client, ledger }: ProxmoxContext,
  guest: VmResource,
): Promise<GuestMachine | null> {
  if (guest.type !== 'qemu' || !splitList(guest.tags ?? '').includes(OWNER_TAG)) return null;
  const address = { host: guest.node, vmid: guest.vmid };
  const config = await configIfThere(client, address);
  if (config === undefined) return null;
  const vm: LocatedVm = { address, config, observed: observedVm(guest.vmid, config) };
  const row = vm.observed.uuid === null ? undefined : await ledger.get(vm.observed.uuid);
  if (row === undefined || row.state === 'removed') return null;
  const { uuid, clusterUid, cluster, name, vmid, state } = row;
  const identity = { uuid, clusterUid, cluster, name, vmid, mac: macOf(uuid) };
  if (objectionsTo(vm, { row, identity }).length > 0) return null;
  return { uuid, clusterUid, cluster, isMade: state === 'done' };
}

/** Nothing for one that is gone, or has moved, since it was listed. */
async function moveFacts(
  { client }: ProxmoxContext,
  { vmid, host }: GuestFacts,
  { hosts }: HostSight,
): Promise<MoveFacts[]> {
  const signal = Context.current().cancellationSignal;
  const address = { host, vmid };
  const config = await configIfThere(client, address);
  if (config === undefined) return [];
  const [record, status] = await Promise.all([
    client.migration(address, signal),
    client.vmStatus(address, signal),
  ]);
  const cpu = parseProperties(String(config['cpu'] ?? ''), 'cputype').get('cputype') ?? '';
  const memory = parseProperties(String(config['memory'] ?? ''), 'current').get('current');
  const others = hosts.map(({ name }) => name).filter((name) => name !== host);
  return [
    {
      vmid,
      memoryMiB: Number(memory ?? 512),
      cores: Number(config['cores'] ?? 1) * Number(config['sockets'] ?? 1),
      cpuType: cpu,
      isHaManaged: isHaManaged(status),
      refusedBy: Object.fromEntries(
        others.flatMap((name) => {
          const reason = refusal(record, name);
          return reason === null ? [] : [[name, reason]];
        }),
      ),
      localDisks: volumesOf(record, false),
      localMedia: volumesOf(record, true),
      localResources: record.local_resources,
      companions: record['dependent-ha-resources'] ?? [],
    },
  ];
}

/** Why Proxmox VE does not let it go there; `null` when it does. */
export function refusal(record: MigrationRecord, host: string): string | null {
  const { allowed_nodes: allowed, not_allowed_nodes: refused = {} } = record;
  const reason = refused[host];
  if (reason !== undefined) return `Proxmox VE does not let it go there: ${wordsOf(reason)}`;
  // Only of a VM that is off every version lists where it may go.
  const isListed = allowed === undefined || allowed.length === 0 || allowed.includes(host);
  return isListed ? null : 'Proxmox VE does not list it among the hosts that it may go to';
}

export function volumesOf({ local_disks }: MigrationRecord, isMedium: boolean): string[] {
  return local_disks.filter(({ cdrom }) => Boolean(cdrom) === isMedium).map(({ volid }) => volid);
}

function wordsOf(reason: NotAllowed): string {
  const { unavailable_storages: storages = [], 'unavailable-resources': resources = [] } = reason;
  const blocking = reason['blocking-ha-resources'] ?? [];
  const words = [
    ...(storages.length === 0 ? [] : [`it lacks the storage ${storages.join(', ')}`]),
    ...(resources.length === 0 ? [] : [`it lacks ${resources.join(', ')}`]),
    ...blocking.map(({ sid, cause }) => `${sid} is there (${cause})`),
  ];
  return words.length === 0 ? 'it does not say why' : words.join(', ');
}
