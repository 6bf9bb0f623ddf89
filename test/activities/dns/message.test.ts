import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { ClusterwrightError } from '../../../domain/errors.js';
import { decodeMessage, encodeRequest, OPCODES } from '../../../activities/dns/message.js';
import { decodeName, encodeName, isWithin, sameName } from '../../../activities/dns/name.js';
import { CLASSES, encodeAddress, encodeText, TYPES } from '../../../activities/dns/record-data.js';
import { addAddress, dropAddress, nameIsFree, saysOnly } from '../../../activities/dns/update.js';
import { SIGNED_EXCHANGES } from './signed-exchanges.js';

const aLabel = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
const aName = fc.array(aLabel, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'));
const anAddress = fc.oneof(fc.ipV4(), fc.constantFrom('fd00::1', '2001:db8::5:0:0:1'));

/** A message whose one answer has a name that continues elsewhere, and whatever follows it. */
function messageWith(
  name: readonly number[],
  data: readonly number[] = [0, 1, 0, 1, 0, 0, 0, 0, 0, 0],
): Buffer {
  const header = [0, 1, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0];
  return Buffer.from([...header, ...name, ...data]);
}

describe('names', () => {
  test('are read as they were written, in lower case', () => {
    fc.assert(
      fc.property(aName, (name) => {
        const encoded = encodeName(name.toUpperCase());
        expect(decodeName(encoded, 0)).toEqual({ name, end: encoded.length });
      }),
    );
  });

  test('with and without the dot at the end, and a wildcard', () => {
    expect(encodeName('*.apps.lab.')).toEqual(Buffer.from('\u0001*\u0004apps\u0003lab\0', 'latin1'));
    expect(encodeName('.')).toEqual(Buffer.of(0));
    expect(sameName('API.lab', 'api.lab.')).toBe(true);
  });

  test.each([
    'a..b',
    `${'a'.repeat(64)}.lab`,
    'ä.lab',
    'a b.lab',
    '-a.lab',
    'a\u0000.lab',
    Array(130).fill('a').join('.'),
  ])('%j is none', (name) => {
    expect(() => encodeName(name)).toThrow(expect.objectContaining({ code: 'DNS_NAME_INVALID' }));
  });

  test('are within a zone by whole labels', () => {
    expect(isWithin('api.Lab.internal', 'lab.internal.')).toBe(true);
    expect(isWithin('lab.internal', 'lab.internal')).toBe(true);
    expect(isWithin('mylab.internal', 'lab.internal')).toBe(false);
    expect(isWithin('anything', '.')).toBe(true);
  });

  test('bytes that are no part of host names are escaped, so that they are like no other name', () => {
    expect(decodeName(Buffer.from('\u0003a.b\u0003lab\0', 'latin1'), 0).name).toBe('a\\046b.lab');
  });
});

describe('an update', () => {
  test('has the sections of RFC 2136', () => {
    const bytes = encodeRequest({
      ...{ id: 7, opcode: OPCODES.UPDATE, questions: [{ name: 'lab', type: TYPES.SOA, class: CLASSES.IN }] },
      answers: [nameIsFree('a.lab'), saysOnly('b.lab', 'x')],
      authorities: [addAddress('a.lab', '10.0.0.5', 60), dropAddress('a.lab', '10.0.0.4')],
    });

    const hex = [
      '0007 2800 0001 0002 0002 0000',
      '036c616200 0006 0001',
      '0161036c616200 00ff 00fe 00000000 0000',
      '0162036c616200 0010 0001 00000000 0002 0178',
      '0161036c616200 0001 0001 0000003c 0004 0a000005',
      '0161036c616200 0001 00fe 00000000 0004 0a000004',
    ];
    expect(bytes.toString('hex')).toBe(hex.join('').replaceAll(' ', ''));
  });

  test('of another implementation is read', () => {
    const { update } = SIGNED_EXCHANGES[0] as (typeof SIGNED_EXCHANGES)[0];

    expect(decodeMessage(update)).toMatchObject({
      ...{ id: 0x1234, opcode: OPCODES.UPDATE, isResponse: false },
      questions: [{ name: 'lab.internal', type: TYPES.SOA, class: CLASSES.IN }],
      answers: [
        { name: 'api.demo.lab.internal', type: TYPES.ANY, class: CLASSES.NONE, text: '' },
        { name: 'clusterwright-api.demo.lab.internal', type: TYPES.TXT, class: CLASSES.IN, text: 'x' },
      ],
      authorities: [
        { type: TYPES.A, class: CLASSES.IN, ttlSeconds: 60, text: '10.0.0.5' },
        { type: TYPES.A, class: CLASSES.NONE, ttlSeconds: 0, text: '10.0.0.4' },
      ],
      additionals: [{ name: 'ddns-key', type: TYPES.TSIG, class: CLASSES.ANY }],
    });
  });

  test('is read as it was written', () => {
    fc.assert(
      fc.property(aName, anAddress, fc.nat(0x7fff_ffff), fc.nat(0xffff), (name, address, ttlSeconds, id) => {
        const record = addAddress(name, address, ttlSeconds);
        const bytes = encodeRequest({ id, opcode: OPCODES.UPDATE, questions: [], authorities: [record] });

        const read = decodeMessage(bytes);
        expect(read).toMatchObject({
          id,
          authorities: [{ name, ttlSeconds, text: address, class: CLASSES.IN }],
        });
      }),
    );
  });
});

describe('data', () => {
  test('what is no address, and a text that is too long, are refused', () => {
    expect(() => encodeAddress('10.0.0.256')).toThrow(expect.objectContaining({ code: 'DNS_NAME_INVALID' }));
    expect(() => encodeText('x'.repeat(256))).toThrow(expect.objectContaining({ code: 'DNS_NAME_INVALID' }));
  });
});

describe('what came over the network', () => {
  const expectCoded = (bytes: Buffer): void => {
    try {
      decodeMessage(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(ClusterwrightError);
      expect(error).toMatchObject({ code: 'DNS_ANSWER_INVALID' });
    }
  };

  test('any bytes are a message, or are told not to be one', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => expectCoded(Buffer.from(bytes))),
      { numRuns: 500 },
    );
  });

  test('a message that is cut off anywhere is none', () => {
    const { answer } = SIGNED_EXCHANGES[0] as (typeof SIGNED_EXCHANGES)[0];
    for (let length = 0; length < answer.length; length += 1) {
      expect(() => decodeMessage(answer.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'DNS_ANSWER_INVALID' }),
      );
    }
  });

  test('a message with anything changed is read, or told to be none', () => {
    const { update } = SIGNED_EXCHANGES[0] as (typeof SIGNED_EXCHANGES)[0];
    fc.assert(
      fc.property(fc.nat(update.length - 1), fc.nat(255), (at, byte) => {
        const altered = Buffer.from(update);
        altered[at] = byte;
        expectCoded(altered);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['a name that leads to itself', messageWith([0xc0, 12])],
    ['a name that leads forward', messageWith([0xc0, 14])],
    ['a name that leads in a circle', messageWith([1, 97, 0xc0, 12])],
    ['a name whose rest is cut off', messageWith([0xc0], [])],
    ['a label of another kind', messageWith([0x80, 0])],
    ['a label that is cut off', messageWith([63, 97], [])],
    ['an address of three bytes', messageWith([0], [0, 1, 0, 1, 0, 0, 0, 0, 0, 3, 1, 2, 3])],
    ['a text that is longer than its record', messageWith([0], [0, 16, 0, 1, 0, 0, 0, 0, 0, 2, 9, 65])],
    ['data that is cut off', messageWith([0], [0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 1])],
    ['something after its last record', Buffer.concat([messageWith([0]), Buffer.of(0)])],
    ['more records than can be', Buffer.from([0, 1, 0x84, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])],
  ])('%s is refused', (_, bytes) => {
    expect(() => decodeMessage(bytes)).toThrow(expect.objectContaining({ code: 'DNS_ANSWER_INVALID' }));
  });

  test('a name that is longer than names can be, by leading back, is refused', () => {
    const label = [63, ...Array<number>(63).fill(97)];
    const long = [...label, ...label, ...label, 0];
    const fixed = [0, 1, 0, 1, 0, 0, 0, 0, 0, 0];
    const bytes = Buffer.from([
      ...[0, 1, 0x84, 0, 0, 0, 0, 2, 0, 0, 0, 0],
      ...[...long, ...fixed, ...label, 0xc0, 12, ...fixed],
    ]);

    expect(() => decodeMessage(bytes)).toThrow(/too long/);
  });
});
