/** What Talos keeps on its disk: the STATE partition with its configuration, and etcd's data. */
import type { LabState } from '../../state.js';
import type { TalosRelease } from './image.js';

export interface TalosDiskContent {
  /** YAML; `null`: the machine has none, and waits for one. */
  readonly configuration: string | null;
  /** Cluster whose data is in etcd's folder; `null`: it is empty. */
  readonly etcd: string | null;
  /** Release that an upgrade has written; left out: that of the image. */
  readonly release?: TalosRelease;
}

const EMPTY: TalosDiskContent = { configuration: null, etcd: null };
const FOLDER = 'talos-disks';

export class TalosDisks {
  private readonly state: LabState;
  private readonly contents = new Map<string, TalosDiskContent>();

  constructor(state: LabState) {
    this.state = state;
  }

  read(diskId: string): TalosDiskContent {
    return this.contents.get(diskId) ?? this.state.load<TalosDiskContent>(key(diskId)) ?? EMPTY;
  }

  write(diskId: string, change: Partial<TalosDiskContent>): void {
    this.contents.set(diskId, { ...this.read(diskId), ...change });
    this.state.save(key(diskId), () => this.read(diskId));
  }

  /** Whether the machine that it is in was ever configured. */
  exists(diskId: string): boolean {
    return this.read(diskId).configuration !== null;
  }

  remove(diskId: string): void {
    this.contents.delete(diskId);
    this.state.remove(key(diskId));
  }
}

function key(diskId: string): string {
  return `${FOLDER}/${encodeURIComponent(diskId)}`;
}
