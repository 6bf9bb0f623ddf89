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
    const saved = this.options.state.load<SavedNode>(key(diskId));
    return this.keep(
      diskId,
      saved === undefined ? this.image() : new DiskTree(restoreTree(saved) as DirectoryNode),
    );
  }

  /** Puts the image on a disk, changed by `write`; where that throws, the disk stays as it is. */
  install(diskId: string, write: (disk: DiskTree) => void): void {
    const disk = this.image();
    write(disk);
    this.keep(diskId, disk).onChange('/');
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

  private image(): DiskTree {
    return baseImage(this.options.commands, this.options.administration);
  }

  private keep(diskId: string, disk: DiskTree): DiskTree {
    disk.onChange = (path) => {
      if (!isVolatile(path)) this.options.state.save(key(diskId), () => saveTree(disk.root, VOLATILE));
    };
    this.opened.set(diskId, disk);
    return disk;
  }
}

function isVolatile(path: string): boolean {
  return VOLATILE.some((folder) => path.startsWith(`${folder}/`));
}

function key(diskId: string): string {
  return `guests/${encodeURIComponent(diskId)}`;
}
