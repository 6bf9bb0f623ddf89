/** The bytes of uploaded files: in memory, and kept beside the state by the volume's id. */
import type { LabState } from '../state.js';

const PREFIX = 'proxmox-volumes';

interface KeptContent {
  readonly base64: string;
}

export class VolumeContents {
  private readonly cache = new Map<string, Uint8Array>();
  private readonly state: LabState;

  constructor(state: LabState) {
    this.state = state;
  }

  put(id: string, bytes: Uint8Array): void {
    this.cache.set(id, bytes);
    const kept: KeptContent = { base64: Buffer.from(bytes).toString('base64') };
    this.state.save(`${PREFIX}/${id}`, () => kept);
  }

  get(id: string): Uint8Array | undefined {
    const cached = this.cache.get(id);
    if (cached !== undefined) return cached;
    const kept = this.state.load<KeptContent>(`${PREFIX}/${id}`);
    if (kept === undefined) return undefined;
    const bytes = Buffer.from(kept.base64, 'base64');
    this.cache.set(id, bytes);
    return bytes;
  }

  remove(id: string): void {
    this.cache.delete(id);
    this.state.remove(`${PREFIX}/${id}`);
  }

  /** Removes what belongs to no volume: an upload that the lab did not live to finish. */
  removeAllBut(ids: ReadonlySet<string>): void {
    for (const id of this.state.list(PREFIX)) if (!ids.has(id)) this.remove(id);
  }
}
