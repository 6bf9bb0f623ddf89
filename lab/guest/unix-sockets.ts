/** The local stream sockets of one machine: a file to be found by, and a program that answers behind it. */
import type { DiskTree } from './disk/disk-tree.js';
import { isThere, putFile, removeAll, type NewFile } from './disk/root-files.js';

/** Answers what was written before the writing end was closed. */
export type SocketHandler = (request: string) => string | Promise<string>;

export class UnixSockets {
  private readonly disk: DiskTree;
  private readonly handlers = new Map<string, SocketHandler>();

  constructor(disk: DiskTree) {
    this.disk = disk;
  }

  /** Takes the place of a socket that is there. @returns a function that closes it and removes its file. */
  serve(path: string, handler: SocketHandler, how: NewFile): () => void {
    putFile(this.disk, path, '', how);
    this.handlers.set(path, handler);
    return () => {
      if (this.handlers.get(path) !== handler) return;
      this.handlers.delete(path);
      if (isThere(this.disk, path)) removeAll(this.disk, path);
    };
  }

  /** @returns `undefined` where nobody answers: the file may be there all the same. */
  at(path: string): SocketHandler | undefined {
    return this.handlers.get(path);
  }
}
