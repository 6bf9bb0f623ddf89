/** A small Proxmox VE: three hosts, local and shared storage, one template on each. */
import type { HostFacts, Inventory } from '../../domain/inventory.js';

export function aHost(change: Partial<HostFacts> = {}): HostFacts {
  return {
    name: 'hv5',
    online: true,
    cores: 32,
    memoryMiB: 131_072,
    memoryFreeMiB: 65_536,
    vmCount: 0,
    coresAllocated: 0,
    bridges: [{ name: 'vmbr0', vlanAware: true, vlans: '2-4094' }],
    ...change,
  };
}

export function anInventory(change: Partial<Inventory> = {}): Inventory {
  const hosts = change.hosts ?? ['hv5', 'hv6', 'hv7'].map((name) => aHost({ name }));
  return {
    hosts,
    storages: hosts.flatMap(({ name: host }) => [
      { name: 'local', host, shared: false, content: ['iso', 'import'], freeGiB: 100 },
      { name: 'local-zfs', host, shared: false, content: ['images'], freeGiB: 1000 },
      { name: 'ceph-vm', host, shared: true, content: ['images'], freeGiB: 10_000 },
    ]),
    templates: [
      { vmid: 9001, name: 'ubuntu-24.04-template', host: 'hv5', storage: 'local-zfs', diskGiB: 8 },
      { vmid: 9002, name: 'ubuntu-24.04-template', host: 'hv6', storage: 'ceph-vm', diskGiB: 8 },
    ],
    images: [],
    vmids: [9001, 9002],
    runningVmids: [],
    ...change,
  };
}
