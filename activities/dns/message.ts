/** DNS messages as they go over the wire (RFC 1035, section 4.1), of queries and of updates alike. */
import { fail } from '../../domain/errors.js';
import { isMalformed } from './malformed.js';
import { decodeName, encodeName } from './name.js';
import { dataText } from './record-data.js';

export const OPCODES = { QUERY: 0, UPDATE: 5 } as const;

const HEADER_BYTES = 12;
const RESPONSE = 1 << 15;
const AUTHORITATIVE = 1 << 10;
const TRUNCATED = 1 << 9;
export const RECURSION_DESIRED = 1 << 8;

export interface Question {
  readonly name: string;
  readonly type: number;
  readonly class: number;
}

/** A record that is sent. Those of an update may have no data and say by their class what is meant by them. */
export interface SentRecord extends Question {
  readonly ttlSeconds: number;
  readonly data: Buffer;
}

/**
 * What is asked. An update has the same four sections under other names (RFC 2136, section 2.2): zone, prerequisites,
 * updates and additional data.
 */
export interface Request {
  readonly id: number;
  readonly opcode: (typeof OPCODES)[keyof typeof OPCODES];
  readonly flags?: number;
  readonly questions: readonly Question[];
  readonly answers?: readonly SentRecord[];
  readonly authorities?: readonly SentRecord[];
}

/** A record as it came. */
export interface ReadRecord extends SentRecord {
  /** See `dataText`. */
  readonly text: string;
  /** Where it begins in the message. */
  readonly start: number;
}

export interface Message {
  readonly id: number;
  readonly isResponse: boolean;
  readonly opcode: number;
  readonly isAuthoritative: boolean;
  readonly isTruncated: boolean;
  readonly rcode: number;
  readonly questions: readonly Question[];
  readonly answers: readonly ReadRecord[];
  readonly authorities: readonly ReadRecord[];
  readonly additionals: readonly ReadRecord[];
}

/** @throws `DNS_NAME_INVALID` */
export function encodeRequest(request: Request): Buffer {
  const { id, opcode, flags = 0, questions, answers = [], authorities = [] } = request;
  const header = Buffer.alloc(HEADER_BYTES);
  const counts = [questions.length, answers.length, authorities.length, 0];
  [id, (opcode << 11) | flags, ...counts].forEach((word, index) => header.writeUInt16BE(word, 2 * index));
  return Buffer.concat([
    header,
    ...questions.map(encodeQuestion),
    ...answers.map(encodeRecord),
    ...authorities.map(encodeRecord),
  ]);
}

export function encodeRecord(record: SentRecord): Buffer {
  const fixed = Buffer.alloc(6);
  fixed.writeUInt32BE(record.ttlSeconds, 0);
  fixed.writeUInt16BE(record.data.length, 4);
  return Buffer.concat([encodeQuestion(record), fixed, record.data]);
}

function encodeQuestion({ name, type, class: class_ }: Question): Buffer {
  const fixed = Buffer.alloc(4);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(class_, 2);
  return Buffer.concat([encodeName(name), fixed]);
}

/** @throws `DNS_ANSWER_INVALID` when the bytes are no message, or there are more of them than its records take. */
export function decodeMessage(bytes: Buffer): Message {
  try {
    return read(bytes);
  } catch (error) {
    if (!isMalformed(error)) throw error;
    const { message } = error as RangeError;
    throw fail('DNS_ANSWER_INVALID', `${bytes.length} bytes came that are no DNS message: ${message}`);
  }
}

function read(bytes: Buffer): Message {
  const flags = bytes.readUInt16BE(2);
  let at = HEADER_BYTES;
  const section = <T extends { readonly end: number }>(index: number, next: (start: number) => T): T[] =>
    Array.from({ length: bytes.readUInt16BE(4 + 2 * index) }, () => {
      const item = next(at);
      at = item.end;
      return item;
    });
  const record = (start: number) => readRecord(bytes, start);
  const message = {
    id: bytes.readUInt16BE(0),
    isResponse: (flags & RESPONSE) !== 0,
    opcode: (flags >> 11) & 0xf,
    isAuthoritative: (flags & AUTHORITATIVE) !== 0,
    isTruncated: (flags & TRUNCATED) !== 0,
    rcode: flags & 0xf,
    questions: section(0, (start) => readQuestion(bytes, start)),
    answers: section(1, record),
    authorities: section(2, record),
    additionals: section(3, record),
  };
  if (at !== bytes.length) throw new RangeError('something follows the last record');
  return message;
}

function readQuestion(bytes: Buffer, start: number): Question & { readonly end: number } {
  const { name, end } = decodeName(bytes, start);
  return { name, type: bytes.readUInt16BE(end), class: bytes.readUInt16BE(end + 2), end: end + 4 };
}

function readRecord(bytes: Buffer, start: number): ReadRecord & { readonly end: number } {
  const question = readQuestion(bytes, start);
  const ttlSeconds = bytes.readUInt32BE(question.end);
  const dataStart = question.end + 6;
  const end = dataStart + bytes.readUInt16BE(question.end + 4);
  if (end > bytes.length) throw new RangeError('a record is cut off');
  // Records of updates may have no data: what their class says is all of it.
  const text = end === dataStart ? '' : dataText(bytes, question.type, dataStart, end);
  return { ...question, ttlSeconds, data: bytes.subarray(dataStart, end), text, start, end };
}
