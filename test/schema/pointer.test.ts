import { describe, expect, test } from '@jest/globals';
import { comparePointers, pointerTo } from '../../schema/pointer.js';

describe('JSON pointers', () => {
  test.each([
    [[], ''],
    [['nodeGroups', 0, 'name'], '/nodeGroups/0/name'],
    [['a/b', 'c~d', '~1'], '/a~1b/c~0d/~01'],
    [[''], '/'],
  ] as const)('of %j is %s', (path, pointer) => {
    expect(pointerTo(path)).toBe(pointer);
  });

  test('are ordered as the document is read: by number in lists, parents first', () => {
    const pointers = ['/b/10', '/b/2', '/b', '/a/x', '/b/2/z', ''];

    expect(pointers.toSorted(comparePointers)).toEqual(['', '/a/x', '/b', '/b/2', '/b/2/z', '/b/10']);
  });
});
