/** The disk as the shell of one user sees it: just-bash's view of files over {@link DiskTree}. */
import { posix } from 'node:path';
import type { CpOptions, FsStat, IFileSystem, MkdirOptions, RmOptions } from 'just-bash';
import type { DiskTree } from './disk-tree.js';
import { FileSystemError } from './file-system-error.js';
import { ROOT, type Credentials, type Inode } from './inode.js';

type Encoding = Exclude<Parameters<IFileSystem['readFile']>[1], object | undefined>;
type WriteOptions = Parameters<IFileSystem['writeFile']>[2];
type ReadOptions = Parameters<IFileSystem['readFile']>[1];

/** What is written there is gone, what is read there is the end of the file. */
const NULL_DEVICE = '/dev/null';

/** Permission bits that files and directories get when they are made, less the umask. */
const FILE_MODE = 0o666;
const DIRECTORY_MODE = 0o777;
const PERMISSION_BITS = 0o7777;

export class UserFiles implements IFileSystem {
  /** umask(2) of the shell that works on this view. */
  umask = 0o022;
  readonly who: Credentials;
  private readonly disk: DiskTree;

  constructor(disk: DiskTree, who: Credentials) {
    this.disk = disk;
    this.who = who;
  }

  async readFile(path: string, options?: ReadOptions): Promise<string> {
    return decode(this.read(path), encodingOf(options));
  }

  async readFileBuffer(path: string): Promise<Uint8Array> {
    return this.read(path).slice();
  }

  async writeFile(path: string, content: string | Uint8Array, options?: WriteOptions): Promise<void> {
    this.write(path, encode(content, encodingOf(options)));
  }

  async appendFile(path: string, content: string | Uint8Array, options?: WriteOptions): Promise<void> {
    const before = (await this.exists(path)) ? this.disk.readFile(path, ROOT) : new Uint8Array();
    this.write(path, Buffer.concat([before, encode(content, encodingOf(options))]));
  }

  async exists(path: string): Promise<boolean> {
    try {
      this.disk.stat(path, this.who);
      return true;
    } catch {
      return false;
    }
  }

  async stat(path: string): Promise<FsStat> {
    return statOf(this.disk.stat(path, this.who));
  }

  async lstat(path: string): Promise<FsStat> {
    return statOf(this.disk.lstat(path, this.who));
  }

  async mkdir(path: string, options?: MkdirOptions): Promise<void> {
    const mode = DIRECTORY_MODE & ~this.umask;
    if (options?.recursive !== true) return this.disk.mkdir(path, this.who, mode);
    let current = '/';
    for (const part of posix.normalize(path).split('/')) {
      current = posix.join(current, part);
      if (!(await this.exists(current))) this.disk.mkdir(current, this.who, mode);
    }
    if (this.disk.stat(path, this.who).kind !== 'directory')
      throw new FileSystemError('EEXIST', 'mkdir', path);
  }

  async readdir(path: string): Promise<string[]> {
    return [...this.disk.readdir(path, this.who).entries.keys()].sort();
  }

  async readdirWithFileTypes(path: string) {
    const { entries } = this.disk.readdir(path, this.who);
    return [...entries]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, node]) => ({ name, ...kindOf(node) }));
  }

  async rm(path: string, options?: RmOptions): Promise<void> {
    let node: Inode;
    try {
      node = this.disk.lstat(path, this.who);
    } catch (error) {
      if (options?.force === true && error instanceof FileSystemError && error.code === 'ENOENT') return;
      throw error;
    }
    if (node.kind === 'directory' && options?.recursive === true) {
      for (const name of await this.readdir(path)) await this.rm(posix.join(path, name), options);
    }
    this.disk.remove(path, this.who);
  }

  async cp(source: string, target: string, options?: CpOptions): Promise<void> {
    const node = this.disk.stat(source, this.who);
    if (node.kind === 'file') {
      const isNew = !(await this.exists(target));
      this.write(target, this.read(source).slice());
      if (isNew) this.disk.chmod(target, node.mode & ~this.umask, this.who);
      return;
    }
    if (options?.recursive !== true) throw new FileSystemError('EISDIR', 'cp', source);
    await this.mkdir(target, { recursive: true });
    for (const name of await this.readdir(source)) {
      await this.cp(posix.join(source, name), posix.join(target, name), options);
    }
  }

  async mv(source: string, target: string): Promise<void> {
    this.disk.rename(source, target, this.who);
  }

  resolvePath(base: string, path: string): string {
    return posix.resolve(base, path);
  }

  /** No shell needs them: patterns are expanded directory by directory. */
  getAllPaths(): string[] {
    return [];
  }

  async chmod(path: string, mode: number): Promise<void> {
    this.disk.chmod(path, mode & PERMISSION_BITS, this.who);
  }

  async symlink(target: string, path: string): Promise<void> {
    this.disk.symlink(target, path, this.who);
  }

  async link(existing: string, path: string): Promise<void> {
    this.disk.link(existing, path, this.who);
  }

  async readlink(path: string): Promise<string> {
    return this.disk.readlink(path, this.who);
  }

  async realpath(path: string): Promise<string> {
    return this.disk.realpath(path, this.who);
  }

  async utimes(path: string, _atime: Date, mtime: Date): Promise<void> {
    this.disk.utimes(path, mtime.getTime(), this.who);
  }

  private read(path: string): Uint8Array {
    return posix.normalize(path) === NULL_DEVICE ? new Uint8Array() : this.disk.readFile(path, this.who);
  }

  private write(path: string, content: Uint8Array): void {
    if (posix.normalize(path) === NULL_DEVICE) return;
    this.disk.writeFile(path, content, this.who, FILE_MODE & ~this.umask);
  }
}

function kindOf(node: Inode) {
  return {
    isFile: node.kind === 'file',
    isDirectory: node.kind === 'directory',
    isSymbolicLink: node.kind === 'link',
  };
}

function statOf(node: Inode): FsStat {
  const size = node.kind === 'file' ? node.content.length : node.kind === 'link' ? node.target.length : 4_096;
  return { ...kindOf(node), mode: node.mode, size, mtime: new Date(node.mtime), identity: identityOf(node) };
}

const identities = new WeakMap<Inode, string>();
let last = 0;

/** Without it `mv` does not replace a file, as the two could be one. */
function identityOf(node: Inode): string {
  const known = identities.get(node) ?? `inode-${(last += 1)}`;
  identities.set(node, known);
  return known;
}

function encodingOf(options: ReadOptions | WriteOptions): Encoding {
  return (typeof options === 'string' ? options : options?.encoding) ?? 'utf8';
}

function encode(content: string | Uint8Array, encoding: Encoding): Uint8Array {
  // Copied: the caller may go on to use its buffer.
  return typeof content === 'string' ? Buffer.from(content, encoding) : content.slice();
}

function decode(content: Uint8Array, encoding: Encoding): string {
  return Buffer.from(content).toString(encoding);
}
