/** Checks of how busy hosts, machines and the API are, by themselves and against earlier validations. */
import type { Check } from '../check.js';
import { percent, quantile } from '../figures.js';
import type { GuestFact } from '../facts/guest.js';
import { guestsOf, type ValidationSubject } from '../subject.js';
import { eachMachine, judged, problemsOf, skipped, type OfMachine } from '../verdict.js';
import { nodeGuests, onNodes, told } from './guests.js';

const MOST_HOST_CPU = 0.9;
const MOST_HOST_MEMORY = 0.95;
const MOST_VM_CPU = 0.95;
const MOST_NODE_USED = 0.9;
const LEAST_MEMORY_AVAILABLE = 0.1;
/** Waiting processes for each processor. */
const MOST_LOAD = 2;
const MOST_PRESSURE = 0.4;
const MOST_STEAL = 0.1;
const MOST_THROTTLED = 0.25;
/** Kubernetes promises one second at the 99th percentile for calls to single objects. */
const MOST_LATENCY_MS = 1_000;
/** Beyond that times the usual something has changed; below the floor it does not matter. */
const MOST_TIMES_BASELINE = 3;
const LATENCY_FLOOR_MS = 100;
const LOAD_FLOOR = 0.7;

const hasGuests = (subject: ValidationSubject): boolean => guestsOf(subject).length > 0;

export const PERFORMANCE_CHECKS: readonly Check[] = [
  {
    id: 'host-memory',
    title: 'Hosts of its machines have free memory',
    category: 'PERFORMANCE',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'hosts',
    remedy: 'Migrate machines to other hosts: one without memory kills the largest of its VMs.',
    judge: (hosts) => hostShares(hosts, 'memoryShare', MOST_HOST_MEMORY, 'of its memory'),
  },
  {
    id: 'host-cpu',
    title: 'Hosts of its machines are not busy throughout',
    category: 'PERFORMANCE',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'hosts',
    remedy: 'Migrate machines to other hosts.',
    judge: (hosts) => hostShares(hosts, 'cpuShare', MOST_HOST_CPU, 'of its processors'),
  },
  {
    id: 'vm-cpu',
    title: 'VMs are not busy throughout',
    category: 'PERFORMANCE',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'vms',
    remedy: 'Give the group more processors, or the cluster more machines.',
    judge: (vms) =>
      problemsOf(
        vms,
        ({ machine, cpuShare }) =>
          cpuShare !== null && cpuShare > MOST_VM_CPU
            ? { subject: machine, detail: `it uses ${percent(cpuShare)} of its processors` }
            : null,
        `none uses more than ${percent(MOST_VM_CPU)}`,
      ),
  },
  {
    id: 'memory-available',
    title: 'Machines have available memory',
    category: 'PERFORMANCE',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'guests',
    remedy: 'Find who takes it (`ps --sort -rss`), or give the group more memory.',
    applies: hasGuests,
    judge: (guests) =>
      eachMachine(
        guests,
        `at least ${percent(LEAST_MEMORY_AVAILABLE)} available`,
        ({ memoryAvailableShare }) =>
          told(memoryAvailableShare, 'how much memory it has left', (share) =>
            share >= LEAST_MEMORY_AVAILABLE ? null : `${percent(share)} of its memory is available`,
          ),
      ),
  },
  {
    id: 'load',
    title: 'Machines keep up with their work',
    category: 'PERFORMANCE',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'guests',
    remedy: 'Find who waits (`top`): a high load with idle processors waits for a disk.',
    applies: hasGuests,
    judge: (guests) =>
      eachMachine(
        guests,
        `load of at most ${MOST_LOAD} a processor`,
        ({ loadPerCore }) =>
          told(loadPerCore, 'its load', (load) =>
            load <= MOST_LOAD ? null : `its load is ${load.toFixed(1)} a processor`,
          ),
        loadMeasure(guests),
      ),
  },
  {
    id: 'load-baseline',
    title: 'The load is what it used to be',
    category: 'PERFORMANCE',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'guests',
    remedy: 'Find out what runs now that did not before.',
    applies: hasGuests,
    judge: (guests, { baseline }) => {
      const load = loadMeasure(guests)?.highestLoadPerCore;
      if (load === undefined)
        return { kind: 'unknown', unseen: [{ subject: 'load', detail: 'no machine tells its load' }] };
      return againstBaseline(
        'load',
        load,
        baseline['highestLoadPerCore'],
        LOAD_FLOOR,
        (value) => `${value.toFixed(2)} a processor`,
      );
    },
  },
  {
    id: 'pressure',
    title: 'Work on nodes does not wait for processors, disks or memory',
    category: 'PERFORMANCE',
    suite: 'COMPREHENSIVE',
    severity: 'WARNING',
    fact: 'guests',
    remedy: 'Give the node more of what it waits for, or fewer pods.',
    applies: (subject) => nodeGuests(subject).length > 0,
    judge: (guests, subject) =>
      eachMachine(onNodes(guests, subject), `at most ${percent(MOST_PRESSURE)} of the time`, ({ pressure }) =>
        told(pressure, 'what its work waits for', (shares) => {
          const high = Object.entries(shares).filter(([, share]) => share > MOST_PRESSURE);
          return high.length === 0
            ? null
            : high.map(([what, share]) => `waits for ${what} ${percent(share)} of the time`).join(', ');
        }),
      ),
  },
  {
    id: 'cpu-steal',
    title: 'Hosts give machines the processors that they were promised',
    category: 'PERFORMANCE',
    suite: 'COMPREHENSIVE',
    severity: 'WARNING',
    fact: 'guests',
    remedy: 'Migrate the machine to a host that is less busy.',
    applies: hasGuests,
    judge: (guests) =>
      eachMachine(guests, `at most ${percent(MOST_STEAL)} taken away`, ({ stealShare }) =>
        told(stealShare, 'what its host takes away', (share) =>
          share <= MOST_STEAL ? null : `its host gave ${percent(share)} of its time to others`,
        ),
      ),
  },
  {
    id: 'cpu-throttling',
    title: 'Pods are not slowed down by their limits',
    category: 'PERFORMANCE',
    suite: 'COMPREHENSIVE',
    severity: 'WARNING',
    fact: 'guests',
    remedy: 'Raise or remove the CPU limits of the pods that are slow.',
    applies: (subject) => nodeGuests(subject).length > 0,
    judge: (guests, subject) =>
      eachMachine(
        onNodes(guests, subject),
        `at most ${percent(MOST_THROTTLED)} of the periods`,
        ({ throttledShare }) =>
          told(throttledShare, 'how often pods are throttled', (share) =>
            share <= MOST_THROTTLED ? null : `pods were throttled in ${percent(share)} of the periods`,
          ),
      ),
  },
  {
    id: 'node-usage',
    title: 'Nodes have room for more pods',
    category: 'PERFORMANCE',
    suite: 'COMPREHENSIVE',
    severity: 'WARNING',
    fact: 'nodeUsage',
    remedy: 'Add a node, or find the pods that take most (`kubectl top pods -A`).',
    judge: (nodes) =>
      problemsOf(
        nodes,
        ({ name, cpuShare, memoryShare }) => {
          const high = [
            ...(cpuShare > MOST_NODE_USED ? [`${percent(cpuShare)} of its processors`] : []),
            ...(memoryShare > MOST_NODE_USED ? [`${percent(memoryShare)} of its memory`] : []),
          ];
          return high.length === 0 ? null : { subject: name, detail: `pods use ${high.join(' and ')}` };
        },
        `${nodes.length} nodes are below ${percent(MOST_NODE_USED)}`,
      ),
  },
  {
    id: 'api-latency',
    title: 'The API answers fast',
    category: 'PERFORMANCE',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'apiLatencies',
    remedy: 'Look at the disks of etcd first, then at the load of the control plane.',
    judge: (latencies) => {
      const [median, slow] = [quantile(latencies, 0.5) ?? 0, quantile(latencies, 0.95) ?? 0];
      return judged(
        slow <= MOST_LATENCY_MS
          ? []
          : [{ subject: 'API', detail: `it takes ${Math.round(slow)} ms at the 95th percentile` }],
        `${Math.round(median)} ms at the median, ${Math.round(slow)} ms at the 95th percentile`,
        { measures: { apiLatencyMs: median } },
      );
    },
  },
  {
    id: 'api-latency-baseline',
    title: 'The API is as fast as it used to be',
    category: 'PERFORMANCE',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'apiLatencies',
    remedy: 'Look what has changed since: disks of etcd, number of objects, clients that list everything.',
    judge: (latencies, { baseline }) =>
      againstBaseline(
        'API',
        quantile(latencies, 0.5) ?? 0,
        baseline['apiLatencyMs'],
        LATENCY_FLOOR_MS,
        (value) => `${Math.round(value)} ms`,
      ),
  },
];

function hostShares(
  hosts: readonly {
    readonly name: string;
    readonly cpuShare: number | null;
    readonly memoryShare: number | null;
  }[],
  which: 'cpuShare' | 'memoryShare',
  most: number,
  what: string,
) {
  return judged(
    hosts.flatMap((host) => {
      const share = host[which];
      return share !== null && share > most
        ? [{ subject: host.name, detail: `it uses ${percent(share)} ${what}` }]
        : [];
    }),
    hosts.map((host) => `${host.name} ${percent(host[which] ?? 0)}`).join(', '),
    {
      unseen: hosts.flatMap((host) =>
        host[which] === null
          ? [{ subject: host.name, detail: `it is not told how much ${what} it uses` }]
          : [],
      ),
    },
  );
}

function loadMeasure(
  guests: readonly OfMachine<GuestFact>[],
): { readonly highestLoadPerCore: number } | undefined {
  const loads = guests.flatMap(({ seen: fact }) =>
    fact.kind === 'seen' && fact.value.loadPerCore !== null ? [fact.value.loadPerCore] : [],
  );
  return loads.length === 0 ? undefined : { highestLoadPerCore: Math.max(...loads) };
}

function againstBaseline(
  subject: string,
  value: number,
  usual: number | undefined,
  floor: number,
  text: (value: number) => string,
) {
  if (usual === undefined) return skipped('there is no earlier validation to compare with');
  const most = Math.max(usual * MOST_TIMES_BASELINE, floor);
  return judged(
    value <= most ? [] : [{ subject, detail: `${text(value)}, and usually ${text(usual)}` }],
    `${text(value)}, and usually ${text(usual)}`,
  );
}
