/** The text of `/etc/keepalived/keepalived.conf`, by which one of two load balancers has the address that clients use. */
import { fail } from '../errors.js';
import type { GuestFile } from '../guest-step.js';
import { ADMIN_SOCKET } from './haproxy-config.js';
import {
  balancerNamed,
  type BalancerMachine,
  type BalancerSide,
  checkedLoadBalancer,
  isPair,
  type LoadBalancer,
} from './load-balancer.js';
import { virtualRouterIds } from './virtual-router-id.js';

const CHECK_PATH = '/usr/local/sbin/clusterwright-haproxy-check';
/** The first balancer has the higher one; it counts only when both want the address at once. */
const HIGHEST_PRIORITY = 101;

/** There once a machine was up behind the balancer. */
const SERVED = '/var/lib/clusterwright/load-balancer-served';
/** How long a new balancer may wait for the first machine to come up. */
const GRACE_SECONDS = 3_600;

/**
 * Ends with 0 while HAProxy runs and at least one machine behind it is up: a balancer that reaches none gives the address
 * to the other one. A new one has it before there is any, as the machine that forms the cluster looks for its own API
 * there: that it would be given only then would make that machine wait. HAProxy takes a machine for up until its first
 * look at it, and says `UP` without a count only of one that has answered. A backend without any machine counts as up
 * for HAProxy, so that the machines are counted.
 */
export const HAPROXY_CHECK: GuestFile = {
  path: CHECK_PATH,
  mode: '0755',
  content: `#!/bin/sh
# Asked by keepalived whether this load balancer can serve. Written by Clusterwright: changes by hand are overwritten.
served=${SERVED}
state=$(printf 'show stat\\n' | socat -t 2 - UNIX-CONNECT:${ADMIN_SOCKET} | awk -F, '
  $2 != "FRONTEND" && $2 != "BACKEND" && $18 ~ /^UP/ { up = 1 }
  $2 != "FRONTEND" && $2 != "BACKEND" && $18 == "UP" { answers = 1 }
  END { print (answers ? "answers" : (up ? "up" : (NR ? "down" : "silent"))) }
')
case $state in
  answers)
    test -e "$served" || { mkdir -p "\${served%/*}" && touch "$served"; }
    # That it cannot be noted takes the address from nobody.
    exit 0
    ;;
  up) exit 0 ;;
  down) test ! -e "$served" && test $(($(date +%s) - $(stat -c %Y ${CHECK_PATH}))) -lt ${GRACE_SECONDS} ;;
  *) exit 1 ;;
esac
`,
};

/**
 * Both begin as backups, and none takes the address from one that has it: a balancer that comes back after a failure
 * interrupts nobody. @param name of the balancer that the file is for.
 * @throws `INVALID_REQUEST` also when there are not two load balancers.
 */
export function keepalivedConfig(request: LoadBalancer, name: string): string {
  const loadBalancer = checkedLoadBalancer(request);
  const { cluster, balancers, privateSide, publicSide, pairSecret } = loadBalancer;
  const self = balancerNamed(loadBalancer, name);
  const peer = balancers.find((balancer) => balancer.name !== name);
  if (!isPair(loadBalancer) || peer === undefined)
    throw fail('INVALID_REQUEST', `the load balancer of ${cluster} is no pair, and has no virtual address`);

  const priority = HIGHEST_PRIORITY - balancers.indexOf(self);
  const ids = virtualRouterIds(cluster);
  const common = { priority, pairSecret };
  const lines = [
    `# Cluster ${cluster}: written by Clusterwright, and written again when it differs.`,
    ...globalLines(self),
    ...instanceLines('private', privateSide, {
      ...common,
      routerId: ids.privateSide,
      own: self.privateAddress,
      peer: peer.privateAddress,
    }),
    ...(publicSide === null || self.publicAddress === null || peer.publicAddress === null
      ? []
      : instanceLines('public', publicSide, {
          ...common,
          routerId: ids.publicSide,
          own: self.publicAddress,
          peer: peer.publicAddress,
        })),
  ];
  return `${lines.join('\n')}\n`;
}

function globalLines({ name }: BalancerMachine): string[] {
  return [
    '',
    'global_defs {',
    `  router_id ${name}`,
    '  enable_script_security',
    '  script_user root',
    // What does not come from the peer is not listened to.
    '  vrrp_check_unicast_src',
    '}',
    '',
    'vrrp_script haproxy {',
    `  script "${CHECK_PATH}"`,
    '  interval 2',
    '  timeout 3',
    '  fall 2',
    '  rise 2',
    '}',
  ];
}

interface Instance {
  readonly routerId: number;
  readonly priority: number;
  readonly own: string;
  readonly peer: string;
  readonly pairSecret: string | null;
}

function instanceLines(
  name: string,
  { interface: device, address, prefixLength }: BalancerSide,
  { routerId, priority, own, peer, pairSecret }: Instance,
): string[] {
  return [
    '',
    `vrrp_instance ${name} {`,
    '  state BACKUP',
    '  nopreempt',
    `  interface ${device}`,
    `  virtual_router_id ${routerId}`,
    `  priority ${priority}`,
    '  advert_int 1',
    `  unicast_src_ip ${own}`,
    ...block('unicast_peer', [peer]),
    ...authenticationLines(address, pairSecret),
    ...block('virtual_ipaddress', [`${address}/${prefixLength} dev ${device}`]),
    ...block('track_script', ['haproxy']),
    '}',
  ];
}

/** The VRRP of IPv6 has none (RFC 5798): there the addresses alone are looked at. */
function authenticationLines(address: string, secret: string | null): string[] {
  if (secret === null || address.includes(':')) return [];
  return block('authentication', ['auth_type PASS', `auth_pass {{secret:${secret}}}`]);
}

function block(name: string, lines: readonly string[]): string[] {
  return [`  ${name} {`, ...lines.map((line) => `    ${line}`), '  }'];
}
