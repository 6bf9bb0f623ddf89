/** Bytes that a machine printed as base64 (RFC 4648). */
import { fail } from '../../domain/errors.js';

const DIGITS = /^[A-Za-z0-9+/]*={0,2}$/;
/** So many digits stand for three bytes. */
const GROUP = 4;

/** @throws `BACKUP_SNAPSHOT_FAILED` for what is no base64, or ends within a group. */
export async function* fromBase64(text: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest = '';
  for await (const chunk of text) {
    rest += Buffer.from(chunk).toString('latin1').replaceAll(/\s/g, '');
    const whole = rest.length - (rest.length % GROUP);
    if (whole > 0) yield decode(rest.slice(0, whole));
    rest = rest.slice(whole);
  }
  if (rest !== '') throw fail('BACKUP_SNAPSHOT_FAILED', 'what the machine printed broke off');
}

function decode(digits: string): Buffer {
  if (!DIGITS.test(digits)) throw fail('BACKUP_SNAPSHOT_FAILED', 'what the machine printed is no base64');
  return Buffer.from(digits, 'base64');
}
