import { describe, expect, test } from '@jest/globals';
import { applyStrategicMerge } from '../../../../lab/kubernetes/patch/strategic-merge-patch.js';

const POD = {
  metadata: { finalizers: ['a', 'b'], labels: { x: '1', y: '2' } },
  spec: {
    containers: [
      { name: 'web', image: 'nginx:1', ports: [{ containerPort: 80 }], args: ['a', 'b'] },
      { name: 'log', image: 'fluent:1' },
    ],
    tolerations: [{ key: 'a' }],
  },
};

describe('a strategic merge patch', () => {
  test('merges containers by name', () => {
    const patched = applyStrategicMerge(POD, { spec: { containers: [{ name: 'web', image: 'nginx:2' }] } });

    expect(patched).toMatchObject({
      spec: { containers: [{ name: 'web', image: 'nginx:2', args: ['a', 'b'] }, { name: 'log' }] },
    });
  });

  test('adds ports by their number', () => {
    const container = { name: 'web', ports: [{ containerPort: 443, name: 'https' }] };
    const patched = applyStrategicMerge(POD, { spec: { containers: [container] } });

    expect(patched).toMatchObject({
      spec: { containers: [{ ports: [{ containerPort: 80 }, { containerPort: 443, name: 'https' }] }, {}] },
    });
  });

  test('deletes an item by a directive', () => {
    const patched = applyStrategicMerge(POD, { spec: { containers: [{ name: 'log', $patch: 'delete' }] } });

    expect((patched['spec'] as typeof POD.spec).containers.map(({ name }) => name)).toEqual(['web']);
  });

  test('replaces lists without keys whole', () => {
    const patched = applyStrategicMerge(POD, {
      spec: { tolerations: [{ key: 'b' }], containers: [{ name: 'web', args: ['c'] }] },
    });

    expect(patched).toMatchObject({
      spec: { tolerations: [{ key: 'b' }], containers: [{ args: ['c'] }, {}] },
    });
  });

  test('replaces a list of items with keys when told to', () => {
    const patched = applyStrategicMerge(POD, {
      spec: { containers: [{ name: 'new', image: 'x' }, { $patch: 'replace' }] },
    });

    expect((patched['spec'] as typeof POD.spec).containers).toEqual([{ name: 'new', image: 'x' }]);
  });

  test('replaces and deletes objects by directives', () => {
    const replaced = applyStrategicMerge(POD, { metadata: { labels: { $patch: 'replace', z: '3' } } });
    const deleted = applyStrategicMerge(POD, { metadata: { labels: { $patch: 'delete' } } });

    expect(replaced['metadata']).toEqual({ finalizers: ['a', 'b'], labels: { z: '3' } });
    expect(deleted['metadata']).toEqual({ finalizers: ['a', 'b'] });
  });

  test('adds to sets and takes from them', () => {
    const added = applyStrategicMerge(POD, { metadata: { finalizers: ['b', 'c'] } });
    const taken = applyStrategicMerge(POD, { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } });

    expect((added['metadata'] as typeof POD.metadata).finalizers).toEqual(['a', 'b', 'c']);
    expect((taken['metadata'] as typeof POD.metadata).finalizers).toEqual(['b']);
  });

  test('puts items into the order that it gives', () => {
    const patched = applyStrategicMerge(POD, {
      spec: { '$setElementOrder/containers': [{ name: 'log' }, { name: 'web' }] },
    });

    expect((patched['spec'] as typeof POD.spec).containers.map(({ name }) => name)).toEqual(['log', 'web']);
  });

  test('keeps only the keys that it names', () => {
    const patched = applyStrategicMerge(
      { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } },
      { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
    );

    expect(patched).toEqual({ strategy: { type: 'Recreate' } });
  });

  test('refuses an item without its key', () => {
    expect(() => applyStrategicMerge(POD, { spec: { containers: [{ image: 'x' }] } })).toThrow(
      'merge key: name',
    );
  });
});
