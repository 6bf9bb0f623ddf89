import { expect, test } from '@jest/globals';
import { compareKeys } from '../../../domain/restore/compare-keys.js';

test('names what the snapshot holds and the restored cluster does not', () => {
  const snapshot = new Set([
    '/registry/secrets/shop/key',
    '/registry/configmaps/shop/a',
    '/registry/configmaps/shop/b',
  ]);
  const restored = new Set(['/registry/configmaps/shop/a', '/registry/configmaps/later/c']);

  expect(compareKeys(snapshot, restored)).toEqual({
    expected: 3,
    missing: ['/registry/configmaps/shop/b', '/registry/secrets/shop/key'],
  });
});

test('does not miss what comes and goes by itself, nor what is no object', () => {
  const fleeting = [
    '/registry/events/default/e',
    '/registry/leases/kube-node-lease/n',
    '/registry/pods/shop/p',
  ];

  expect(compareKeys(new Set([...fleeting, '/bootstrap/0123']), new Set())).toEqual({
    expected: 0,
    missing: [],
  });
});
