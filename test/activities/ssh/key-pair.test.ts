import { expect, test } from '@jest/globals';
import ssh2 from 'ssh2';
import { generateKeyPair } from '../../../activities/ssh/key-pair.js';

test('every generated key can be read again, and its halves belong together', () => {
  const message = Buffer.from('message');

  const faults = Array.from({ length: 1_000 }, () => generateKeyPair('test')).filter((pair) => {
    const [secret, open] = [ssh2.utils.parseKey(pair.private), ssh2.utils.parseKey(pair.public)];
    if (secret instanceof Error || open instanceof Error) return true;
    const signature = secret.sign(message);
    return signature instanceof Error || !open.verify(message, signature);
  });

  expect(faults).toEqual([]);
});
