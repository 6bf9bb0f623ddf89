import { expect, test } from '@jest/globals';
import type { MachineRole } from '../../domain/cluster-definition.js';
import { makingRank } from '../../domain/making-rank.js';

test('what others wait for is made first, and before its services the machine that forms the cluster', () => {
  const machines: readonly (readonly [MachineRole, number])[] = [
    ['WORKER', 1],
    ['CONTROL_PLANE', 2],
    ['SERVICE', 2],
    ['CONTROL_PLANE', 1],
    ['SERVICE', 1],
    ['WORKER', 500],
    ['INFRA', 2],
    ['BASTION', 1],
  ];
  const ranked = machines.toSorted(
    ([role, ordinal], [otherRole, other]) =>
      makingRank({ role, ordinal }) - makingRank({ role: otherRole, ordinal: other }),
  );

  expect(ranked.map(([role, ordinal]) => `${role} ${ordinal}`)).toEqual([
    ...['BASTION 1', 'CONTROL_PLANE 1', 'SERVICE 1', 'SERVICE 2', 'CONTROL_PLANE 2'],
    ...['WORKER 1', 'INFRA 2', 'WORKER 500'],
  ]);
});
