/**
 * Authenticated encryption of streams of any length, for backups. The format, version 1, integers big-endian:
 *
 *     header   8 bytes  "CWBACKUP"
 *              1 byte   version: 1
 *              8 bytes  id of the master key: see `store/seal.ts`
 *             32 bytes  salt, random
 *              4 bytes  bytes of content a chunk
 *     chunk   ciphertext, then 16 bytes of tag; each chunk is full but the last one, which may be empty
 *
 * The key of a stream is HKDF-SHA-256 (RFC 5869) of the master key with the salt; the context of the stream is its info,
 * so a stream that was moved elsewhere does not open. Each chunk is sealed with AES-256-GCM under that key, the header as
 * additional data, and a nonce that counts the chunks and marks the last one (the STREAM construction,
 * https://eprint.iacr.org/2015/189): chunks that are left out, put in, moved or cut off do not open. A salt is never
 * used twice, so that neither is a nonce.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { fail } from '../../domain/errors.js';
import { keyIdOf } from '../../store/seal.js';

/** Of the content, unless a header says otherwise: what is held in memory. */
const CHUNK_BYTES = 64 * 1024;
/** A header that asks for more is none of ours. */
const MOST_CHUNK_BYTES = 16 * 1024 * 1024;

const MAGIC = Buffer.from('CWBACKUP', 'latin1');
const VERSION = 1;
const KEY_ID_BYTES = 8;
const SALT_BYTES = 32;
const HEADER_BYTES = MAGIC.length + 1 + KEY_ID_BYTES + SALT_BYTES + 4;
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
const ALGORITHM = 'aes-256-gcm';
const INFO = 'clusterwright/backup-stream/1';

export interface StreamKey {
  /** 32 bytes. */
  readonly masterKey: Buffer;
  /** What the stream belongs to. */
  readonly context: readonly string[];
  readonly chunkBytes?: number;
}

/** @returns the sealed stream. What `content` throws ends it, and so does what ends it early: it will not open then. */
export async function* sealStream(
  content: AsyncIterable<Uint8Array>,
  key: StreamKey,
): AsyncGenerator<Buffer> {
  const { masterKey, context, chunkBytes = CHUNK_BYTES } = key;
  const salt = randomBytes(SALT_BYTES);
  const header = Buffer.concat([
    MAGIC,
    Buffer.from([VERSION]),
    Buffer.from(keyIdOf(masterKey), 'hex'),
    salt,
    uint32(chunkBytes),
  ]);
  const streamKey = derive(masterKey, salt, context);
  yield header;
  let index = 0;
  for await (const { bytes, isLast } of pieces(content, chunkBytes)) {
    const cipher = createCipheriv(ALGORITHM, streamKey, nonce(index, isLast)).setAAD(header);
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    index += 1;
  }
}

/**
 * The content of a sealed stream; of the chunks that came before a fault, something may have been given out already.
 * @throws `BACKUP_CORRUPT` when a bit is not what was written, or the end is missing.
 * @throws `BACKUP_KEY_UNKNOWN` when it was sealed with another master key.
 */
export async function* openStream(sealed: AsyncIterable<Uint8Array>, key: StreamKey): AsyncGenerator<Buffer> {
  const reader = new ByteReader(sealed);
  try {
    const header = await reader.exactly(HEADER_BYTES);
    if (header === undefined) throw fail('BACKUP_CORRUPT', 'its header is cut off');
    const { salt, chunkBytes } = readHeader(header, key.masterKey);
    const streamKey = derive(key.masterKey, salt, key.context);
    for (let index = 0, isLast = false; !isLast; index += 1) {
      const chunk = await reader.atMost(chunkBytes + TAG_BYTES);
      isLast = await reader.isAtEnd();
      yield openChunk(chunk, { streamKey, header, index, isLast });
    }
  } finally {
    await reader.close();
  }
}

interface ChunkPlace {
  readonly streamKey: Buffer;
  readonly header: Buffer;
  readonly index: number;
  readonly isLast: boolean;
}

function openChunk(chunk: Buffer, { streamKey, header, index, isLast }: ChunkPlace): Buffer {
  const split = chunk.length - TAG_BYTES;
  if (split < 0) throw fail('BACKUP_CORRUPT', `it is cut off in its chunk ${index}`);
  const decipher = createDecipheriv(ALGORITHM, streamKey, nonce(index, isLast), { authTagLength: TAG_BYTES })
    .setAAD(header)
    .setAuthTag(chunk.subarray(split));
  const content = decipher.update(chunk.subarray(0, split));
  try {
    return Buffer.concat([content, decipher.final()]);
  } catch (error) {
    const detail = `its chunk ${index} was altered, moved or cut off, or belongs to another backup`;
    throw fail('BACKUP_CORRUPT', detail, { cause: error });
  }
}

function readHeader(
  header: Buffer,
  masterKey: Buffer,
): { readonly salt: Buffer; readonly chunkBytes: number } {
  let at = 0;
  const take = (bytes: number): Buffer => header.subarray(at, (at += bytes));
  if (!take(MAGIC.length).equals(MAGIC)) throw fail('BACKUP_CORRUPT', 'it is no sealed stream of a backup');
  const version = take(1).readUInt8();
  if (version !== VERSION) throw fail('BACKUP_CORRUPT', `its format ${version} is not known; ${VERSION} is`);
  const keyId = take(KEY_ID_BYTES).toString('hex');
  if (keyId !== keyIdOf(masterKey)) {
    throw fail(
      'BACKUP_KEY_UNKNOWN',
      `it was sealed with the key ${keyId}, and ${keyIdOf(masterKey)} is configured`,
    );
  }
  const salt = take(SALT_BYTES);
  const chunkBytes = take(4).readUInt32BE();
  if (chunkBytes === 0 || chunkBytes > MOST_CHUNK_BYTES) {
    throw fail('BACKUP_CORRUPT', `its header asks for chunks of ${chunkBytes} bytes`);
  }
  return { salt, chunkBytes };
}

function derive(masterKey: Buffer, salt: Buffer, context: readonly string[]): Buffer {
  // JSON keeps `['a', 'bc']` and `['ab', 'c']` apart.
  const info = `${INFO}\0${JSON.stringify(context)}`;
  return Buffer.from(hkdfSync('sha256', masterKey, salt, info, 32));
}

/** 7 bytes that are always 0, the number of the chunk, and 1 for the last one. */
function nonce(index: number, isLast: boolean): Buffer {
  const bytes = Buffer.alloc(NONCE_BYTES);
  bytes.writeUInt32BE(index, 7);
  bytes.writeUInt8(isLast ? 1 : 0, 11);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Cuts a stream into pieces of one size; at least one comes, and one that is known to be the last. */
async function* pieces(
  content: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<{ readonly bytes: Buffer; readonly isLast: boolean }> {
  const reader = new ByteReader(content);
  try {
    for (let isLast = false; !isLast;) {
      const bytes = await reader.atMost(size);
      isLast = await reader.isAtEnd();
      yield { bytes, isLast };
    }
  } finally {
    await reader.close();
  }
}

/** Reads a stream in amounts of one's own choice; holds one chunk of it and one piece. */
class ByteReader {
  private readonly source: AsyncIterator<Uint8Array>;
  private rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.source = source[Symbol.asyncIterator]();
  }

  async exactly(bytes: number): Promise<Buffer | undefined> {
    const read = await this.atMost(bytes);
    return read.length === bytes ? read : undefined;
  }

  /** Fewer only at the end. */
  async atMost(bytes: number): Promise<Buffer> {
    const taken: Buffer[] = [];
    for (let missing = bytes; missing > 0 && !(await this.isAtEnd());) {
      const part = this.rest.subarray(0, missing);
      this.rest = this.rest.subarray(part.length);
      missing -= part.length;
      taken.push(part);
    }
    return Buffer.concat(taken);
  }

  async isAtEnd(): Promise<boolean> {
    while (this.rest.length === 0) {
      const next = await this.source.next();
      if (next.done === true) return true;
      this.rest = Buffer.from(next.value);
    }
    return false;
  }

  async close(): Promise<void> {
    await this.source.return?.();
  }
}
