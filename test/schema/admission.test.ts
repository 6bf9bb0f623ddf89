import { describe, expect, test } from '@jest/globals';
import { admit, MAX_DEPTH, MAX_VALUES } from '../../schema/admission.js';

function nested(levels: number): unknown {
  return levels === 0 ? 1 : { a: nested(levels - 1) };
}

describe('admission', () => {
  test('copies what is harmless', () => {
    const input = { a: [1, 'x', null, true], b: { c: 1.5 } };

    const { value, faults } = admit(input);

    expect(value).toEqual(input);
    expect(value).not.toBe(input);
    expect(faults).toEqual([]);
  });

  test('leaves out keys that reach into prototypes, and says where they were', () => {
    const { value, faults } = admit(JSON.parse('{"a":{"__proto__":{"x":1},"constructor":2,"b":3}}'));

    expect(value).toEqual({ a: { b: 3 } });
    expect(faults.map(({ pointer }) => pointer)).toEqual(['/a/__proto__', '/a/constructor']);
  });

  test(`takes ${MAX_DEPTH} levels and no more`, () => {
    expect(admit(nested(MAX_DEPTH)).faults).toEqual([]);
    expect(admit(nested(MAX_DEPTH + 1))).toMatchObject({
      value: undefined,
      faults: [{ pointer: '/a'.repeat(17) }],
    });
  });

  test('ends at a structure that contains itself', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;

    expect(admit(loop)).toMatchObject({
      value: undefined,
      faults: [{ detail: expect.stringContaining('nested') }],
    });
  });

  test('bounds the number of values', () => {
    expect(admit(Array(MAX_VALUES - 1).fill(0)).faults).toEqual([]);
    expect(admit(Array(MAX_VALUES).fill(0))).toMatchObject({ value: undefined, faults: [{ pointer: '' }] });
  });

  test.each([Number.POSITIVE_INFINITY, Number.NaN, 10n, Symbol('s'), () => 1])('refuses %p', (value) => {
    expect(admit({ value }).faults).toEqual([{ pointer: '/value', detail: 'is not a JSON value' }]);
  });

  test('calls a body that is not there required', () => {
    expect(admit(undefined).faults).toEqual([{ pointer: '', detail: 'is required' }]);
  });
});
