import { expect, test } from '@jest/globals';
import { lastLines, redactor } from '../../../activities/ssh/redaction.js';

test('a secret is taken out wherever it stands, also where it has characters of patterns', () => {
  const redact = redactor(['a.*b$&']);

  expect(redact('<a.*b$&> axxb <a.*b$&>')).toBe('<[redacted]> axxb <[redacted]>');
});

test('a secret that contains another one is taken out as a whole', () => {
  const redact = redactor(['abc', 'abcdef']);

  expect(redact('abcdef abc')).toBe('[redacted] [redacted]');
});

test('a single line of a secret of many lines is taken out, and its ordinary words are not', () => {
  const line = 'b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ';
  const redact = redactor([`-----BEGIN KEY-----\n${line}\n-----END KEY-----\n`]);

  expect(redact(`KEY ${line.slice(0, 3)} ${line}`)).toBe('KEY b3B [redacted]');
});

test('an empty secret takes nothing out', () => {
  expect(redactor([''])('abc')).toBe('abc');
});

test('the last lines are limited in number and in length', () => {
  expect(lastLines('1\n2\n3\n\n', { lines: 2, characters: 100 })).toBe('2\n3');
  expect(lastLines('1\nabcdef', { lines: 2, characters: 3 })).toBe('def');
});
