import { describe, expect, test } from '@jest/globals';
import { scaleObjection } from '../../../domain/scale/scale-objection.js';
import { aClusterOf, aNodeGroup } from '../../builders/definition.js';

const request = { strategy: 'ROLLING', maxSurge: 1, drainTimeoutSeconds: 600 } as const;
const objection = (nodeGroup: string, targetCount: number, definition = aClusterOf(3, 2)) =>
  scaleObjection(definition, { ...request, nodeGroup, targetCount });

describe('a scale is refused', () => {
  test('for a group that does not exist, with the names of those that do', () => {
    const definition = aClusterOf(1, 1);
    const withBastion = {
      ...definition,
      nodeGroups: [...definition.nodeGroups, aNodeGroup({ name: 'jump', role: 'BASTION' })],
    };

    expect(objection('edges', 2, withBastion)).toEqual({
      code: 'NODE_GROUP_NOT_FOUND',
      detail: 'cluster "edge" has no node group "edges"; it has "server", "worker"',
    });
    expect(objection('jump', 2, withBastion)).toMatchObject({ code: 'SCALE_REFUSED' });
  });

  test.each([0, 2, 4, 9])('for a control plane of %i', (count) => {
    expect(objection('server', count)).toMatchObject({ code: 'SCALE_REFUSED' });
  });

  test('for the control plane of OKD', () => {
    expect(objection('server', 5, { ...aClusterOf(3, 0), type: 'OKD' })).toMatchObject({
      detail: expect.stringContaining('exactly 3'),
    });
  });
});

test.each([
  ['server', 1],
  ['server', 3],
  ['server', 5],
  ['worker', 0],
  ['worker', 2],
  ['worker', 40],
] as const)('a scale of %s to %i is not refused', (group, count) => {
  expect(objection(group, count)).toBeNull();
});
