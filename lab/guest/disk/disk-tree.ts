/** The files of one machine: who may do what with them is decided here, as Linux does. */
import { FileSystemError } from './file-system-error.js';
import {
  allows,
  type Credentials,
  type DirectoryNode,
  type FileNode,
  type Inode,
  type Permission,
} from './inode.js';
import { lookUp, type Place } from './path-lookup.js';

const STICKY = 0o1000;

/** All methods throw FileSystemError. Paths are absolute; `who` asks. */
export class DiskTree {
  readonly root: DirectoryNode;
  /** Called after each change. */
  onChange: (path: string) => void = () => {};

  constructor(root: DirectoryNode) {
    this.root = root;
  }

  stat(path: string, who: Credentials): Inode {
    return this.existing(path, who, 'stat').node;
  }

  lstat(path: string, who: Credentials): Inode {
    return this.existing(path, who, 'lstat', false).node;
  }

  realpath(path: string, who: Credentials): string {
    return this.existing(path, who, 'realpath').path;
  }

  readlink(path: string, who: Credentials): string {
    const { node } = this.existing(path, who, 'readlink', false);
    if (node.kind !== 'link') throw new FileSystemError('EINVAL', 'readlink', path);
    return node.target;
  }

  readFile(path: string, who: Credentials): Uint8Array {
    const { node } = this.existing(path, who, 'open');
    if (node.kind !== 'file') throw new FileSystemError('EISDIR', 'read', path);
    this.demand(node, who, 'read', 'open', path);
    return node.content;
  }

  readdir(path: string, who: Credentials): DirectoryNode {
    const { node } = this.existing(path, who, 'scandir');
    if (node.kind !== 'directory') throw new FileSystemError('ENOTDIR', 'scandir', path);
    this.demand(node, who, 'read', 'scandir', path);
    return node;
  }

  /** @param mode of a file that is not there yet. */
  writeFile(path: string, content: Uint8Array, who: Credentials, mode: number): void {
    const place = this.lookUp(path, who, 'open');
    const { node } = place;
    if (node?.kind === 'directory') throw new FileSystemError('EISDIR', 'open', path);
    if (node === undefined) {
      this.enter(
        place,
        { kind: 'file', content, mode, uid: who.uid, gid: who.gid, mtime: Date.now() },
        who,
        'open',
      );
      return;
    }
    this.demand(node, who, 'write', 'open', path);
    (node as FileNode).content = content;
    node.mtime = Date.now();
    this.onChange(place.path);
  }

  mkdir(path: string, who: Credentials, mode: number): void {
    const place = this.lookUp(path, who, 'mkdir', false);
    if (place.node !== undefined) throw new FileSystemError('EEXIST', 'mkdir', path);
    const entries = new Map<string, Inode>();
    this.enter(
      place,
      { kind: 'directory', entries, mode, uid: who.uid, gid: who.gid, mtime: Date.now() },
      who,
      'mkdir',
    );
  }

  symlink(target: string, path: string, who: Credentials): void {
    const place = this.lookUp(path, who, 'symlink', false);
    if (place.node !== undefined) throw new FileSystemError('EEXIST', 'symlink', path);
    this.enter(
      place,
      { kind: 'link', target, mode: 0o777, uid: who.uid, gid: who.gid, mtime: Date.now() },
      who,
      'symlink',
    );
  }

  link(existing: string, path: string, who: Credentials): void {
    const { node } = this.existing(existing, who, 'link');
    if (node.kind !== 'file') throw new FileSystemError('EPERM', 'link', existing);
    const place = this.lookUp(path, who, 'link', false);
    if (place.node !== undefined) throw new FileSystemError('EEXIST', 'link', path);
    this.enter(place, node, who, 'link');
  }

  /** Removes a file, a link or an empty directory. */
  remove(path: string, who: Credentials): void {
    const place = this.existing(path, who, 'rm', false);
    if (place.node.kind === 'directory' && place.node.entries.size > 0) {
      throw new FileSystemError('ENOTEMPTY', 'rm', path);
    }
    this.take(place, who, 'rm', path);
  }

  /** Replaces a file at `to`, never a directory with something in it. */
  rename(from: string, to: string, who: Credentials): void {
    const source = this.existing(from, who, 'rename', false);
    const target = this.lookUp(to, who, 'rename', false);
    if (target.node === source.node) return;
    if (`${target.path}/`.startsWith(`${source.path}/`)) throw new FileSystemError('EINVAL', 'rename', from);
    if (target.node?.kind === 'directory') {
      if (source.node.kind !== 'directory') throw new FileSystemError('EISDIR', 'rename', to);
      if (target.node.entries.size > 0) throw new FileSystemError('ENOTEMPTY', 'rename', to);
    } else if (target.node !== undefined && source.node.kind === 'directory') {
      throw new FileSystemError('ENOTDIR', 'rename', to);
    }
    // Both permissions are asked for before anything changes.
    this.demandEntryChange(target.parent, target.node, who, 'rename', to);
    this.take(source, who, 'rename', from);
    target.parent.entries.set(target.name, source.node);
    this.onChange(target.path);
  }

  chmod(path: string, mode: number, who: Credentials): void {
    const { node, path: real } = this.existing(path, who, 'chmod');
    if (who.uid !== 0 && who.uid !== node.uid) throw new FileSystemError('EPERM', 'chmod', path);
    node.mode = mode;
    this.onChange(real);
  }

  /** Only root gives files away; an owner may choose among its own groups. */
  chown(path: string, owner: { readonly uid?: number; readonly gid?: number }, who: Credentials): void {
    const { node, path: real } = this.existing(path, who, 'chown');
    const { uid = node.uid, gid = node.gid } = owner;
    const isOwnGroup = gid === who.gid || who.groups.includes(gid) || gid === node.gid;
    const isAllowed = who.uid === 0 || (who.uid === node.uid && uid === node.uid && isOwnGroup);
    if (!isAllowed) throw new FileSystemError('EPERM', 'chown', path);
    node.uid = uid;
    node.gid = gid;
    this.onChange(real);
  }

  utimes(path: string, mtime: number, who: Credentials): void {
    const { node, path: real } = this.existing(path, who, 'utime');
    if (who.uid !== node.uid) this.demand(node, who, 'write', 'utime', path);
    node.mtime = mtime;
    this.onChange(real);
  }

  private lookUp(path: string, who: Credentials, call: string, followsLast = true): Place {
    return lookUp(this.root, path, { who, call, followsLast });
  }

  private existing(
    path: string,
    who: Credentials,
    call: string,
    followsLast = true,
  ): Place & { node: Inode } {
    const place = this.lookUp(path, who, call, followsLast);
    if (place.node === undefined) throw new FileSystemError('ENOENT', call, path);
    return { ...place, node: place.node };
  }

  private demand(node: Inode, who: Credentials, permission: Permission, call: string, path: string): void {
    if (!allows(node, who, permission)) throw new FileSystemError('EACCES', call, path);
  }

  private demandEntryChange(
    parent: DirectoryNode,
    node: Inode | undefined,
    who: Credentials,
    call: string,
    path: string,
  ): void {
    this.demand(parent, who, 'write', call, path);
    const isProtected = (parent.mode & STICKY) !== 0 && node !== undefined;
    if (isProtected && who.uid !== 0 && who.uid !== node.uid && who.uid !== parent.uid) {
      throw new FileSystemError('EPERM', call, path);
    }
  }

  private enter(place: Place, node: Inode, who: Credentials, call: string): void {
    this.demandEntryChange(place.parent, undefined, who, call, place.path);
    place.parent.entries.set(place.name, node);
    this.onChange(place.path);
  }

  private take(place: Place & { node: Inode }, who: Credentials, call: string, path: string): void {
    if (place.name === '') throw new FileSystemError('EPERM', call, path);
    this.demandEntryChange(place.parent, place.node, who, call, path);
    place.parent.entries.delete(place.name);
    this.onChange(place.path);
  }
}
