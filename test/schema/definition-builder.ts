/** A valid definition to start from, and the network that it gets. */
import type { NetworkDefaults } from '../../schema/cluster-definition.js';

export const NETWORK: NetworkDefaults = {
  bridge: 'vmbr0',
  vlan: null,
  cidr: '10.1.107.0/24',
  gateway: '10.1.107.1',
  ipRange: '10.1.107.100-150',
  nameservers: ['10.1.107.2'],
  domain: 'cluster.internal',
};

/** JSON as an operator would write it; freely changed by a test. */
// oxlint-disable-next-line typescript/no-explicit-any -- a test reaches anywhere into it
export type Json = any;

export function aDefinition(change: (body: Json) => void = () => {}): Json {
  const body = {
    name: 'edge',
    type: 'K3S',
    version: 'v1.32.0+k3s1',
    bootMethod: 'TEMPLATE',
    nodeGroups: [
      {
        name: 'server',
        role: 'CONTROL_PLANE',
        count: 1,
        template: { imageSource: 'local-zfs:9001/ubuntu-24.04-template' },
      },
      {
        name: 'agents',
        role: 'WORKER',
        count: 2,
        template: { imageSource: 'local-zfs:9001/ubuntu-24.04-template' },
      },
    ],
  };
  change(body);
  return body;
}
