/** Reads objects in Protobuf, which kubectl sends for most of what it creates; what it reads is always JSON. */
import protobuf from 'protobufjs/minimal.js';
import type { JsonObject } from '../model/json.js';
import { badRequest } from '../model/status-error.js';
import { messageFields, type MessageField } from './message-table.js';

export const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';

type Reader = protobuf.Reader;

/** Every document begins with these bytes; a `runtime.Unknown` follows, which holds the object. */
const MAGIC = Buffer.from('k8s\0');

/** Messages that JSON has as something else than an object. */
const SPECIAL: Readonly<Record<string, (reader: Reader) => unknown>> = {
  Time: readTime,
  MicroTime: readTime,
  Quantity: (reader) => readFields(reader, (number) => (number === 1 ? reader.string() : undefined))[1],
  IntOrString: readIntOrString,
  RawExtension: readRawJson,
  FieldsV1: readRawJson,
  ExtraValue: (reader) => {
    const items: string[] = [];
    readFields(reader, () => items.push(reader.string()));
    return items;
  },
};

/** @throws StatusError 400 for what is no object, or one of a kind that only comes as JSON. */
export function decodeObject(bytes: Buffer): JsonObject {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC))
    throw badRequest('the body is not a Kubernetes object in Protobuf');
  try {
    const envelope = readFields(protobuf.Reader.create(bytes.subarray(MAGIC.length)), (number, reader) =>
      number === 1 || number === 2 ? reader.bytes() : undefined,
    );
    const type = readFields(protobuf.Reader.create(bytesOf(envelope[1])), (number, reader) =>
      number === 1 || number === 2 ? reader.string() : undefined,
    );
    const [apiVersion, kind] = [textOf(type[1]), textOf(type[2])];
    const message = apiVersion.startsWith('events.k8s.io/') ? `events${kind}` : kind;
    if (messageFields(message) === undefined)
      throw badRequest(`${apiVersion} ${kind} is not known in Protobuf`);
    return { apiVersion, kind, ...readMessage(protobuf.Reader.create(bytesOf(envelope[2])), message) };
  } catch (error) {
    // The reader throws RangeError at the end of the bytes, and Error at tags that there are not.
    throw badRequest(
      `the Protobuf cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function readMessage(reader: Reader, name: string): JsonObject {
  const fields = messageFields(name);
  const result: JsonObject = {};
  readFields(reader, (number) => {
    const field = fields?.get(number);
    if (field === undefined) return undefined;
    if (field.shape === 'map') {
      const [key, value] = readMapEntry(reader, field);
      result[field.name] = { ...(result[field.name] as JsonObject | undefined), [key]: value };
      return true;
    }
    const value = readValue(reader, field);
    if (field.shape === 'inline') Object.assign(result, value);
    else if (field.shape === 'list')
      result[field.name] = [...((result[field.name] as unknown[] | undefined) ?? []), value];
    // Go writes empty texts for what is not set, where JSON leaves the field out.
    else if (value !== undefined && value !== '') result[field.name] = value;
    return true;
  });
  return result;
}

function readValue(reader: Reader, { type, message }: MessageField): unknown {
  switch (type) {
    case 'text':
      return reader.string();
    case 'integer':
      return readInteger(reader);
    case 'boolean':
      return reader.bool();
    case 'double':
      return reader.double();
    case 'bytes':
      return Buffer.from(reader.bytes()).toString('base64');
    case 'message': {
      const inner = protobuf.Reader.create(reader.bytes());
      return SPECIAL[message]?.(inner) ?? (message in SPECIAL ? undefined : readMessage(inner, message));
    }
  }
}

function readMapEntry(reader: Reader, field: MessageField): readonly [key: string, value: unknown] {
  const inner = protobuf.Reader.create(reader.bytes());
  const entry = readFields(inner, (number) => (number === 1 ? inner.string() : readValue(inner, field)));
  return [textOf(entry[1]), entry[2] ?? ''];
}

/** Calls `read` for each field; what it does not read, by answering `undefined`, is skipped. */
function readFields(
  reader: Reader,
  read: (number: number, reader: Reader) => unknown,
): Record<number, unknown> {
  const values: Record<number, unknown> = {};
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const start = reader.pos;
    const value = read(tag >>> 3, reader);
    if (value !== undefined) values[tag >>> 3] = value;
    if (reader.pos === start) reader.skipType(tag & 7);
  }
  return values;
}

/** The zero time of Go stands for no time at all. */
function readTime(reader: Reader): string | undefined {
  const { 1: seconds = 0, 2: nanos = 0 } = readFields(reader, () => readInteger(reader));
  if (typeof seconds !== 'number' || typeof nanos !== 'number' || seconds <= 0) return undefined;
  return new Date(seconds * 1_000 + nanos / 1e6).toISOString().replace('.000Z', 'Z');
}

/** No number in these messages needs more bits than a double has. */
function readInteger(reader: Reader): number {
  return protobuf.util.LongBits.from(reader.int64()).toNumber();
}

function readIntOrString(reader: Reader): string | number {
  const {
    1: isText,
    2: integer,
    3: text,
  } = readFields(reader, (number) => (number === 3 ? reader.string() : readInteger(reader)));
  return isText === 1 ? textOf(text) : Number(integer ?? 0);
}

function readRawJson(reader: Reader): unknown {
  const { 1: raw } = readFields(reader, (number) => (number === 1 ? reader.bytes() : undefined));
  return raw === undefined ? undefined : (JSON.parse(Buffer.from(bytesOf(raw)).toString('utf8')) as unknown);
}

function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array();
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
