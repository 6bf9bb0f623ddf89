/** The clusters of one kind in the lab: kept in its state, opened when a machine asks for one, gone with their last disk. */
import type { ControlPlaneOptions, LabControlPlane, LabKubernetes } from '../../kubernetes/lab-kubernetes.js';
import type { LabState } from '../../state.js';

export interface ClusterSurroundings {
  readonly kubernetes: LabKubernetes;
  readonly state: LabState;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** What a cluster has of the lab. */
export interface ClusterHost {
  readonly plane: LabControlPlane;
  /** Keeps the record as it is now. */
  readonly save: () => void;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface KeptCluster {
  /** Whether the cluster has state of its own on the disk. */
  wasOn(diskId: string): boolean;
  /** The disk is gone. @returns whether another one with the cluster's state is left. */
  diskRemoved(diskId: string, isThere: (diskId: string) => boolean): boolean;
  close(): void;
}

/** @typeParam R what is kept of a cluster across restarts of the lab: plain JSON, changed in place. */
export interface ClusterKind<R, C extends KeptCluster> {
  /** Of the records in the lab's state. */
  readonly folder: string;
  idOf(record: R): string;
  planeOptions(record: R): ControlPlaneOptions;
  clusterOf(record: R, host: ClusterHost): C;
}

export class ClusterRegistry<R, C extends KeptCluster> {
  protected readonly surroundings: ClusterSurroundings;
  private readonly kind: ClusterKind<R, C>;
  /** The promise is kept: two machines may ask for one cluster at the same time. */
  private readonly opened = new Map<string, Promise<C>>();
  private readonly records = new Map<string, R>();

  constructor(kind: ClusterKind<R, C>, surroundings: ClusterSurroundings) {
    this.kind = kind;
    this.surroundings = surroundings;
  }

  /** @returns `undefined` where there is no such cluster (any more). */
  async find(id: string): Promise<C | undefined> {
    const opened = this.opened.get(id);
    if (opened !== undefined) return opened;
    const record = this.surroundings.state.load<R>(this.key(id));
    return record === undefined ? undefined : this.open(record);
  }

  /** Their records; they need not be open. */
  all(): readonly R[] {
    return [...this.ids()].flatMap((id) => this.recordOf(id) ?? []);
  }

  /** The id of the cluster whose record is like that; it need not be open. */
  findId(isWanted: (record: R) => boolean): string | undefined {
    for (const id of this.ids()) {
      const record = this.recordOf(id);
      if (record !== undefined && isWanted(record)) return id;
    }
    return undefined;
  }

  /** A cluster whose last disk with its state is gone is gone with it. */
  async diskRemoved(diskId: string, isThere: (diskId: string) => boolean): Promise<void> {
    for (const id of this.ids()) {
      const cluster = await this.find(id);
      if (cluster === undefined || !cluster.wasOn(diskId)) continue;
      if (cluster.diskRemoved(diskId, isThere)) continue;
      cluster.close();
      this.opened.delete(id);
      this.records.delete(id);
      this.surroundings.state.remove(this.key(id));
      await this.surroundings.kubernetes.remove(id);
    }
  }

  async close(): Promise<void> {
    for (const cluster of this.opened.values()) (await cluster).close();
  }

  /** A new cluster. */
  protected add(record: R): Promise<C> {
    this.save(record);
    return this.open(record);
  }

  /** Keeps the record as it is now. */
  protected save(record: R): void {
    this.surroundings.state.save(this.key(this.kind.idOf(record)), () => record);
  }

  private open(record: R): Promise<C> {
    const { kubernetes, pause } = this.surroundings;
    const id = this.kind.idOf(record);
    const save = (): void => this.save(record);
    const opening = kubernetes
      .open(id, this.kind.planeOptions(record))
      .then((plane) => this.kind.clusterOf(record, { plane, pause, save }));
    this.records.set(id, record);
    this.opened.set(id, opening);
    opening.catch(() => this.opened.delete(id));
    return opening;
  }

  private recordOf(id: string): R | undefined {
    return this.records.get(id) ?? this.surroundings.state.load<R>(this.key(id));
  }

  private ids(): Set<string> {
    return new Set([...this.surroundings.state.list(this.kind.folder), ...this.opened.keys()]);
  }

  private key(id: string): string {
    return `${this.kind.folder}/${id}`;
  }
}
