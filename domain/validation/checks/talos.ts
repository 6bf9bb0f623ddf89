/** Checks of machines with Talos. */
import { isNode } from '../../plan-steps.js';
import type { Check } from '../check.js';
import type { TalosFact } from '../facts/talos.js';
import type { ValidationSubject } from '../subject.js';
import { eachMachine, type OfMachine } from '../verdict.js';

const isTalos = ({ definition, machines }: ValidationSubject): boolean =>
  definition.type === 'TALOS' && machines.some(isNode);

export const TALOS_CHECKS: readonly Check[] = [
  {
    id: 'talos-reachable',
    title: 'Each machine with Talos answers as one of the cluster',
    category: 'INFRASTRUCTURE',
    suite: 'QUICK',
    severity: 'CRITICAL',
    fact: 'talos',
    remedy: 'Look at the console of the machine; check bridge, VLAN and address.',
    applies: isTalos,
    judge: (machines) => eachMachine(machines.map(reachability), 'it answers', (reason) => reason),
  },
  {
    id: 'talos-services',
    title: 'The services of Talos run and are healthy',
    category: 'KUBERNETES',
    suite: 'QUICK',
    severity: 'CRITICAL',
    fact: 'talos',
    remedy: 'Read the log of the service (`talosctl logs SERVICE`).',
    applies: isTalos,
    judge: (machines) =>
      eachMachine(machines, 'all run', ({ serviceProblems }) =>
        serviceProblems.length === 0 ? null : serviceProblems.join('; '),
      ),
  },
  {
    id: 'talos-etcd',
    title: 'Every member of etcd is healthy, votes and has a leader',
    category: 'KUBERNETES',
    suite: 'QUICK',
    severity: 'CRITICAL',
    fact: 'talos',
    remedy:
      'Read `talosctl logs etcd`. As long as a majority is healthy the cluster works: never restart a second one.',
    applies: isTalos,
    judge: (machines) => eachMachine(machines, 'healthy', ({ etcdProblem }) => etcdProblem),
  },
];

function reachability({ machine, seen: fact }: OfMachine<TalosFact>): OfMachine<string | null> {
  return { machine, seen: { kind: 'seen', value: fact.kind === 'seen' ? null : fact.reason } };
}
