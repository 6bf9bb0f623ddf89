import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { assert, property, string } from 'fast-check';
import { keyIdOf, seal, unseal } from '../../store/seal.js';

const KEY = Buffer.alloc(32, 1);
const CONTEXT = ['uid-1', 'join-token'];

test('any text opens again with its key and context', () => {
  assert(
    property(string({ unit: 'binary' }), (text) => unseal(KEY, CONTEXT, seal(KEY, CONTEXT, text)) === text),
  );
});

test('a value sealed twice looks different each time', () => {
  expect(seal(KEY, CONTEXT, 'x')).not.toBe(seal(KEY, CONTEXT, 'x'));
});

test('no single bit can be flipped without being noticed', () => {
  const sealed = Buffer.from(seal(KEY, CONTEXT, 'secret'), 'base64');

  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const altered = Buffer.from(sealed);
    altered.writeUInt8(altered.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    expect(unseal(KEY, CONTEXT, altered.toString('base64'))).toBeUndefined();
  }
});

test('another key, another context and a truncated value do not open', () => {
  const sealed = seal(KEY, ['ab', 'c'], 'x');

  expect(unseal(randomBytes(32), ['ab', 'c'], sealed)).toBeUndefined();
  expect(unseal(KEY, ['a', 'bc'], sealed)).toBeUndefined();
  expect(unseal(KEY, ['ab', 'c'], sealed.slice(0, 8))).toBeUndefined();
});

test('keys are told apart by ids that do not contain them', () => {
  const id = keyIdOf(KEY);

  expect(id).toMatch(/^[0-9a-f]{16}$/);
  expect(keyIdOf(Buffer.alloc(32, 2))).not.toBe(id);
  expect(KEY.toString('hex')).not.toContain(id);
});
