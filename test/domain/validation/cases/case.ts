/** One check with facts that it passes by, and facts that it fails by. */
import type { ClusterDefinition } from '../../../../domain/cluster-definition.js';
import type { FactName, Facts } from '../../../../domain/validation/facts.js';
import type { GuestFact } from '../../../../domain/validation/facts/guest.js';
import { seen, type OfMachine } from '../../../../domain/validation/verdict.js';
import type { Baseline } from '../../../../domain/validation/subject.js';
import { BALANCER, NOW, SERVERS, WORKER } from '../subject.js';

export interface CaseOf<Name extends FactName> {
  readonly id: string;
  readonly fact: Name;
  readonly passes: Facts[Name];
  readonly fails: Facts[Name];
  /** What the evidence of the failure has to say, in its first sentence. */
  readonly says: RegExp;
  readonly definition?: Partial<ClusterDefinition>;
  readonly baseline?: Baseline;
}

export type Case = { [Name in FactName]: CaseOf<Name> }[FactName];

export const SOUND: GuestFact = {
  clockOffsetMs: 0,
  clockSynchronised: true,
  fileSystems: [{ path: '/', usedShare: 0.4 }],
  inodes: [{ path: '/', usedShare: 0.1 }],
  mtu: 1_500,
  hasDefaultRoute: true,
  swaps: [],
  failedUnits: [],
  names: { asked: ['api.edge.lab.internal'], unresolved: [] },
  listening: ['0.0.0.0:22', '127.0.0.1:10255', '*:6443'],
  memoryAvailableShare: 0.5,
  loadPerCore: 0.2,
  pressure: { cpu: 0.1, io: 0, memory: 0 },
  stealShare: 0.01,
  throttledShare: 0.01,
  certificates: [{ path: '/etc/ca.crt', endsAt: NOW + 300 * 86_400_000 }],
  secretsEncryption: 'secretbox',
  etcd: { healthy: true, hasLeader: true, fsyncP99Ms: 4, databaseShare: 0.1 },
};

/** All machines are sound. */
export function guests(change: Partial<GuestFact> = {}, machine = SERVERS[0]?.name): OfMachine<GuestFact>[] {
  return [...SERVERS, WORKER, BALANCER].map(({ name }) => ({
    machine: name,
    seen: seen(name === machine ? { ...SOUND, ...change } : SOUND),
  }));
}

/** The first server is not; every other machine is. */
export function guestCase(
  id: string,
  wrong: Partial<GuestFact>,
  says: RegExp,
  rest: Pick<Case, 'definition' | 'baseline'> = {},
): CaseOf<'guests'> {
  return { id, fact: 'guests', passes: guests(), fails: guests(wrong), says, ...rest };
}
