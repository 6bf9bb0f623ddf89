/** Looks at everything that a plan is made from. */
import { Context } from '@temporalio/activity';
import { fail } from '../../domain/errors.js';
import type {
  BridgeFacts,
  HostFacts,
  Inventory,
  StorageFacts,
  TemplateFacts,
} from '../../domain/inventory.js';
import { storageName, type ProxmoxClient } from './client.js';
import type { ProxmoxContext } from './dependencies.js';
import { bootDisk } from './drives.js';
import { observeImages } from './images/observe-images.js';
import { splitList } from './property-string.js';
import type { NetworkRecord, NodeRecord, VmResource } from './records.js';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** @throws `PROXMOX_PERMISSION` when the token may not see what the hosts have. */
export async function observeInventory({ client }: ProxmoxContext): Promise<Inventory> {
  const signal = Context.current().cancellationSignal;
  const [nodes, guests] = await Promise.all([client.nodes(signal), client.vms(signal)]);
  const online = nodes.filter(isOnline).map(({ node }) => node);
  const templates = guests.filter(
    ({ type, template, node }) => type === 'qemu' && template === 1 && online.includes(node),
  );
  const [hosts, storages, templateFacts] = await Promise.all([
    Promise.all(nodes.map((node) => hostFacts(client, node, guests))),
    Promise.all(online.map((host) => storageFacts(client, host))).then((lists) => lists.flat()),
    Promise.all(templates.map((template) => readTemplate(client, template))),
  ]);
  return {
    hosts: hosts.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    storages,
    templates: templateFacts.flat().toSorted((a, b) => a.vmid - b.vmid),
    images: await observeImages(client, storages),
    vmids: guests.map(({ vmid }) => vmid).toSorted((a, b) => a - b),
    runningVmids: guests.filter(isRunning).map(({ vmid }) => vmid),
  };
}

async function hostFacts(
  client: ProxmoxClient,
  node: NodeRecord,
  guests: readonly VmResource[],
): Promise<HostFacts> {
  const name = node.node;
  const online = isOnline(node);
  const { maxcpu, maxmem, mem = 0 } = node;
  if (online && (maxcpu === undefined || maxmem === undefined)) {
    throw fail(
      'PROXMOX_PERMISSION',
      `the token needs Sys.Audit on /nodes/${name} to see its processors and memory`,
    );
  }
  const running = guests.filter((guest) => guest.node === name && isRunning(guest));
  const given = running.reduce((sum, guest) => sum + (guest.maxmem ?? 0), 0);
  const bridges = online ? await client.bridges(name, Context.current().cancellationSignal) : [];
  return {
    name,
    online,
    cores: maxcpu ?? 0,
    memoryMiB: Math.floor((maxmem ?? 0) / MIB),
    // What runs may come to use all that it was given, so that counts, not what it happens to use just now.
    memoryFreeMiB: Math.floor(Math.max(0, (maxmem ?? 0) - Math.max(mem, given)) / MIB),
    vmCount: guests.filter((guest) => guest.node === name && guest.template !== 1).length,
    coresAllocated: running.reduce((sum, guest) => sum + (guest.maxcpu ?? 0), 0),
    bridges: bridges.map(bridgeFacts).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** An Open vSwitch bridge carries any VLAN; of a Linux bridge its configuration says which. */
function bridgeFacts({ iface, type, bridge_vlan_aware, bridge_vids }: NetworkRecord): BridgeFacts {
  if (type === 'OVSBridge') return { name: iface, vlanAware: true, vlans: null };
  return { name: iface, vlanAware: bridge_vlan_aware === 1, vlans: bridge_vids ?? null };
}

async function storageFacts(client: ProxmoxClient, host: string): Promise<StorageFacts[]> {
  const storages = await client.storages(host, Context.current().cancellationSignal);
  return storages
    .filter(({ active }) => active !== 0)
    .map(({ storage, shared, content, avail }) => ({
      name: storage,
      host,
      shared: shared === 1,
      content: splitList(content).toSorted(),
      freeGiB: Math.floor((avail ?? 0) / GIB),
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** One that has no disk of a known size is no use, so it is left out. */
async function readTemplate(client: ProxmoxClient, { vmid, node }: VmResource): Promise<TemplateFacts[]> {
  const config = await client.vmConfig({ host: node, vmid }, Context.current().cancellationSignal);
  const disk = bootDisk(config);
  if (disk === undefined || disk.sizeGiB === null || config.name === undefined) return [];
  const storage = storageName(disk.volume);
  return [{ vmid, name: config.name, host: node, storage, diskGiB: Math.ceil(disk.sizeGiB) }];
}

function isRunning({ status }: VmResource): boolean {
  return status === 'running';
}

function isOnline({ status }: NodeRecord): boolean {
  return status === 'online';
}
