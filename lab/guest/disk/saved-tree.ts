/** A machine's files as plain JSON, so that they outlive the process. */
import type { DirectoryNode, Inode, Ownership } from './inode.js';

interface SavedOwnership {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
}

export type SavedNode = SavedOwnership &
  (
    | { readonly kind: 'directory'; readonly entries: Readonly<Record<string, SavedNode>> }
    | { readonly kind: 'link'; readonly target: string }
    | { readonly kind: 'file'; readonly text: string }
    /** A file that is no UTF-8 text. */
    | { readonly kind: 'binary'; readonly base64: string }
  );

/** @param volatile directories of which only the name is kept, as of a tmpfs; absolute paths. */
export function saveTree(root: DirectoryNode, volatile: readonly string[]): SavedNode {
  return saveNode(root, '', volatile);
}

function saveNode(node: Inode, path: string, volatile: readonly string[]): SavedNode {
  const ownership = ownershipOf(node);
  switch (node.kind) {
    case 'link':
      return { ...ownership, kind: 'link', target: node.target };
    case 'file':
      return { ...ownership, ...saveContent(node.content) };
    case 'directory': {
      const isKept = !volatile.includes(path);
      const entries = isKept ? [...node.entries] : [];
      const saved = entries.map(
        ([name, child]) => [name, saveNode(child, `${path}/${name}`, volatile)] as const,
      );
      return { ...ownership, kind: 'directory', entries: Object.fromEntries(saved) };
    }
  }
}

export function restoreTree(saved: SavedNode): Inode {
  const ownership = ownershipOf(saved);
  switch (saved.kind) {
    case 'link':
      return { ...ownership, kind: 'link', target: saved.target };
    case 'file':
      return { ...ownership, kind: 'file', content: Buffer.from(saved.text) };
    case 'binary':
      return { ...ownership, kind: 'file', content: Buffer.from(saved.base64, 'base64') };
    case 'directory': {
      const entries = new Map(
        Object.entries(saved.entries).map(([name, child]) => [name, restoreTree(child)]),
      );
      return { ...ownership, kind: 'directory', entries };
    }
  }
}

function ownershipOf({ mode, uid, gid, mtime }: SavedOwnership): Ownership {
  return { mode, uid, gid, mtime };
}

function saveContent(
  content: Uint8Array,
): { kind: 'file'; text: string } | { kind: 'binary'; base64: string } {
  const bytes = Buffer.from(content);
  const text = bytes.toString();
  return Buffer.from(text).equals(bytes)
    ? { kind: 'file', text }
    : { kind: 'binary', base64: bytes.toString('base64') };
}
