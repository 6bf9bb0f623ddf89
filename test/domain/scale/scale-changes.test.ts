import { describe, expect, test } from '@jest/globals';
import { nodeName } from '../../../domain/ids.js';
import { scaleChanges, type ChangesInput } from '../../../domain/scale/scale-changes.js';
import { aClusterOf } from '../../builders/definition.js';
import { aPlan } from '../../builders/plan.js';

const { machines } = aPlan(aClusterOf(3, 2, { name: 'edge' }));
const server = (n: number): string => nodeName('edge', 'server', n);
const worker = (n: number): string => nodeName('edge', 'worker', n);

const changes = (input: Partial<ChangesInput>) =>
  scaleChanges({
    cluster: 'edge',
    group: { name: 'worker', role: 'WORKER' },
    targetCount: 2,
    machines,
    namesEver: machines.map(({ name }) => name),
    unhealthy: [],
    ...input,
  });

describe('what a scale changes', () => {
  test('is nothing where the number is right', () => {
    expect(changes({})).toEqual({ added: [], removed: [] });
  });

  test('never gives a name again that any machine of the group had', () => {
    const namesEver = [...machines.map(({ name }) => name), worker(7), nodeName('edge', 'worker-big', 30)];

    expect(changes({ targetCount: 4, namesEver }).added).toEqual([8, 9]);
  });

  test('begins at 1 in a group that never had a machine', () => {
    expect(changes({ group: { name: 'infra', role: 'INFRA' }, targetCount: 2 }).added).toEqual([1, 2]);
  });

  test('takes away what came last, first', () => {
    expect(changes({ targetCount: 0 }).removed).toEqual([worker(2), worker(1)]);
  });

  test('takes the broken member of a control plane away before a healthy one, but never the first', () => {
    const group = { name: 'server', role: 'CONTROL_PLANE' } as const;

    expect(changes({ group, targetCount: 1, unhealthy: [server(2)] }).removed).toEqual([
      server(2),
      server(3),
    ]);
    expect(changes({ group, targetCount: 1, unhealthy: [server(1)] }).removed).toEqual([
      server(3),
      server(2),
    ]);
  });
});
