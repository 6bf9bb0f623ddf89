/** The text of `/etc/haproxy/haproxy.cfg` (https://docs.haproxy.org/2.6/configuration.html). */
import type { BalancedService } from '../services/configuration.js';
import type { BalancedCheck, BalancedPort } from './balanced-port.js';
import { fingerprint } from './fingerprint.js';
import {
  type BalancedMachine,
  balancerNamed,
  type BalancerMachine,
  checkedLoadBalancer,
  forwardedPorts,
  type LoadBalancer,
  machinesBehind,
} from './load-balancer.js';

/** Where commands are sent to the HAProxy that runs; root's alone, as they can take machines out. */
export const ADMIN_SOCKET = '/run/haproxy/admin.sock';

/** What machines ask of each other is never forwarded from the public side: join credentials go through it. */
const PUBLIC_SERVICES: readonly BalancedService[] = ['api', 'ingress'];

/** A forwarded connection takes two buffers of 16 KiB and what the kernel keeps for two sockets. */
const CONNECTIONS_PER_MIB = 10;
/** Each takes two file descriptors, of which systemd lets a service have half a million. */
const MAX_CONNECTIONS = 100_000;

/** What the balancer listens on for one port. */
export interface Listener {
  readonly address: string;
  readonly port: number;
  /** The only interface that is listened on, as an address alone would also be answered by the others; `null`: all. */
  readonly device: string | null;
}

export function frontendName({ service, port }: BalancedPort): string {
  return `${service}-${port}`;
}

export function backendName(port: BalancedPort): string {
  return `${frontendName(port)}-machines`;
}

/** An address and a port as HAProxy and `ss` write them. */
export function hostPort(address: string, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/**
 * Each port is listened on at the address that clients use, which may be at the other balancer right now, and at the
 * balancer's own, where an operator can ask it alone. @param loadBalancer that was checked.
 */
export function listenersOf(
  { privateSide, publicSide }: LoadBalancer,
  { service, port }: BalancedPort,
  { privateAddress, publicAddress }: BalancerMachine,
): readonly Listener[] {
  const isPublic = publicSide !== null && PUBLIC_SERVICES.includes(service);
  // Linux takes a packet for an address of another interface of its own: only the interface keeps the sides apart.
  const device = publicSide !== null && !isPublic ? privateSide.interface : null;
  const addresses = [
    ...[privateSide.address, privateAddress],
    ...(isPublic ? [publicSide.address, publicAddress ?? publicSide.address] : []),
  ];
  return [...new Set(addresses)].map((address) => ({ address, port, device }));
}

/**
 * @param name of the balancer that the file is for.
 * @returns the same text for the same load balancer, however its lists are ordered.
 * @throws `INVALID_REQUEST`
 */
export function haproxyConfig(request: LoadBalancer, name: string): string {
  const loadBalancer = checkedLoadBalancer(request);
  const { cluster } = loadBalancer;
  const balancer = balancerNamed(loadBalancer, name);
  const text = [
    ...globalLines(loadBalancer),
    ...DEFAULTS,
    ...forwardedPorts(loadBalancer).flatMap((port) => [
      ...frontendLines(port, listenersOf(loadBalancer, port, balancer)),
      ...backendLines(port, loadBalancer.machines),
    ]),
    '',
  ].join('\n');
  return [
    `# Cluster ${cluster}: written by Clusterwright, and written again when it differs.`,
    '',
    'global',
    // HAProxy tells it when it is asked: after a reload that failed, the process before it is still at work.
    `  description ${cluster}-${fingerprint(text).toString(16).padStart(16, '0')}`,
    text,
  ].join('\n');
}

/** What an HAProxy says of itself that runs with this file: `demo-0123456789abcdef`. */
export function descriptionIn(config: string): string {
  return /^ {2}description (\S+)$/m.exec(config)?.[1] ?? '';
}

function globalLines({ memoryMiB }: LoadBalancer): string[] {
  const connections = Math.min(MAX_CONNECTIONS, Math.floor(memoryMiB * CONNECTIONS_PER_MIB));
  return [
    '  log /dev/log local0',
    '  chroot /var/lib/haproxy',
    '  user haproxy',
    '  group haproxy',
    `  stats socket ${ADMIN_SOCKET} mode 600 level admin`,
    '  stats timeout 30s',
    `  maxconn ${connections}`,
    // Connections that never end by themselves, such as a kubelet's, would keep each old process for ever.
    '  hard-stop-after 15m',
  ];
}

/**
 * Watches may be silent for minutes, and a shell in a pod for hours. No content is looked at, and so none is logged.
 */
const DEFAULTS = [
  '',
  'defaults',
  '  mode tcp',
  '  log global',
  '  option tcplog',
  '  option dontlognull',
  '  option redispatch',
  '  retries 3',
  '  timeout connect 5s',
  '  timeout check 5s',
  '  timeout queue 30s',
  '  timeout client 10m',
  '  timeout server 10m',
  '  timeout client-fin 30s',
  '  timeout tunnel 4h',
];

function frontendLines(port: BalancedPort, listeners: readonly Listener[]): string[] {
  return [
    '',
    `frontend ${frontendName(port)}`,
    ...listeners.map((listener) => {
      const device = listener.device === null ? '' : ` interface ${listener.device}`;
      return `  bind ${hostPort(listener.address, listener.port)}${device}`;
    }),
    `  default_backend ${backendName(port)}`,
  ];
}

function backendLines(port: BalancedPort, machines: readonly BalancedMachine[]): string[] {
  return [
    '',
    `backend ${backendName(port)}`,
    '  balance roundrobin',
    ...checkLines(port.check),
    ...machinesBehind(port, machines).map(({ name, role, address }) => {
      // The machines that stay serve as soon as they can; the bootstrap machine steps in until then.
      const kind = role === 'BOOTSTRAP' ? ' backup' : '';
      return `  server ${name} ${hostPort(address, port.port)} check${kind}`;
    }),
  ];
}

function checkLines(check: BalancedCheck): string[] {
  // A machine that comes up is used within about a second: what is done next waits for it.
  const pace = 'inter 2s fastinter 500ms downinter 500ms fall 3 rise 2';
  switch (check.kind) {
    case 'tcp':
      return [`  default-server ${pace}`];
    case 'https':
      return [
        `  option httpchk GET ${check.path}`,
        '  http-check expect status 200',
        `  default-server ${pace} check-ssl verify none`,
      ];
  }
}
