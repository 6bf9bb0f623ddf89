/** A kernel or an initrd, out of the folder of the boot service. */
import { open, type FileHandle } from 'node:fs/promises';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { isBootFileName } from '../../domain/boot/boot-file-names.js';

export interface BootFile {
  readonly handle: FileHandle;
  readonly bytes: number;
}

/** The caller closes the handle. @returns `undefined` when there is no such regular file. */
export async function openBootFile(folder: string | null, name: string): Promise<BootFile | undefined> {
  if (folder === null || !isBootFileName(name)) return undefined;
  let handle: FileHandle;
  try {
    // A pipe of that name would keep the call waiting.
    handle = await open(join(folder, name), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  const stat = await handle.stat();
  if (stat.isFile()) return { handle, bytes: stat.size };
  await handle.close();
  return undefined;
}

export async function hasBootFile(folder: string | null, name: string): Promise<boolean> {
  const file = await openBootFile(folder, name);
  await file?.handle.close();
  return file !== undefined;
}
