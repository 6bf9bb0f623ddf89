/** Load balancers of several shapes, for tests that hold for each. */
import type { BalancedPort } from '../../../domain/load-balancer/balanced-port.js';
import type { BalancedMachine, LoadBalancer } from '../../../domain/load-balancer/load-balancer.js';
import { BALANCED_SERVICES } from '../../../domain/services/configuration.js';

const CONTROL = ['BOOTSTRAP', 'CONTROL_PLANE'] as const;

export const ALL_PORTS: readonly BalancedPort[] = [
  { service: 'api', port: 6443, roles: CONTROL, check: { kind: 'https', path: '/readyz' } },
  { service: 'ingress', port: 443, roles: ['WORKER', 'INFRA'], check: { kind: 'tcp' } },
  { service: 'ingress', port: 80, roles: ['WORKER', 'INFRA'], check: { kind: 'tcp' } },
  { service: 'machine-config', port: 22623, roles: CONTROL, check: { kind: 'https', path: '/healthz' } },
  { service: 'konnectivity', port: 8132, roles: CONTROL, check: { kind: 'tcp' } },
  { service: 'rke2', port: 9345, roles: CONTROL, check: { kind: 'tcp' } },
  { service: 'talos', port: 50_000, roles: CONTROL, check: { kind: 'tcp' } },
];

export const MACHINES: readonly BalancedMachine[] = [
  { name: 'demo-master-1', role: 'CONTROL_PLANE', address: '10.1.107.101' },
  { name: 'demo-master-2', role: 'CONTROL_PLANE', address: '10.1.107.102' },
  { name: 'demo-worker-1', role: 'WORKER', address: '10.1.107.111' },
  { name: 'demo-bastion-1', role: 'BASTION', address: '10.1.107.9' },
];

export const BOOTSTRAP: BalancedMachine = {
  name: 'demo-bootstrap-1',
  role: 'BOOTSTRAP',
  address: '10.1.107.100',
};

/** One machine with one interface, which forwards the API alone. */
export function aLoadBalancer(change: Partial<LoadBalancer> = {}): LoadBalancer {
  return {
    cluster: 'demo',
    services: ['api'],
    ports: ALL_PORTS,
    machines: MACHINES,
    balancers: [{ name: 'demo-lb-1', privateAddress: '10.1.107.11', publicAddress: null }],
    privateSide: { interface: 'primary', address: '10.1.107.11', prefixLength: 24 },
    publicSide: null,
    memoryMiB: 512,
    pairSecret: null,
    ...change,
  };
}

export function aPair(change: Partial<LoadBalancer> = {}): LoadBalancer {
  return aLoadBalancer({
    balancers: [
      { name: 'demo-lb-1', privateAddress: '10.1.107.11', publicAddress: null },
      { name: 'demo-lb-2', privateAddress: '10.1.107.12', publicAddress: null },
    ],
    privateSide: { interface: 'primary', address: '10.1.107.5', prefixLength: 24 },
    pairSecret: 'pair',
    ...change,
  });
}

/** Two machines with two interfaces each, which forward whatever there is. */
export function aDualHomedPair(change: Partial<LoadBalancer> = {}): LoadBalancer {
  return aPair({
    services: BALANCED_SERVICES,
    machines: [...MACHINES, BOOTSTRAP],
    balancers: [
      { name: 'demo-lb-1', privateAddress: '10.1.107.11', publicAddress: '192.0.2.11' },
      { name: 'demo-lb-2', privateAddress: '10.1.107.12', publicAddress: '192.0.2.12' },
    ],
    publicSide: { interface: 'public', address: '192.0.2.5', prefixLength: 26 },
    ...change,
  });
}

export function anIpv6Pair(change: Partial<LoadBalancer> = {}): LoadBalancer {
  return aPair({
    services: ['api', 'rke2'],
    machines: MACHINES.map((machine, index) => ({ ...machine, address: `fd00:0::${101 + index}` })),
    balancers: [
      { name: 'demo-lb-1', privateAddress: 'fd00::11', publicAddress: null },
      { name: 'demo-lb-2', privateAddress: 'fd00::12', publicAddress: null },
    ],
    privateSide: { interface: 'primary', address: 'fd00::5', prefixLength: 64 },
    ...change,
  });
}
