/** Random definitions: one to three servers, up to two workers, made and booted in all the ways there are. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { CLOUD_IMAGE, INSTALLER, OTHER_CLOUD_IMAGE } from '../../lab/images/lab-images.js';
import { parseClusterDefinition, type NetworkDefaults } from '../../schema/cluster-definition.js';
import type { Draw } from './draw.js';

/** Small, so that addresses are given out again and again. */
export const NETWORK: NetworkDefaults = {
  bridge: 'vmbr0',
  vlan: null,
  cidr: '10.1.107.0/24',
  gateway: '10.1.107.1',
  ipRange: '10.1.107.100-229',
  nameservers: ['10.1.107.1'],
  domain: 'lab.internal',
  publicNetwork: null,
};

const LOCAL_TEMPLATE = 'local-zfs:9001/ubuntu-24.04-template';
const SHARED_TEMPLATE = 'ceph-vm:9002/ubuntu-24.04-template';
const MEMORY_MIB = 1024;

/** How the machines of a group come into being. */
const MAKES = [
  { method: 'TEMPLATE', template: { imageSource: LOCAL_TEMPLATE } },
  { method: 'TEMPLATE', template: { imageSource: SHARED_TEMPLATE } },
  { method: 'TEMPLATE', template: { imageSource: LOCAL_TEMPLATE, storage: 'ceph-vm' } },
  { method: 'TEMPLATE', template: { imageSource: SHARED_TEMPLATE, storage: 'local-zfs' } },
  { method: 'TEMPLATE', template: imported(CLOUD_IMAGE, 'local-zfs') },
  { method: 'TEMPLATE', template: imported(OTHER_CLOUD_IMAGE, 'ceph-vm') },
  { method: 'ISO', template: { imageSource: `local:iso/${INSTALLER.file}`, storage: 'local-zfs' } },
  { method: 'ISO', template: { imageSource: `local:iso/${INSTALLER.file}`, storage: 'ceph-vm' } },
] as const;

const FURTHER_INTERFACE = {
  name: 'storage',
  bridge: 'vmbr0',
  privateVLAN: 42,
  cidr: '10.9.0.0/24',
  ipRange: '10.9.0.10-99',
};

/** @throws Error when what was drawn is no valid definition. */
export function randomDefinition(name: string, draw: Draw): ClusterDefinition {
  const servers = draw.pick('servers', [1, 1, 1, 3]);
  const workers = draw.pick('workers', [0, 0, 1, 2]);
  const groups = [aGroup('server', 'CONTROL_PLANE', servers, draw)];
  if (workers > 0) groups.push(aGroup('agent', 'WORKER', workers, draw));
  const input = {
    name,
    type: 'K3S',
    version: 'v1.32.0+k3s1',
    bootMethod: 'HYBRID',
    onFailure: draw.pick('on-failure', ['KEEP', 'ROLLBACK']),
    ...(draw.chance('deadline', 0.15) ? { deadlineMinutes: draw.integer('minutes', 5, 90) } : {}),
    ...(draw.chance('network', 0.4) ? { network: network(draw) } : {}),
    nodeGroups: groups,
  };
  const result = parseClusterDefinition(input, NETWORK);
  if (!result.ok) throw new Error(`${name}: ${JSON.stringify(result.faults)}`);
  return result.definition;
}

function network(draw: Draw): object {
  return {
    ...(draw.chance('vip', 0.5) ? { virtualAddresses: [{ name: 'api' }] } : {}),
    ...(draw.chance('firewall', 0.5)
      ? { firewall: [{ action: 'ACCEPT', protocol: 'TCP', ports: ['443'] }] }
      : {}),
  };
}

function aGroup(name: string, role: string, count: number, draw: Draw): object {
  const { method, template } = draw.pick(`make of ${name}`, MAKES);
  const overNetwork = method === 'TEMPLATE' && draw.chance(`delivery of ${name}`, 0.25);
  return {
    name,
    role,
    count,
    template: { ...template, memoryMiB: MEMORY_MIB },
    boot: { method, ...(overNetwork ? { delivery: 'NETWORK' } : {}) },
    ...(draw.chance(`interfaces of ${name}`, 0.2) ? { network: { interfaces: [FURTHER_INTERFACE] } } : {}),
  };
}

function imported({ url, checksum }: typeof CLOUD_IMAGE, storage: string) {
  return { imageSource: url, imageChecksum: checksum, storage };
}
