/** Backups in a folder of the worker's machine. */
import type { Dirent } from 'node:fs';
import { mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { fail } from '../../../domain/errors.js';
import type { BackupDestination, StoredObject } from './destination.js';

/** What is being written has this ending until it is whole. */
const PARTIAL = '.partial';
const OWNER_ONLY = { folder: 0o700, file: 0o600 } as const;

/** For a person to set right; anything else may pass, such as a share that is mounted again. */
const REJECTIONS = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR', 'ENAMETOOLONG']);

/** @param root absolute; it has to be there: a share that is not mounted must not be taken for an empty folder. */
export function folderDestination(root: string): BackupDestination {
  const pathOf = (key: string): string => {
    const path = join(root, key);
    const inside = relative(root, path);
    if (inside === '' || inside.startsWith('..'))
      throw fail('INTERNAL', `the key ${key} leads out of ${root}`);
    return path;
  };
  return {
    put: (key, content, signal) =>
      translated(key, async () => {
        await stat(root);
        const path = pathOf(key);
        const folder = dirname(path);
        await mkdir(folder, { recursive: true, mode: OWNER_ONLY.folder });
        const partial = `${path}${PARTIAL}`;
        const file = await open(partial, 'w', OWNER_ONLY.file);
        try {
          for await (const chunk of fromSource(content)) {
            signal.throwIfAborted();
            await file.writeFile(chunk);
          }
          await file.sync();
        } catch (error) {
          await file.close();
          await rm(partial, { force: true });
          throw error;
        }
        await file.close();
        await rename(partial, path);
        // The name is on the disk only when its folder is, and so are the folders above it.
        for (let above = folder; above.length >= root.length; above = dirname(above)) await sync(above);
      }),

    get: (key, signal) =>
      translated(key, async () => {
        const file = await openIfThere(pathOf(key));
        if (file === undefined) return undefined;
        signal.throwIfAborted();
        return file.createReadStream({ signal }) as AsyncIterable<Buffer>;
      }),

    list: (prefix, signal) =>
      translated(prefix, async () => {
        const files = await filesBelow(root, prefix);
        const objects: StoredObject[] = [];
        for (const path of files.filter((name) => !name.endsWith(PARTIAL))) {
          signal.throwIfAborted();
          const { size } = await stat(path);
          objects.push({ key: relative(root, path).split(sep).join('/'), bytes: size });
        }
        return objects.toSorted((a, b) => (a.key < b.key ? -1 : 1));
      }),

    remove: (key) =>
      translated(key, async () => {
        const path = pathOf(key);
        await rm(path, { force: true });
        await removeEmpty(root, dirname(path));
      }),

    removePartial: (prefix) =>
      translated(prefix, async () => {
        for (const path of await filesBelow(root, prefix)) {
          if (path.endsWith(PARTIAL)) await rm(path, { force: true });
        }
        await removeEmpty(root, join(root, prefix));
      }),
  };
}

async function openIfThere(path: string) {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Absolute paths. */
async function filesBelow(root: string, prefix: string): Promise<string[]> {
  await stat(root);
  let entries: Dirent[];
  try {
    entries = await readdir(join(root, prefix), { recursive: true, withFileTypes: true });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** The folder and those above it, up to the root, as far as nothing is in them. */
async function removeEmpty(root: string, folder: string): Promise<void> {
  const stop = join(root, '.');
  for (let path = join(folder, '.'); path.length > stop.length; path = dirname(path)) {
    try {
      await rmdir(path);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') continue;
      return;
    }
  }
}

async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Marks what the content throws: it is not the destination that failed then. */
class SourceFailure extends Error {}

async function* fromSource(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* content;
  } catch (error) {
    throw new SourceFailure('the content ended in an error', { cause: error });
  }
}

async function translated<T>(key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SourceFailure) throw error.cause;
    const code = codeOf(error);
    if (code === undefined) throw error;
    const detail = `${key}: ${(error as Error).message}`;
    throw fail(REJECTIONS.has(code) ? 'BACKUP_DESTINATION_REJECTED' : 'BACKUP_DESTINATION_FAILED', detail, {
      cause: error,
    });
  }
}

/** Of an error of the system; `undefined` for any other. */
function codeOf(error: unknown): string | undefined {
  const { code, syscall } = (error ?? {}) as { readonly code?: unknown; readonly syscall?: unknown };
  return typeof code === 'string' && typeof syscall === 'string' ? code : undefined;
}
