/** What makes a machine with two interfaces the way out of the cluster's subnet: it forwards and masquerades. */
import { fail } from '../errors.js';
import type { GuestStep } from '../guest-step.js';
import { type Cidr, formatCidr, parseCidr } from './cidr.js';

/** Name of the table in nftables. Nothing outside of it is touched. */
export const NAT_TABLE = 'clusterwright_nat';

const RULES_FILE = '/etc/nftables.conf';
const SYSCTL_FILE = '/etc/sysctl.d/90-clusterwright-nat.conf';

/** How nftables and the kernel name what differs between the families. */
const FAMILIES = {
  4: { table: 'ip', forwarding: 'net.ipv4.ip_forward' },
  6: { table: 'ip6', forwarding: 'net.ipv6.conf.all.forwarding' },
} as const;

/**
 * One step that makes the machine translate the addresses of the subnet for everything outside of it, now and after each
 * restart. Nobody outside may open a connection into the subnet through it.
 * @param subnet of the machines that have no way out of their own, such as `10.1.107.0/24`.
 * @param podCidr their pods, who may reach the machines through it.
 * @throws `INVALID_REQUEST` when one of them is no subnet, or they are of different families.
 */
export function natStep(network: { readonly subnet: string; readonly podCidr: string }): GuestStep {
  const [machines, pods] = [cidrOf(network.subnet), cidrOf(network.podCidr)];
  if (machines.family !== pods.family)
    throw fail('INVALID_REQUEST', `${network.subnet} and ${network.podCidr} are of different families`);
  const { table, forwarding } = FAMILIES[machines.family];
  // As nftables prints them: what it holds is compared with this text.
  const [subnet, podCidr] = [formatCidr(machines), formatCidr(pods)];
  const isTranslating = [
    `test "$(sysctl -n ${forwarding})" = 1`,
    `nft list table ${table} ${NAT_TABLE} | grep -qF '${translation(table, subnet)}'`,
    'systemctl is-enabled --quiet nftables',
  ].join('\n');
  return {
    id: 'nat',
    title: `Translate addresses for ${subnet}`,
    files: [
      { path: SYSCTL_FILE, mode: '0644', content: `${forwarding} = 1\n` },
      { path: RULES_FILE, mode: '0644', content: rulesFile(table, subnet, podCidr) },
    ],
    observe: isTranslating,
    act: [
      // The file is there already, and is ours: the package must not ask which of the two to keep.
      'if ! command -v nft; then',
      '  apt-get update',
      '  DEBIAN_FRONTEND=noninteractive apt-get -y -o Dpkg::Options::=--force-confold install nftables',
      'fi',
      `sysctl -q -p ${SYSCTL_FILE}`,
      // Read before it is loaded at each start: a file that nft refuses would leave the machine without rules.
      `nft -c -f ${RULES_FILE}`,
      `nft -f ${RULES_FILE}`,
      // Not restarted: stopping the unit flushes the rules of everybody else, too.
      'systemctl enable nftables',
    ].join('\n'),
    verify: isTranslating,
    timeoutSeconds: 600,
  };
}

/** Making the table, deleting it and making it anew is one transaction: loading the file twice changes nothing. */
function rulesFile(table: string, subnet: string, podCidr: string): string {
  return `#!/usr/sbin/nft -f
# Written by Clusterwright: changes by hand are overwritten.

table ${table} ${NAT_TABLE}
delete table ${table} ${NAT_TABLE}
table ${table} ${NAT_TABLE} {
  chain forward {
    type filter hook forward priority 0; policy accept;
    ${table} daddr ${subnet} ${table} saddr != { ${subnet}, ${podCidr} } ct state new drop
  }
  chain postrouting {
    type nat hook postrouting priority 100; policy accept;
    ${translation(table, subnet)}
  }
}
`;
}

function translation(table: string, subnet: string): string {
  return `${table} saddr ${subnet} ${table} daddr != ${subnet} masquerade`;
}

function cidrOf(text: string): Cidr {
  const cidr = parseCidr(text);
  if (typeof cidr === 'string') throw fail('INVALID_REQUEST', `the subnet "${text}" ${cidr}`);
  return cidr;
}
