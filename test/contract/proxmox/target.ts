/** A Proxmox VE server that the contract is held against. */
import type { CertificateTrust } from '../../../schema/configuration.js';
import type { VmidRange } from '../../../domain/plan.js';

export interface ContractTarget {
  readonly url: string;
  /** `user@realm!id=uuid`. */
  readonly token: string;
  readonly trust: CertificateTrust;
  readonly template: ContractTemplate;
  /** Storage on the template's host that takes ISO images. */
  readonly isoStorage: string;
  /** VMIDs that nobody else uses: the suite makes VMs in this range and removes them. */
  readonly vmids: VmidRange;
  readonly capabilities: Capabilities;
  close(): Promise<void>;
}

export interface ContractTemplate {
  readonly vmid: number;
  readonly name: string;
  readonly host: string;
  readonly storage: string;
  readonly diskGiB: number;
}

/** What a server is known to lack. Tests that need it are left out there, and weakened nowhere. */
export interface Capabilities {
  /** `PUT resize` changes the disk. */
  readonly resizesDisks: boolean;
  /** `GET /cluster/nextid?vmid=` refuses a VMID that a guest has. */
  readonly knowsTakenVmids: boolean;
  /** A VM's firewall keeps its options and rules. */
  readonly hasFirewalls: boolean;
}

export const EVERYTHING: Capabilities = { resizesDisks: true, knowsTakenVmids: true, hasFirewalls: true };
