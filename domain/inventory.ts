/** What Proxmox VE offers, as seen at one moment: the planner's other input beside the definition. */
import type { ImageContent } from './image-source.js';

export interface Inventory {
  readonly hosts: readonly HostFacts[];
  readonly storages: readonly StorageFacts[];
  readonly templates: readonly TemplateFacts[];
  readonly images: readonly ImageFacts[];
  /** VMIDs in use anywhere in the Proxmox cluster. */
  readonly vmids: readonly number[];
  /** Those of guests that run: their hosts' free memory is without theirs already. */
  readonly runningVmids: readonly number[];
}

export interface HostFacts {
  readonly name: string;
  readonly online: boolean;
  readonly cores: number;
  readonly memoryMiB: number;
  readonly memoryFreeMiB: number;
  readonly vmCount: number;
  /** Virtual processors of the guests that run on it. */
  readonly coresAllocated: number;
  readonly bridges: readonly BridgeFacts[];
  /** A person wants it empty: nothing more is put there. */
  readonly drained?: boolean;
}

export interface BridgeFacts {
  readonly name: string;
  readonly vlanAware: boolean;
  /** VLANs that a VLAN-aware bridge carries, as Proxmox VE writes them: `2-4094` or `10 20-30`; `null` is not known. */
  readonly vlans: string | null;
}

/** One storage as one host sees it; a shared one is listed once for each host. */
export interface StorageFacts {
  readonly name: string;
  readonly host: string;
  readonly shared: boolean;
  readonly content: readonly string[];
  readonly freeGiB: number;
}

export interface TemplateFacts {
  readonly vmid: number;
  readonly name: string;
  readonly host: string;
  /** Storage of its boot disk. */
  readonly storage: string;
  readonly diskGiB: number;
}

/** A file that machines can be made from or boot from, as one host sees it. */
export interface ImageFacts {
  /** Volume id, such as `local:import/debian-12.qcow2`. */
  readonly volume: string;
  readonly host: string;
  readonly storage: string;
  readonly content: ImageContent;
  readonly sizeBytes: number;
}
