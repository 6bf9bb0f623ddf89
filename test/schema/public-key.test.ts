import { describe, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { publicKeyObjection } from '../../schema/definition/public-key.js';

function field(content: Buffer | string): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function line(algorithm: string, ...fields: (Buffer | string)[]): string {
  return `${algorithm} ${Buffer.concat([field(algorithm), ...fields.map(field)]).toString('base64')} me@example.com`;
}

/** The modulus of an RSA key as SSH writes numbers: a zero byte keeps it positive. */
function rsaLine(bits: number): string {
  const { n = '' } = generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ format: 'jwk' });
  return line(
    'ssh-rsa',
    Buffer.from([1, 0, 1]),
    Buffer.concat([Buffer.alloc(1), Buffer.from(n, 'base64url')]),
  );
}

const ED25519 = line('ssh-ed25519', Buffer.alloc(32, 7));
const POINT = Buffer.alloc(65, 4);

describe('a public SSH key', () => {
  test.each([
    ['Ed25519', ED25519],
    ['Ed25519 without comment', ED25519.split(' ').slice(0, 2).join(' ')],
    ['Ed25519 on a security key', line('sk-ssh-ed25519@openssh.com', Buffer.alloc(32, 7), 'ssh:')],
    ['ECDSA', line('ecdsa-sha2-nistp256', 'nistp256', POINT)],
    ['ECDSA on a security key', line('sk-ecdsa-sha2-nistp256@openssh.com', 'nistp256', POINT, 'ssh:')],
    ['RSA', rsaLine(2048)],
  ])('is taken: %s', (_, key) => {
    expect(publicKeyObjection(key)).toBeNull();
  });

  test.each([
    ['nothing', '', /must be a public SSH key/],
    ['DSA', line('ssh-dss', Buffer.alloc(20)), /must be a public SSH key/],
    ['a short RSA key', rsaLine(1024), /1024 bits/],
    ['options before the key', `command="id" ${ED25519}`, /must be a public SSH key/],
    ['a second line', `${ED25519}\nssh-rsa AAAA`, /one line/],
    ['no base64', 'ssh-ed25519 ????', /base64/],
    ['a key of another type', ED25519.replace('ssh-ed25519', 'ssh-rsa'), /does not hold/],
    ['a key that is cut off', ED25519.replace(/.{8} me@/, ' me@'), /does not hold|damaged|base64/],
    ['a key of the wrong length', line('ssh-ed25519', Buffer.alloc(31)), /damaged/],
    ['the name of a method of objects', 'toString AAAA', /must be a public SSH key/],
  ])('is refused: %s', (_, key, objection) => {
    expect(publicKeyObjection(key)).toMatch(objection);
  });
});
