import { beforeEach, describe, expect, test } from '@jest/globals';
import { DiskTree } from '../../../../lab/guest/disk/disk-tree.js';
import { ROOT, type Credentials, type DirectoryNode } from '../../../../lab/guest/disk/inode.js';
import { restoreTree, saveTree } from '../../../../lab/guest/disk/saved-tree.js';

const ANN: Credentials = { uid: 1_000, gid: 1_000, groups: [50] };
const BEN: Credentials = { uid: 1_001, gid: 1_001, groups: [] };

let disk: DiskTree;

beforeEach(() => {
  disk = new DiskTree({ kind: 'directory', entries: new Map(), mode: 0o755, uid: 0, gid: 0, mtime: 0 });
  for (const path of ['/etc', '/home', '/home/ann', '/tmp']) disk.mkdir(path, ROOT, 0o755);
  disk.chown('/home/ann', ANN, ROOT);
  disk.chmod('/tmp', 0o1777, ROOT);
});

const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (path: string, who: Credentials): string => Buffer.from(disk.readFile(path, who)).toString();

describe('files', () => {
  test('can be read by those whom their mode names', () => {
    disk.writeFile('/home/ann/own', bytes('a'), ANN, 0o600);
    disk.writeFile('/home/ann/shared', bytes('b'), ANN, 0o640);
    disk.chown('/home/ann/shared', { gid: 50 }, ANN);
    disk.writeFile('/etc/secret', bytes('c'), ROOT, 0o640);
    disk.chown('/etc/secret', { gid: 50 }, ROOT);

    expect(text('/home/ann/own', ANN)).toBe('a');
    expect(text('/etc/secret', ANN)).toBe('c');
    expect(() => text('/home/ann/own', BEN)).toThrow(/^EACCES/);
    expect(() => text('/home/ann/shared', BEN)).toThrow(/^EACCES/);
    expect(text('/home/ann/own', ROOT)).toBe('a');
  });

  test('can be made only where the directory may be written', () => {
    expect(() => disk.writeFile('/etc/mine', bytes(''), ANN, 0o644)).toThrow(
      /^EACCES: permission denied, open '\/etc\/mine'/,
    );
    expect(() => disk.remove('/etc', ANN)).toThrow(/^EACCES/);
    expect(() => disk.rename('/home/ann', '/etc/ann', ANN)).toThrow(/^EACCES/);
  });

  test('keep their owner and mode when they are written again', () => {
    disk.writeFile('/home/ann/note', bytes('a'), ANN, 0o600);

    disk.writeFile('/home/ann/note', bytes('b'), ROOT, 0o644);

    expect(disk.stat('/home/ann/note', ROOT)).toMatchObject({ uid: 1_000, mode: 0o600 });
  });

  test('in a sticky directory are removed by their owner alone', () => {
    disk.writeFile('/tmp/ann', bytes('a'), ANN, 0o666);

    expect(() => disk.remove('/tmp/ann', BEN)).toThrow(/^EPERM/);
    expect(() => disk.rename('/tmp/ann', '/tmp/ben', BEN)).toThrow(/^EPERM/);
    disk.remove('/tmp/ann', ANN);
    expect(() => disk.stat('/tmp/ann', ROOT)).toThrow(/^ENOENT/);
  });

  test('are given away by root alone', () => {
    disk.writeFile('/home/ann/note', bytes('a'), ANN, 0o600);

    expect(() => disk.chown('/home/ann/note', { uid: 1_001 }, ANN)).toThrow(/^EPERM/);
    expect(() => disk.chmod('/home/ann/note', 0o777, BEN)).toThrow(/^EPERM/);
  });

  test('behind a directory that may not be entered cannot be reached', () => {
    disk.mkdir('/home/ann/private', ANN, 0o700);
    disk.writeFile('/home/ann/private/open', bytes('a'), ANN, 0o666);

    expect(() => text('/home/ann/private/open', BEN)).toThrow(/^EACCES/);
  });

  test('that are linked share their content', () => {
    disk.writeFile('/home/ann/a', bytes('1'), ANN, 0o600);
    disk.link('/home/ann/a', '/home/ann/b', ANN);

    disk.writeFile('/home/ann/b', bytes('2'), ANN, 0o600);

    expect(text('/home/ann/a', ANN)).toBe('2');
  });

  test('are replaced by a rename, directories only when they are empty', () => {
    disk.writeFile('/home/ann/new', bytes('new'), ANN, 0o600);
    disk.writeFile('/home/ann/old', bytes('old'), ANN, 0o644);
    disk.mkdir('/home/ann/full', ANN, 0o755);
    disk.writeFile('/home/ann/full/x', bytes(''), ANN, 0o644);
    disk.mkdir('/home/ann/moving', ANN, 0o755);

    disk.rename('/home/ann/new', '/home/ann/old', ANN);

    expect(text('/home/ann/old', ANN)).toBe('new');
    expect(() => disk.rename('/home/ann/moving', '/home/ann/full', ANN)).toThrow(/^ENOTEMPTY/);
    expect(() => disk.rename('/home/ann/full', '/home/ann/full/in', ANN)).toThrow(/^EINVAL/);
  });
});

describe('symbolic links', () => {
  test('lead on, also relatively and up, and are found by themselves', () => {
    disk.writeFile('/etc/target', bytes('x'), ROOT, 0o644);
    disk.symlink('../../etc', '/home/ann/link', ANN);

    expect(text('/home/ann/link/target', ANN)).toBe('x');
    expect(disk.realpath('/home/ann/link/target', ANN)).toBe('/etc/target');
    expect(disk.lstat('/home/ann/link', ANN).kind).toBe('link');
  });

  test('in a circle end', () => {
    disk.symlink('/tmp/b', '/tmp/a', ANN);
    disk.symlink('/tmp/a', '/tmp/b', ANN);

    expect(() => disk.stat('/tmp/a', ANN)).toThrow(/^ELOOP/);
  });

  test('never lead out of the root', () => {
    disk.symlink('../../../../../etc', '/tmp/up', ANN);

    expect(disk.realpath('/tmp/up', ANN)).toBe('/etc');
  });
});

test('a path through a file is no path', () => {
  disk.writeFile('/etc/file', bytes(''), ROOT, 0o644);

  expect(() => disk.stat('/etc/file/x', ROOT)).toThrow(/^ENOTDIR/);
});

test('a saved disk comes back as it was, without what was in memory only', () => {
  disk.writeFile('/home/ann/note', bytes('äöü'), ANN, 0o600);
  disk.writeFile('/home/ann/binary', Uint8Array.from([0, 255, 128]), ANN, 0o755);
  disk.symlink('/etc', '/home/ann/link', ANN);
  disk.writeFile('/tmp/gone', bytes('x'), ANN, 0o600);

  const saved = JSON.parse(JSON.stringify(saveTree(disk.root, ['/tmp']))) as ReturnType<typeof saveTree>;
  const restored = new DiskTree(restoreTree(saved) as DirectoryNode);

  expect(Buffer.from(restored.readFile('/home/ann/note', ANN)).toString()).toBe('äöü');
  expect([...restored.readFile('/home/ann/binary', ANN)]).toEqual([0, 255, 128]);
  expect(restored.stat('/home/ann/binary', ROOT)).toMatchObject({ uid: 1_000, mode: 0o755 });
  expect(restored.readlink('/home/ann/link', ANN)).toBe('/etc');
  expect(restored.stat('/tmp', ROOT)).toMatchObject({ mode: 0o1777 });
  expect(() => restored.stat('/tmp/gone', ROOT)).toThrow(/^ENOENT/);
});
