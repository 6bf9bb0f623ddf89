import { describe, expect, test } from '@jest/globals';
import { applyJsonPatch } from '../../../../lab/kubernetes/patch/json-patch.js';

describe('a JSON patch', () => {
  test.each([
    ['adds a member', { a: 1 }, [{ op: 'add', path: '/b', value: 2 }], { a: 1, b: 2 }],
    ['inserts into a list', { a: [1, 3] }, [{ op: 'add', path: '/a/1', value: 2 }], { a: [1, 2, 3] }],
    ['appends to a list', { a: [1] }, [{ op: 'add', path: '/a/-', value: 2 }], { a: [1, 2] }],
    ['removes from a list', { a: [1, 2] }, [{ op: 'remove', path: '/a/0' }], { a: [2] }],
    ['replaces', { a: { b: 1 } }, [{ op: 'replace', path: '/a/b', value: 2 }], { a: { b: 2 } }],
    ['moves', { a: 1 }, [{ op: 'move', from: '/a', path: '/b' }], { b: 1 }],
    ['copies', { a: { c: 1 } }, [{ op: 'copy', from: '/a', path: '/b' }], { a: { c: 1 }, b: { c: 1 } }],
    ['unescapes names', { 'x/y~z': 1 }, [{ op: 'replace', path: '/x~1y~0z', value: 2 }], { 'x/y~z': 2 }],
    [
      'goes on after a test that holds',
      { a: 1 },
      [
        { op: 'test', path: '/a', value: 1 },
        { op: 'remove', path: '/a' },
      ],
      {},
    ],
    ['replaces everything', { a: 1 }, [{ op: 'replace', path: '', value: { b: 1 } }], { b: 1 }],
  ])('%s', (_what, document, patch, expected) => {
    expect(applyJsonPatch(document, patch)).toEqual(expected);
  });

  test.each([
    ['a member that is not there', [{ op: 'remove', path: '/nothing' }]],
    ['a position behind the end', [{ op: 'add', path: '/list/5', value: 1 }]],
    ['a test that does not hold', [{ op: 'test', path: '/a', value: 2 }]],
    ['a path through nothing', [{ op: 'add', path: '/x/y', value: 2 }]],
    ['an unknown operation', [{ op: 'turn', path: '/a' }]],
    ['what is no operation', [5]],
    ['what is no list', { op: 'add' }],
  ])('is refused for %s', (_what, patch) => {
    expect(() => applyJsonPatch({ a: 1, list: [] }, patch)).toThrow();
  });

  test('leaves the document that it is applied to as it is', () => {
    const document = { a: { b: 1 } };

    applyJsonPatch(document, [{ op: 'replace', path: '/a/b', value: 2 }]);

    expect(document).toEqual({ a: { b: 1 } });
  });
});
