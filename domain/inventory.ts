/** What Proxmox VE offers, as seen at one moment: the planner's other input beside the definition. */

export interface Inventory {
  readonly hosts: readonly HostFacts[];
  readonly storages: readonly StorageFacts[];
  readonly templates: readonly TemplateFacts[];
  /** VMIDs in use anywhere in the Proxmox cluster. */
  readonly vmids: readonly number[];
}

export interface HostFacts {
  readonly name: string;
  readonly online: boolean;
  readonly cores: number;
  readonly memoryMiB: number;
  readonly memoryFreeMiB: number;
  readonly vmCount: number;
  readonly bridges: readonly string[];
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
