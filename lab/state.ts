/** Where the lab keeps itself across restarts: one JSON file a key, replaced atomically. */
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Keys are paths of plain names, such as `guests/<disk id>`. Values are plain JSON. */
export class LabState {
  private readonly pending = new Map<string, () => unknown>();
  private scheduled = false;

  private readonly directory: string | null;

  /** @param directory where the files go; `null` keeps nothing (for tests of one part alone). */
  constructor(directory: string | null) {
    this.directory = directory;
  }

  load<T>(key: string): T | undefined {
    const path = this.path(key);
    if (path === null || !existsSync(path)) return undefined;
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  }

  /** Saves what `snapshot` returns, soon: many changes in one turn of the event loop cost one write. */
  save(key: string, snapshot: () => unknown): void {
    if (this.directory === null) return;
    this.pending.set(key, snapshot);
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.flush());
  }

  remove(key: string): void {
    this.pending.delete(key);
    const path = this.path(key);
    if (path !== null) rmSync(path, { force: true });
  }

  /** The last parts of the keys under `prefix`. */
  list(prefix: string): string[] {
    const directory = this.directory === null ? null : join(this.directory, prefix);
    if (directory === null || !existsSync(directory)) return [];
    return readdirSync(directory)
      .filter((file) => file.endsWith('.json'))
      .map((file) => decodeURIComponent(file.slice(0, -'.json'.length)));
  }

  flush(): void {
    this.scheduled = false;
    for (const [key, snapshot] of this.pending) {
      const path = this.path(key);
      if (path === null) continue;
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(`${path}.new`, JSON.stringify(snapshot()), { mode: 0o600 });
      renameSync(`${path}.new`, path);
    }
    this.pending.clear();
  }

  private path(key: string): string | null {
    if (this.directory === null) return null;
    return `${join(this.directory, ...key.split('/').map(encodeURIComponent))}.json`;
  }
}
