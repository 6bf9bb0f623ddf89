/** The end of an output of any length, in bounded memory. */

const UTF8_CONTINUATION = 0b1000_0000;
const UTF8_CONTINUATION_MASK = 0b1100_0000;

export class OutputTail {
  private readonly limitBytes: number;
  private chunks: Buffer[] = [];
  private bytes = 0;
  private dropped = false;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /** Whether the output was longer than the limit. */
  get isTruncated(): boolean {
    return this.dropped;
  }

  append(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    // Joined only now and then, so that a flood of small chunks costs no copy each.
    if (this.bytes > 2 * this.limitBytes) this.compact();
  }

  /** UTF-8; a character that the cut went through is left out. */
  text(): string {
    this.compact();
    const [bytes = Buffer.alloc(0)] = this.chunks;
    if (!this.dropped) return bytes.toString('utf8');
    const start = bytes.findIndex((byte) => (byte & UTF8_CONTINUATION_MASK) !== UTF8_CONTINUATION);
    return start < 0 ? '' : bytes.toString('utf8', start);
  }

  private compact(): void {
    const all = Buffer.concat(this.chunks);
    const excess = all.length - this.limitBytes;
    if (excess > 0) this.dropped = true;
    // Copied, as a slice would keep the whole flood in memory.
    const kept = excess > 0 ? Buffer.from(all.subarray(excess)) : all;
    this.chunks = [kept];
    this.bytes = kept.length;
  }
}
