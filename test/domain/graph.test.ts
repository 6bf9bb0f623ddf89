import { describe, expect, test } from '@jest/globals';
import { criticalPathSeconds, topologicalOrder } from '../../domain/graph.js';

const node = (id: string, dependsOn: string[] = [], expectedSeconds = 1) => ({
  id,
  dependsOn,
  expectedSeconds,
});

describe('a dependency graph', () => {
  test('puts each node after all that it depends on, and keeps the given order otherwise', () => {
    const nodes = [
      node('workers', ['masters']),
      node('dns'),
      node('masters', ['lb', 'dns']),
      node('lb', ['dns']),
    ];

    const sorted = topologicalOrder(nodes);

    expect(sorted.kind === 'order' && sorted.order.map(({ id }) => id)).toEqual([
      'dns',
      'lb',
      'masters',
      'workers',
    ]);
  });

  test('names the nodes of a cycle in order', () => {
    const nodes = [node('a', ['b']), node('b', ['c']), node('c', ['b'])];

    expect(topologicalOrder(nodes)).toEqual({ kind: 'cycle', cycle: ['b', 'c'] });
  });

  test('takes as long as its longest chain, not as the sum of its nodes', () => {
    const nodes = [node('a', [], 5), node('b', [], 7), node('c', ['a'], 4), node('d', ['b', 'c'], 1)];

    expect(criticalPathSeconds(nodes)).toBe(10);
  });

  test('with nothing in it takes no time', () => {
    expect(criticalPathSeconds([])).toBe(0);
  });
});
