/** The disks of all machines, kept across power cuts and restarts of the lab. */
import type { LabState } from '../../state.js';
import { baseImage } from './base-image.js';
import { VOLATILE } from './boot-files.js';
import { DiskTree } from './disk-tree.js';
import type { DirectoryNode } from './inode.js';
import { restoreTree, saveTree, type SavedNode } from './saved-tree.js';

export interface DisksOptions {
  readonly state: LabState;
  /** Programs of the image: in `/usr/bin`, and of these the ones that administrators find in `/usr/sbin`. */
  readonly commands: readonly string[];
  readonly administration: readonly string[];
}

export class Disks {
  private readonly options: DisksOptions;
  private readonly opened = new Map<string, DiskTree>();

  constructor(options: DisksOptions) {
    this.options = options;
  }

  /** A disk that was never written to holds the image. */
  open(diskId: string): DiskTree {
    const opened = this.opened.get(diskId);
    if (opened !== undefined) return opened;
    const { state, commands, administration } = this.options;
    const saved = state.load<SavedNode>(key(diskId));
    const disk =
      saved === undefined
        ? baseImage(commands, administration)
        : new DiskTree(restoreTree(saved) as DirectoryNode);
    disk.onChange = (path) => {
      if (!isVolatile(path)) state.save(key(diskId), () => saveTree(disk.root, VOLATILE));
    };
    this.opened.set(diskId, disk);
    return disk;
  }

  exists(diskId: string): boolean {
    return this.opened.has(diskId) || this.options.state.load(key(diskId)) !== undefined;
  }

  remove(diskId: string): void {
    const disk = this.opened.get(diskId);
    // A machine that still writes to it must not bring it back.
    if (disk !== undefined) disk.onChange = () => {};
    this.opened.delete(diskId);
    this.options.state.remove(key(diskId));
  }
}

function isVolatile(path: string): boolean {
  return VOLATILE.some((folder) => path.startsWith(`${folder}/`));
}

function key(diskId: string): string {
  return `guests/${encodeURIComponent(diskId)}`;
}
