/** Counting and hashing what flows by. */
import { createHash } from 'node:crypto';

export interface Measure {
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

export interface Measured {
  readonly stream: AsyncGenerator<Buffer>;
  /** Of what has flowed by; asked for once, when all has. */
  readonly result: () => Measure;
}

/** @param onBytes is told the sum so far. */
export function measured(content: AsyncIterable<Uint8Array>, onBytes?: (bytes: number) => void): Measured {
  const hash = createHash('sha256');
  let bytes = 0;
  async function* flow(): AsyncGenerator<Buffer> {
    for await (const chunk of content) {
      hash.update(chunk);
      bytes += chunk.length;
      onBytes?.(bytes);
      yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    }
  }
  return { stream: flow(), result: () => ({ bytes, sha256: hash.digest('hex') }) };
}

/** Reads a stream to its end for what can be measured of it. */
export async function drained(
  content: AsyncIterable<Uint8Array>,
  onBytes?: (bytes: number) => void,
): Promise<Measure> {
  const { stream, result } = measured(content, onBytes);
  while ((await stream.next()).done !== true);
  return result();
}
