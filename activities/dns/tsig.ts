/** Signatures of messages by a key that both sides know (TSIG, RFC 8945). */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { TsigAlgorithm } from '../../domain/services/configuration.js';
import { isMalformed } from './malformed.js';
import { encodeRecord, type Message, type ReadRecord } from './message.js';
import { decodeName, encodeName, sameName } from './name.js';
import { CLASSES, TYPES } from './record-data.js';

/** How far the clocks of both sides may differ (RFC 8945, section 10). */
export const FUDGE_SECONDS = 300;
/** RFC 8945, section 3. */
export const TSIG_ERRORS = { BADSIG: 16, BADKEY: 17, BADTIME: 18, BADTRUNC: 22 } as const;

const HASHES: Readonly<Record<TsigAlgorithm, string>> = {
  'hmac-sha256': 'sha256',
  'hmac-sha384': 'sha384',
  'hmac-sha512': 'sha512',
};
const ADDITIONAL_COUNT_AT = 10;
/** Time signed: 48 bits. */
const TIME_BYTES = 6;

export interface TsigKey {
  readonly name: string;
  readonly algorithm: TsigAlgorithm;
  readonly secret: Buffer;
}

export interface SignedMessage {
  readonly bytes: Buffer;
  /** The answer is signed over it. */
  readonly mac: Buffer;
}

/** What a signature says of itself. */
export interface Stamp {
  readonly algorithmName: string;
  /** Seconds since 1970. */
  readonly signedAt: number;
  readonly fudgeSeconds: number;
  readonly error: number;
  /** Of the error BADTIME: the server's time. */
  readonly other: Buffer;
}

/** Signs what is asked. */
export function sign(bytes: Buffer, key: TsigKey, at: Date): SignedMessage {
  const stamp = {
    ...{ algorithmName: key.algorithm, fudgeSeconds: FUDGE_SECONDS, error: 0, other: Buffer.alloc(0) },
    signedAt: Math.floor(at.getTime() / 1_000),
  };
  const mac = macOf(bytes, key, stamp);
  return { bytes: withStamp(bytes, key.name, stamp, mac), mac };
}

/** Appends the signature as the last record. */
export function withStamp(bytes: Buffer, keyName: string, stamp: Stamp, mac: Buffer): Buffer {
  const data = Buffer.concat([
    ...[encodeName(stamp.algorithmName), timeAndFudge(stamp), words(mac.length), mac],
    ...[words(bytes.readUInt16BE(0), stamp.error, stamp.other.length), stamp.other],
  ]);
  const record = { name: keyName, type: TYPES.TSIG, class: CLASSES.ANY, ttlSeconds: 0, data };
  const signed = Buffer.concat([bytes, encodeRecord(record)]);
  signed.writeUInt16BE(bytes.readUInt16BE(ADDITIONAL_COUNT_AT) + 1, ADDITIONAL_COUNT_AT);
  return signed;
}

export type TsigVerdict =
  /** By the key, and in time. */
  | { readonly kind: 'signed'; readonly mac: Buffer }
  /** By the key, and the clocks differ too much. */
  | { readonly kind: 'clock'; readonly theirs: Date }
  /** The other side does not take our signature: this cannot be signed, so that anybody may have said it. */
  | { readonly kind: 'refused'; readonly error: number }
  | { readonly kind: 'unsigned'; readonly reason: string };

/**
 * Looks whether the holder of the key signed the message.
 * @param before of an answer: the signature of what was asked.
 */
export function verify(
  bytes: Buffer,
  message: Message,
  key: TsigKey,
  { before, now }: { readonly before?: Buffer; readonly now: Date },
): TsigVerdict {
  const record = message.additionals.at(-1);
  if (record?.type !== TYPES.TSIG) return { kind: 'unsigned', reason: 'it is not signed' };
  const isWhole = record.class === CLASSES.ANY && record.ttlSeconds === 0;
  const read = isWhole ? readStamp(record) : undefined;
  if (read === undefined) return { kind: 'unsigned', reason: 'its signature cannot be read' };
  const { stamp, mac, originalId } = read;
  if (mac.length === 0 && stamp.error !== 0) return { kind: 'refused', error: stamp.error };
  if (!sameName(record.name, key.name) || !sameName(stamp.algorithmName, key.algorithm)) {
    return { kind: 'unsigned', reason: `it is signed by the key "${record.name}" (${stamp.algorithmName})` };
  }
  const unsigned = Buffer.from(bytes.subarray(0, record.start));
  unsigned.writeUInt16BE(message.additionals.length - 1, ADDITIONAL_COUNT_AT);
  unsigned.writeUInt16BE(originalId, 0);
  const expected = macOf(unsigned, key, stamp, before);
  // A shortened signature is easier to guess: none is taken.
  if (mac.length !== expected.length || !timingSafeEqual(mac, expected)) {
    return { kind: 'unsigned', reason: 'its signature is wrong' };
  }
  if (stamp.error === TSIG_ERRORS.BADTIME && stamp.other.length === TIME_BYTES) {
    return { kind: 'clock', theirs: dateOf(stamp.other.readUIntBE(0, TIME_BYTES)) };
  }
  if (stamp.error !== 0) return { kind: 'refused', error: stamp.error };
  const isInTime = Math.abs(now.getTime() / 1_000 - stamp.signedAt) <= stamp.fudgeSeconds;
  return isInTime ? { kind: 'signed', mac } : { kind: 'clock', theirs: dateOf(stamp.signedAt) };
}

/**
 * RFC 8945, section 4.3.
 * @param before of an answer: the signature of what was asked.
 */
export function macOf(bytes: Buffer, key: TsigKey, stamp: Stamp, before?: Buffer): Buffer {
  const hmac = createHmac(HASHES[key.algorithm], key.secret);
  if (before !== undefined) hmac.update(words(before.length)).update(before);
  hmac
    .update(bytes)
    .update(encodeName(key.name))
    .update(words(CLASSES.ANY, 0, 0));
  hmac.update(encodeName(stamp.algorithmName)).update(timeAndFudge(stamp));
  return hmac.update(words(stamp.error, stamp.other.length)).update(stamp.other).digest();
}

function readStamp({
  data,
}: ReadRecord): { readonly stamp: Stamp; readonly mac: Buffer; readonly originalId: number } | undefined {
  try {
    const { name: algorithmName, end } = decodeName(data, 0);
    const macStart = end + TIME_BYTES + 4;
    const macEnd = macStart + data.readUInt16BE(macStart - 2);
    const otherStart = macEnd + 6;
    const otherEnd = otherStart + data.readUInt16BE(otherStart - 2);
    if (otherEnd !== data.length) return undefined;
    const stamp = {
      algorithmName,
      signedAt: data.readUIntBE(end, TIME_BYTES),
      fudgeSeconds: data.readUInt16BE(end + TIME_BYTES),
      error: data.readUInt16BE(macEnd + 2),
      other: data.subarray(otherStart, otherEnd),
    };
    return { stamp, mac: data.subarray(macStart, macEnd), originalId: data.readUInt16BE(macEnd) };
  } catch (error) {
    if (isMalformed(error)) return undefined;
    throw error;
  }
}

function timeAndFudge({ signedAt, fudgeSeconds }: Stamp): Buffer {
  const bytes = Buffer.alloc(TIME_BYTES + 2);
  bytes.writeUIntBE(signedAt, 0, TIME_BYTES);
  bytes.writeUInt16BE(fudgeSeconds, TIME_BYTES);
  return bytes;
}

/** Numbers of 16 bits, one after the other. */
function words(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * numbers.length);
  numbers.forEach((number, index) => bytes.writeUInt16BE(number, 2 * index));
  return bytes;
}

/** The greatest moment that a Date can be. */
const LATEST_SECONDS = 8.64e12;

function dateOf(seconds: number): Date {
  return new Date(Math.min(seconds, LATEST_SECONDS) * 1_000);
}
