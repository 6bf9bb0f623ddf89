/** From a path to what is there, as path_resolution(7) has it. */
import { posix } from 'node:path';
import { FileSystemError } from './file-system-error.js';
import { allows, type Credentials, type DirectoryNode, type Inode } from './inode.js';

export interface Place {
  /** Without symbolic links, except for the last part where it is not followed. */
  readonly path: string;
  readonly parent: DirectoryNode;
  /** Empty for the root directory. */
  readonly name: string;
  /** `undefined` where the directory has no such entry. */
  readonly node: Inode | undefined;
}

export interface LookupOptions {
  readonly who: Credentials;
  /** System call, for the error. */
  readonly call: string;
  /** Whether a symbolic link at the end is followed. */
  readonly followsLast: boolean;
}

const MOST_LINKS = 40;

/** @throws FileSystemError when the way there is barred; that nothing is there is no error. */
export function lookUp(root: DirectoryNode, path: string, options: LookupOptions): Place {
  const { who, call, followsLast } = options;
  const todo = parts(path);
  const done: string[] = [];
  const chain: DirectoryNode[] = [root];
  let links = 0;

  for (;;) {
    const directory = chain.at(-1) ?? root;
    const name = todo.shift();
    if (name === undefined) {
      const parent = chain.at(-2) ?? root;
      return { path: `/${done.join('/')}`, parent, name: done.at(-1) ?? '', node: directory };
    }
    if (name === '..') {
      if (chain.length > 1) chain.pop();
      done.pop();
      continue;
    }
    if (!allows(directory, who, 'execute')) throw new FileSystemError('EACCES', call, path);
    const node = directory.entries.get(name);
    const isLast = todo.length === 0;
    if (node?.kind === 'link' && (!isLast || followsLast)) {
      links += 1;
      if (links > MOST_LINKS) throw new FileSystemError('ELOOP', call, path);
      todo.unshift(...parts(node.target));
      if (posix.isAbsolute(node.target)) {
        chain.length = 1;
        done.length = 0;
      }
      continue;
    }
    if (node?.kind === 'directory') {
      chain.push(node);
      done.push(name);
      continue;
    }
    if (isLast) return { path: `/${[...done, name].join('/')}`, parent: directory, name, node };
    throw new FileSystemError(node === undefined ? 'ENOENT' : 'ENOTDIR', call, path);
  }
}

function parts(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}
