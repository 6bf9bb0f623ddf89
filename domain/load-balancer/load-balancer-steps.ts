/** What is done on a machine so that it is a load balancer, and each time the machines behind it change. */
import type { GuestStep } from '../guest-step.js';
import { checkedFileStep, type Condition } from '../services/checked-file.js';
import { descriptionIn, haproxyConfig, hostPort, type Listener, listenersOf } from './haproxy-config.js';
import { HAPROXY_CHECK, keepalivedConfig } from './keepalived-config.js';
import {
  balancerNamed,
  checkedLoadBalancer,
  forwardedPorts,
  isPair,
  type LoadBalancer,
} from './load-balancer.js';
import { isDescribedAs } from './runtime-commands.js';

const SYSCTL_FILE = '/etc/sysctl.d/90-clusterwright-load-balancer.conf';
const SYSCTL_TIMEOUT_SECONDS = 60;

/**
 * HAProxy, and for one of two balancers keepalived. Run again with other machines, they change what runs and drop no
 * connection. @param name of the balancer that the steps are for.
 * @throws `INVALID_REQUEST`
 */
export function loadBalancerSteps(request: LoadBalancer, name: string): GuestStep[] {
  const loadBalancer = checkedLoadBalancer(request);
  const haproxy = haproxyStep(loadBalancer, name);
  return isPair(loadBalancer)
    ? [foreignAddressStep(loadBalancer), haproxy, keepalivedStep(loadBalancer, name)]
    : [haproxy];
}

/** Both listen at the address that clients use, though only one of them has it. */
function foreignAddressStep({ privateSide, publicSide }: LoadBalancer): GuestStep {
  const addresses = [privateSide, publicSide].flatMap((side) => side?.address ?? []);
  const settings = [
    ...(addresses.some((address) => !address.includes(':')) ? ['net.ipv4.ip_nonlocal_bind'] : []),
    ...(addresses.some((address) => address.includes(':')) ? ['net.ipv6.ip_nonlocal_bind'] : []),
  ];
  const isSet = settings.map((setting) => `test "$(sysctl -n ${setting})" = 1`).join('\n');
  return {
    id: 'foreign-addresses',
    title: 'Listen at addresses that the other load balancer has',
    files: [
      {
        path: SYSCTL_FILE,
        mode: '0644',
        content: settings.map((setting) => `${setting} = 1\n`).join(''),
      },
    ],
    observe: isSet,
    act: `sysctl -q -p ${SYSCTL_FILE}`,
    verify: isSet,
    timeoutSeconds: SYSCTL_TIMEOUT_SECONDS,
  };
}

function haproxyStep(loadBalancer: LoadBalancer, name: string): GuestStep {
  const content = haproxyConfig(loadBalancer, name);
  return checkedFileStep({
    id: 'haproxy',
    title: `Balance ${loadBalancer.services.join(', ')} of ${loadBalancer.cluster}`,
    // By the second one commands are sent to the first.
    packages: ['haproxy', 'socat'],
    unit: 'haproxy',
    file: { path: '/etc/haproxy/haproxy.cfg', mode: '0644', content },
    scripts: [],
    standIn: null,
    check: (candidate) => `haproxy -c -f ${candidate}`,
    change: 'reload',
    isServing: [
      {
        test: isDescribedAs(descriptionIn(content)),
        otherwise: 'haproxy runs with another file: it did not take this one when it was told to reload',
      },
      ...listening(loadBalancer, name),
    ],
  });
}

function listening(loadBalancer: LoadBalancer, name: string): Condition[] {
  const balancer = balancerNamed(loadBalancer, name);
  return forwardedPorts(loadBalancer)
    .flatMap((port) => listenersOf(loadBalancer, port, balancer))
    .map((listener) => ({
      test: `ss -Hltn | grep -qF ' ${boundTo(listener)} '`,
      otherwise: `nothing listens on ${boundTo(listener)}`,
    }));
}

/** As `ss` shows it: `10.1.107.5:6443`, `[fd00::5]%primary:22623`. */
function boundTo({ address, port, device }: Listener): string {
  const bound = hostPort(address, port);
  return device === null ? bound : bound.replace(/:(\d+)$/, `%${device}:$1`);
}

function keepalivedStep(loadBalancer: LoadBalancer, name: string): GuestStep {
  const { cluster, privateSide, publicSide } = loadBalancer;
  const addresses = [privateSide, publicSide].flatMap((side) => side?.address ?? []);
  return checkedFileStep({
    id: 'keepalived',
    title: `Share ${addresses.join(' and ')} of ${cluster} with the other load balancer`,
    packages: ['keepalived'],
    unit: 'keepalived',
    file: {
      path: '/etc/keepalived/keepalived.conf',
      // The secret of the pair is in it.
      mode: '0600',
      content: keepalivedConfig(loadBalancer, name),
    },
    scripts: [HAPROXY_CHECK],
    standIn: null,
    check: (candidate) => `keepalived -t -f ${candidate}`,
    change: 'reload',
    isServing: [],
  });
}
