/** API tokens: their secrets are made once, kept, and compared in constant time. */
import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { LabState } from '../state.js';
import type { AccessControl } from './privileges.js';
import { PVE_ADMIN } from './privileges.js';

const STATE_KEY = 'proxmox-tokens';

export interface LabToken {
  /** `user@realm!id`. */
  readonly id: string;
  /** What the token may do after privilege separation; nothing at all when empty, as with a fresh token. */
  readonly access: AccessControl;
}

export const DEFAULT_TOKEN: LabToken = {
  id: 'clusterwright@pve!lab',
  access: { '/': [...PVE_ADMIN, 'Sys.AccessNetwork'] },
};

/** Of the storage drivers of clusters: what their documentation asks for. */
export const CSI_TOKEN: LabToken = {
  id: 'csi@pve!lab',
  access: {
    '/': ['VM.Audit', 'VM.Config.Disk', 'Datastore.Allocate', 'Datastore.AllocateSpace', 'Datastore.Audit'],
  },
};

export class Tokens {
  private readonly tokens: readonly LabToken[];
  private readonly secrets: Record<string, string>;

  constructor(state: LabState, tokens: readonly LabToken[]) {
    this.tokens = tokens;
    this.secrets = { ...state.load<Record<string, string>>(STATE_KEY) };
    for (const { id } of tokens) this.secrets[id] ??= randomUUID();
    state.save(STATE_KEY, () => this.secrets);
  }

  /** `user@realm!id=secret`, what follows `PVEAPIToken=` in the header. */
  credential(id: string): string {
    return `${id}=${this.secrets[id] ?? ''}`;
  }

  /** The token that an `Authorization` header proves; `undefined` when it proves none. */
  verify(header: string): LabToken | undefined {
    const match = /^PVEAPIToken[= ]([^\s=]+)=(\S+)$/.exec(header);
    if (match?.[1] === undefined || match[2] === undefined) return undefined;
    const token = this.tokens.find((candidate) => candidate.id === match[1]);
    const secret = token === undefined ? undefined : this.secrets[token.id];
    return secret !== undefined && sameText(secret, match[2]) ? token : undefined;
  }
}

function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
