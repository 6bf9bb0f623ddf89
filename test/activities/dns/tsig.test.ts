import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { decodeMessage, encodeRequest, OPCODES } from '../../../activities/dns/message.js';
import { CLASSES, TYPES } from '../../../activities/dns/record-data.js';
import { sign, type TsigKey, verify } from '../../../activities/dns/tsig.js';
import { SECRET, SIGNED_AT, SIGNED_EXCHANGES } from './signed-exchanges.js';

const minutesLater = (minutes: number): Date => new Date(SIGNED_AT.getTime() + minutes * 60_000);
const aKey = (change: Partial<TsigKey> = {}): TsigKey => ({
  ...{ name: 'ddns-key', algorithm: 'hmac-sha256', secret: SECRET },
  ...change,
});
const aRequest = encodeRequest({
  ...{ id: 0x1234, opcode: OPCODES.QUERY },
  questions: [{ name: 'api.lab.internal', type: TYPES.A, class: CLASSES.IN }],
});

describe.each(SIGNED_EXCHANGES)('what another implementation signed with $algorithm', (exchange) => {
  const { algorithm, update, mac, answer } = exchange;
  const key = aKey({ algorithm });

  test('its update is verified', () => {
    expect(verify(update, decodeMessage(update), key, { now: SIGNED_AT })).toEqual({ kind: 'signed', mac });
  });

  test('its answer is verified by the signature of the update', () => {
    const verdict = verify(answer, decodeMessage(answer), key, { before: mac, now: SIGNED_AT });

    expect(verdict).toMatchObject({ kind: 'signed' });
  });

  test('no bit of its answer can be another one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: answer.length * 8 - 1 }), (bit) => {
        const altered = Buffer.from(answer);
        altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        let verdict: string;
        try {
          verdict = verify(altered, decodeMessage(altered), key, { before: mac, now: SIGNED_AT }).kind;
        } catch (error) {
          verdict = String((error as { code?: string }).code);
        }
        // The identifier stands in the signature once more, and names are the same in upper and lower case.
        const isOfId = bit < 16;
        const isCase = (bit & 7) === 5;
        if (!isOfId && !isCase) expect(verdict).not.toBe('signed');
        expect(['signed', 'unsigned', 'refused', 'DNS_ANSWER_INVALID']).toContain(verdict);
      }),
    );
  });
});

test('what we sign is verified, by the same key alone', () => {
  const { bytes, mac } = sign(aRequest, aKey(), SIGNED_AT);
  const message = decodeMessage(bytes);
  const verdictOf = (key: TsigKey) => verify(bytes, message, key, { now: SIGNED_AT });

  expect(verdictOf(aKey())).toEqual({ kind: 'signed', mac });
  expect(verdictOf(aKey({ name: 'DDNS-Key.' }))).toMatchObject({ kind: 'signed' });
  expect(verdictOf(aKey({ secret: Buffer.from('another') }))).toMatchObject({ kind: 'unsigned' });
  expect(verdictOf(aKey({ name: 'other-key' }))).toMatchObject({ kind: 'unsigned' });
  expect(verdictOf(aKey({ algorithm: 'hmac-sha512' }))).toMatchObject({ kind: 'unsigned' });
});

test('an answer to something else is not taken', () => {
  const { answer } = SIGNED_EXCHANGES[0] as (typeof SIGNED_EXCHANGES)[0];
  const before = sign(aRequest, aKey(), SIGNED_AT).mac;

  const verdict = verify(answer, decodeMessage(answer), aKey(), { before, now: SIGNED_AT });

  expect(verdict).toEqual({ kind: 'unsigned', reason: 'its signature is wrong' });
});

test('a signature is good for five minutes, both ways', () => {
  const { bytes } = sign(aRequest, aKey(), SIGNED_AT);
  const verdictAt = (now: Date) => verify(bytes, decodeMessage(bytes), aKey(), { now });

  expect(verdictAt(minutesLater(5))).toMatchObject({ kind: 'signed' });
  expect(verdictAt(minutesLater(-5))).toMatchObject({ kind: 'signed' });
  expect(verdictAt(minutesLater(6))).toEqual({ kind: 'clock', theirs: SIGNED_AT });
  expect(verdictAt(minutesLater(-6))).toEqual({ kind: 'clock', theirs: SIGNED_AT });
});

test('a message without a signature is told', () => {
  expect(verify(aRequest, decodeMessage(aRequest), aKey(), { now: SIGNED_AT })).toEqual({
    kind: 'unsigned',
    reason: 'it is not signed',
  });
});
