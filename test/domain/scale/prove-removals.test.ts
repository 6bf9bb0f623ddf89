import { describe, expect, test } from '@jest/globals';
import { etcdStatus, type EtcdMember } from '../../../domain/etcd/status.js';
import { proveRemovals } from '../../../domain/scale/prove-removals.js';

const aMember = (n: number, change: Partial<EtcdMember> = {}): EtcdMember => ({
  ...{ id: String(n), name: `s${n}`, node: `s${n}`, peerUrls: [], databaseBytes: 1, revision: 1 },
  ...{ isLearner: false, isLeader: n === 1, isHealthy: true, problem: null, appliedIndex: 100 },
  ...change,
});
const down = { isHealthy: false, problem: 'no answer', appliedIndex: null } as const;

describe('several removals in a row', () => {
  test('are proved one by one, each by what the one before leaves', () => {
    const proved = proveRemovals(etcdStatus([aMember(1), aMember(2), aMember(3)], []), ['s3', 's2']);

    expect(proved).toMatchObject({
      kind: 'ok',
      proofs: [expect.stringMatching(/3 of 3 voters/), expect.stringMatching(/2 of 2 voters/)],
    });
  });

  test('move the leader away where it goes, and need no member that has gone already', () => {
    const members = [aMember(1, { isLeader: false }), aMember(2), aMember(3, { isLeader: true })];

    expect(proveRemovals(etcdStatus(members, []), ['s3', 's9']).kind).toBe('ok');
  });

  test('begin with the member that is down', () => {
    const status = etcdStatus([aMember(1), aMember(2, down), aMember(3)], []);

    expect(proveRemovals(status, ['s2', 's3']).kind).toBe('ok');
    expect(proveRemovals(status, ['s3', 's2'])).toMatchObject({ kind: 'refused', node: 's3' });
  });

  test('are refused for the one that would be the last', () => {
    const proved = proveRemovals(etcdStatus([aMember(1), aMember(2)], []), ['s2', 's1']);

    expect(proved).toMatchObject({
      kind: 'refused',
      node: 's1',
      reasons: [expect.stringContaining('only voter')],
    });
  });
});
