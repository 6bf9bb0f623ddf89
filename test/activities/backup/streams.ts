/** Streams of bytes for tests. */
import { createHash, randomBytes } from 'node:crypto';

export async function* streamOf(...chunks: readonly (Buffer | string)[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

/** The bytes in chunks of this size. */
export function cut(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
  return streamOf(...chunks);
}

/** A stream that breaks off. */
export async function* broken(error: Error, ...chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
  throw error;
}

export async function all(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** As etcd makes one: pages, and their SHA-256. */
export function aSnapshot(pages = randomBytes(512 * 40)): Buffer {
  return Buffer.concat([pages, createHash('sha256').update(pages).digest()]);
}
