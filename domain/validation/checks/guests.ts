/** Checks of what machines say of themselves: reachability, disks, network, time and services. */
import { nameServerOf, hasRecords } from '../../services/name-server.js';
import type { Check } from '../check.js';
import type { FileSystemFact } from '../facts/guest.js';
import { duration, percent } from '../figures.js';
import { guestsOf, nodesOf, type ValidationSubject } from '../subject.js';
import { eachMachine, unseen, type OfMachine, type Seen } from '../verdict.js';
import type { GuestFact } from '../facts/guest.js';

/** The kubelet begins to evict pods at 85 % of the images' file system, and at 90 % of its own. */
const MOST_DISK_USED = 0.85;
const MOST_INODES_USED = 0.9;
/** etcd warns of more than a second; leases and tokens are off by as much. */
const MOST_SKEW_MS = 1_000;

const hasGuests = (subject: ValidationSubject): boolean => guestsOf(subject).length > 0;

export const GUEST_CHECKS: readonly Check[] = [
  {
    id: 'guest-reachable',
    title: 'Each machine lets the service log in',
    category: 'INFRASTRUCTURE',
    suite: 'QUICK',
    severity: 'CRITICAL',
    fact: 'guests',
    remedy: 'Look at the console of the machine; check bridge, VLAN, address and its SSH service.',
    applies: hasGuests,
    judge: (guests) =>
      // Here that a machine cannot be looked at is what was looked for.
      eachMachine(guests.map(reachability), 'logged in', (reason) => reason),
  },
  {
    id: 'disk-space',
    title: 'File systems have free space',
    category: 'INFRASTRUCTURE',
    suite: 'STANDARD',
    severity: 'CRITICAL',
    fact: 'guests',
    remedy:
      'Find what fills it (`du -xh / | sort -h | tail`), or enlarge the disk; the kubelet evicts pods from 85 % on.',
    applies: hasGuests,
    judge: (guests) =>
      eachMachine(guests, `at most ${percent(MOST_DISK_USED)} used`, ({ fileSystems }) =>
        fullOnes(fileSystems, MOST_DISK_USED),
      ),
  },
  {
    id: 'inode-space',
    title: 'File systems have free inodes',
    category: 'INFRASTRUCTURE',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'guests',
    remedy: 'Find the folder with very many files (`du --inodes -x / | sort -n | tail`).',
    applies: hasGuests,
    judge: (guests) =>
      eachMachine(guests, `at most ${percent(MOST_INODES_USED)} used`, ({ inodes }) =>
        fullOnes(inodes, MOST_INODES_USED),
      ),
  },
  {
    id: 'guest-mtu',
    title: 'Machines have the MTU of their network',
    category: 'INFRASTRUCTURE',
    suite: 'STANDARD',
    severity: 'CRITICAL',
    fact: 'guests',
    remedy:
      'Set the MTU of the interface as the definition says: with another one large packets are lost without a word.',
    applies: hasGuests,
    judge: (guests, { definition }) => {
      const wanted = definition.network.mtu ?? mostCommon(guests);
      return eachMachine(guests, `MTU ${wanted ?? 'not known'}`, ({ mtu }) => {
        if (mtu === null) return unseen('it does not tell the MTU of its interface');
        return mtu === wanted ? null : `its MTU is ${mtu}, not ${wanted ?? ''}`;
      });
    },
  },
  {
    id: 'default-route',
    title: 'Machines have a default route',
    category: 'INFRASTRUCTURE',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'guests',
    remedy: 'Check the gateway in the network configuration of the machine.',
    applies: (subject) => hasGuests(subject) && subject.definition.network.egress !== 'NONE',
    judge: (guests) =>
      eachMachine(guests, 'a default route is there', ({ hasDefaultRoute }) =>
        told(hasDefaultRoute, 'its routes', (is) => (is ? null : 'it has no default route')),
      ),
  },
  {
    id: 'guest-dns',
    title: 'Nodes resolve the names of the cluster',
    category: 'INFRASTRUCTURE',
    suite: 'STANDARD',
    severity: 'CRITICAL',
    fact: 'guests',
    remedy:
      'Ask each name server of the machine by hand (`resolvectl status`, `dig NAME @SERVER`), then look at the one that does not know the name.',
    applies: (subject) =>
      nodeGuests(subject).length > 0 &&
      (hasRecords(subject.definition) || nameServerOf(subject.definition) !== undefined),
    judge: (guests, subject) =>
      // Machines of services came before the names, and know each other by address.
      eachMachine(onNodes(guests, subject), 'every name has an address', ({ names }) =>
        told(names, 'what names stand for', ({ unresolved }) =>
          unresolved.length === 0 ? null : `it does not resolve ${unresolved.join(', ')}`,
        ),
      ),
  },
  {
    id: 'time-skew',
    title: 'Clocks agree',
    category: 'INFRASTRUCTURE',
    suite: 'QUICK',
    severity: 'CRITICAL',
    fact: 'guests',
    remedy:
      'Set the clock by NTP. Where all machines are off by the same time, the clock of the worker is the wrong one.',
    remediation: 'RESYNC_TIME',
    applies: hasGuests,
    judge: (guests) =>
      eachMachine(guests, `within ${MOST_SKEW_MS / 1_000} s of the worker`, ({ clockOffsetMs }) =>
        told(clockOffsetMs, 'its time', (offset) =>
          Math.abs(offset) <= MOST_SKEW_MS
            ? null
            : `its clock is ${duration(Math.abs(offset) / 1_000)} ${offset > 0 ? 'ahead' : 'behind'}`,
        ),
      ),
  },
  {
    id: 'time-synchronised',
    title: 'Clocks are kept by NTP',
    category: 'INFRASTRUCTURE',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'guests',
    remedy:
      'Check that a time server can be reached from the machine (`timedatectl timesync-status`, `chronyc sources`).',
    remediation: 'RESYNC_TIME',
    applies: hasGuests,
    judge: (guests) =>
      eachMachine(guests, 'synchronised', ({ clockSynchronised }) =>
        told(clockSynchronised, 'whether it is synchronised', (is) => (is ? null : 'it is not synchronised')),
      ),
  },
  {
    id: 'swap-off',
    title: 'Nodes do not swap',
    category: 'INFRASTRUCTURE',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'guests',
    remedy:
      'Run `swapoff -a` and take the entry out of `/etc/fstab`: the kubelet counts on memory that is there.',
    applies: (subject) => nodeGuests(subject).length > 0,
    judge: (guests, subject) =>
      eachMachine(onNodes(guests, subject), 'no swap', ({ swaps }) =>
        told(swaps, 'whether it swaps', (list) =>
          list.length === 0 ? null : `it swaps to ${list.join(', ')}`,
        ),
      ),
  },
  {
    id: 'failed-services',
    title: 'No service of a machine has failed',
    category: 'INFRASTRUCTURE',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'guests',
    remedy: 'Read `journalctl -u UNIT` on the machine.',
    applies: hasGuests,
    judge: (guests) =>
      eachMachine(guests, 'none failed', ({ failedUnits }) =>
        told(failedUnits, 'its services', (units) =>
          units.length === 0 ? null : `${units.join(', ')} failed`,
        ),
      ),
  },
];

function reachability({ machine, seen: fact }: OfMachine<GuestFact>): OfMachine<string | null> {
  return { machine, seen: { kind: 'seen', value: fact.kind === 'seen' ? null : fact.reason } };
}

export function told<T>(
  value: T | null,
  what: string,
  objection: (value: T) => string | null,
): string | null | Seen<never> {
  return value === null ? unseen(`it does not tell ${what}`) : objection(value);
}

export function nodeGuests(subject: ValidationSubject): string[] {
  const nodes = new Set(nodesOf(subject).map(({ name }) => name));
  return guestsOf(subject).flatMap(({ name }) => (nodes.has(name) ? [name] : []));
}

export function onNodes(
  guests: readonly OfMachine<GuestFact>[],
  subject: ValidationSubject,
): OfMachine<GuestFact>[] {
  const names = new Set(nodeGuests(subject));
  return guests.filter(({ machine }) => names.has(machine));
}

export function onControlPlane(
  guests: readonly OfMachine<GuestFact>[],
  subject: ValidationSubject,
): OfMachine<GuestFact>[] {
  const names = new Set(controlPlaneGuests(subject));
  return guests.filter(({ machine }) => names.has(machine));
}

export function controlPlaneGuests(subject: ValidationSubject): string[] {
  return guestsOf(subject).flatMap(({ name, role }) => (role === 'CONTROL_PLANE' ? [name] : []));
}

function fullOnes(systems: readonly FileSystemFact[] | null, most: number): string | null | Seen<never> {
  return told(systems, 'how full its file systems are', (list) => {
    const full = list.filter(({ usedShare }) => usedShare > most);
    return full.length === 0
      ? null
      : full.map(({ path, usedShare }) => `${path} is ${percent(usedShare)} full`).join(', ');
  });
}

/** Where the definition leaves it open, the odd one out is the wrong one. */
function mostCommon(guests: readonly OfMachine<GuestFact>[]): number | null {
  const counts = new Map<number, number>();
  for (const { seen: fact } of guests) {
    if (fact.kind === 'seen' && fact.value.mtu !== null)
      counts.set(fact.value.mtu, (counts.get(fact.value.mtu) ?? 0) + 1);
  }
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}
