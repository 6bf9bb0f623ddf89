import { describe, expect, test } from '@jest/globals';
import { mayAdd, mayRemove, mayStop, MOST_LAG, successorOf } from '../../../domain/etcd/quorum-proof.js';
import { nextRemovalStep } from '../../../domain/etcd/removal-step.js';
import { etcdStatus, quorumOf } from '../../../domain/etcd/status.js';
import { aMember, aSilentMember, aStatus } from './members.js';

const LEADER = aMember('a', { isLeader: true });
const THREE = aStatus(LEADER, aMember('b'), aMember('c'));
const idOf = (node: string): string => aMember(node).id;

describe('the status', () => {
  test.each([
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [5, 3],
    [7, 4],
  ])('of %i voters needs %i', (voters, quorum) => {
    expect(quorumOf(voters)).toBe(quorum);
  });

  test('counts how many voters may still fail', () => {
    const five = [LEADER, ...['b', 'c', 'd', 'e'].map((node) => aMember(node))];
    expect(aStatus(...five)).toMatchObject({ hasQuorum: true, faultTolerance: 2 });
    expect(aStatus(LEADER, aMember('b'), aSilentMember('c'))).toMatchObject({ faultTolerance: 0 });
    expect(aStatus(LEADER, aMember('b'), aMember('l', { isLearner: true }))).toMatchObject({
      hasQuorum: true,
      faultTolerance: 0,
    });
  });

  test('has no quorum without a majority, nor without a leader', () => {
    expect(aStatus(LEADER, aSilentMember('b'), aSilentMember('c')).hasQuorum).toBe(false);
    expect(aStatus(aMember('a'), aMember('b'), aMember('c')).hasQuorum).toBe(false);
    expect(aStatus().hasQuorum).toBe(false);
  });
});

describe('a removal', () => {
  test('is proved by the members that are left', () => {
    expect(mayRemove(THREE, idOf('c'))).toEqual({
      kind: 'ok',
      proof: 'now 3 of 3 voters are healthy (a, b, c); without c it is 2 of 2 (a, b), and 2 are needed',
    });
  });

  test('of somebody who is no member has nothing to keep', () => {
    expect(mayRemove(THREE, '1')).toEqual({ kind: 'ok', proof: 'it is no member' });
  });

  test.each([
    ['the leader', THREE, 'a', ['a leads: move the leader first']],
    ['the only voter', aStatus(LEADER), 'a', ['a is the only voter, and all data is with it']],
    [
      'a healthy one while another one has failed',
      aStatus(LEADER, aMember('b'), aSilentMember('c')),
      'b',
      ['afterwards 1 of 2 voters would be healthy, and 2 are needed', 'c is not healthy: it does not answer'],
    ],
    [
      'one of five while another one has failed, though a majority would be left',
      aStatus(LEADER, aMember('b'), aMember('c'), aMember('d'), aSilentMember('e')),
      'b',
      ['e is not healthy: it does not answer'],
    ],
    [
      'a voter while a learner is being added',
      aStatus(LEADER, aMember('b'), aMember('l', { isLearner: true })),
      'b',
      ['l is being added: it is a learner'],
    ],
    [
      'a voter while a member has not started yet',
      aStatus(LEADER, aMember('b'), aMember('c'), aSilentMember('d', { name: '' })),
      'b',
      ['d is being added: it has not started', 'd is not healthy: it does not answer'],
    ],
    [
      'a voter while one that stays is behind',
      aStatus(LEADER, aMember('b'), aMember('c', { appliedIndex: 50_000 - MOST_LAG - 1 })),
      'b',
      [`c is ${MOST_LAG + 1} entries behind, and at most ${MOST_LAG} may be missing`],
    ],
    [
      'anybody without a quorum',
      aStatus(LEADER, aSilentMember('b'), aSilentMember('c')),
      'c',
      [
        'etcd has no quorum, and changes nothing without one',
        'afterwards 1 of 2 voters would be healthy, and 2 are needed',
      ],
    ],
  ])('is refused for %s', (_, status, node, reasons) => {
    expect(mayRemove(status, idOf(node))).toMatchObject({ kind: 'refused', reasons });
  });

  test('takes the member that has failed, where what is left is a majority', () => {
    expect(mayRemove(aStatus(LEADER, aMember('b'), aSilentMember('c')), idOf('c')).kind).toBe('ok');
    const five = [LEADER, aMember('b'), aMember('c'), aSilentMember('d'), aSilentMember('e')];
    expect(mayRemove(aStatus(...five), idOf('e')).kind).toBe('ok');
  });

  test('takes a learner at any time', () => {
    const status = aStatus(LEADER, aMember('b'), aSilentMember('c'), aMember('l', { isLearner: true }));
    expect(mayRemove(status, idOf('l'))).toEqual({
      kind: 'ok',
      proof: 'now 2 of 3 voters are healthy (a, b); l is a learner and does not count',
    });
  });

  test('waits for an alarm of a member that stays, and not for one of the member that goes', () => {
    const withAlarm = (node: string) =>
      etcdStatus(THREE.members, [{ memberId: idOf(node), kind: 'NOSPACE' }]);
    expect(mayRemove(withAlarm('b'), idOf('c'))).toMatchObject({
      reasons: ['b has raised the alarm NOSPACE'],
    });
    expect(mayRemove(withAlarm('c'), idOf('c')).kind).toBe('ok');
  });
});

describe('a stop', () => {
  test('keeps a majority of all members, not of those that are left', () => {
    expect(mayStop(THREE, idOf('c'))).toEqual({
      kind: 'ok',
      proof: '2 of 3 voters stay healthy (a, b), and 2 are needed',
    });
    expect(mayStop(aStatus(LEADER, aMember('b')), idOf('b'))).toMatchObject({
      kind: 'refused',
      reasons: ['etcd would lose its quorum'],
    });
    expect(mayStop(aStatus(LEADER), idOf('a')).kind).toBe('refused');
  });

  test('of a machine that is down already costs nothing', () => {
    expect(mayStop(aStatus(LEADER, aMember('b'), aSilentMember('c')), idOf('c')).kind).toBe('ok');
  });

  test('of a second machine is refused', () => {
    const status = aStatus(LEADER, aMember('b'), aMember('c'), aMember('d'), aSilentMember('e'));
    expect(mayStop(status, idOf('b'))).toMatchObject({
      reasons: ['e is not healthy: it does not answer'],
    });
  });

  test('of a learner, or of a machine without etcd, is nobody’s loss', () => {
    expect(mayStop(aStatus(LEADER, aMember('l', { isLearner: true })), idOf('l')).kind).toBe('ok');
    expect(mayStop(aStatus(LEADER), idOf('x')).kind).toBe('ok');
  });
});

describe('an addition', () => {
  test('comes alone, to members that are all healthy', () => {
    expect(mayAdd(THREE).kind).toBe('ok');
    expect(mayAdd(aStatus(LEADER)).kind).toBe('ok');
    expect(mayAdd(aStatus(LEADER, aMember('l', { isLearner: true })))).toMatchObject({
      reasons: ['l is being added: it is a learner'],
    });
    expect(mayAdd(aStatus(LEADER, aMember('b'), aSilentMember('c')))).toMatchObject({
      reasons: ['c is not healthy: it does not answer'],
    });
  });
});

describe('the next step of a removal', () => {
  test('moves the leader to the voter that is furthest, then removes, then is done', () => {
    const ahead = aMember('c', { appliedIndex: 50_001 });
    const leading = aStatus(LEADER, aMember('b'), ahead);
    expect(successorOf(leading, LEADER.id)).toBe(ahead);
    expect(nextRemovalStep(leading, 'a')).toEqual({ kind: 'move-leader', from: LEADER, to: ahead });

    const moved = aStatus(aMember('a'), aMember('b'), { ...ahead, isLeader: true });
    expect(nextRemovalStep(moved, 'a')).toMatchObject({ kind: 'remove', member: aMember('a') });
    expect(nextRemovalStep(aStatus(aMember('b'), { ...ahead, isLeader: true }), 'a')).toEqual({
      kind: 'done',
    });
  });

  test('leaves the leader where it is when the removal is refused anyhow', () => {
    expect(nextRemovalStep(aStatus(LEADER, aMember('b'), aSilentMember('c')), 'a')).toMatchObject({
      kind: 'refused',
      reasons: [
        'afterwards 1 of 2 voters would be healthy, and 2 are needed',
        'c is not healthy: it does not answer',
      ],
    });
    expect(nextRemovalStep(aStatus(LEADER), 'a')).toMatchObject({ kind: 'refused' });
  });

  test('does not believe a list without a quorum', () => {
    expect(nextRemovalStep(aStatus(LEADER, aSilentMember('b')), 'c')).toMatchObject({
      kind: 'refused',
      reasons: ['etcd has no quorum, so that nobody knows the members for sure'],
    });
  });

  test('takes the learner first where a machine is a member twice', () => {
    const twice = aStatus(LEADER, aMember('b'), aMember('c'), aMember('x', { node: 'c', isLearner: true }));
    expect(nextRemovalStep(twice, 'c')).toMatchObject({ kind: 'remove', member: { isLearner: true } });
  });
});
