/** What the Proxmox simulator needs of whoever runs the insides of its VMs. */

export interface LabMachine {
  readonly vmid: number;
  readonly name: string;
  /** SMBIOS UUID, lower case. */
  readonly uuid: string;
  readonly node: string;
  readonly cores: number;
  readonly memoryMiB: number;
  /** In the order of net0, net1, ... */
  readonly interfaces: readonly {
    readonly mac: string;
    readonly bridge: string;
    readonly vlan: number | null;
  }[];
  /** Identity of the boot disk: a new clone has a new disk and so an empty machine. */
  readonly diskId: string;
  readonly diskGiB: number;
  /** Template that the boot disk was first cloned from, such as `ubuntu-24.04-template`. */
  readonly image: string;
  /** Bytes of the CD-ROM media in the drives, such as the cloud-init `cidata` image. */
  readonly media: readonly Uint8Array[];
  /** All disks, in the order of their slots. */
  readonly disks: readonly LabDisk[];
  /** What the firmware tries, one after the other. */
  readonly bootOrder: readonly BootDevice[];
  /** SMBIOS serial number in plain text; empty when there is none. */
  readonly serial: string;
}

export interface LabDisk {
  readonly diskId: string;
  /** Template or imported image that it was made from; empty for a blank disk. */
  readonly image: string;
}

export type BootDevice =
  | { readonly kind: 'disk'; readonly diskId: string }
  /** `null` for a drive without a medium. */
  | { readonly kind: 'cdrom'; readonly medium: Uint8Array | null }
  /** Index into the machine's interfaces. */
  | { readonly kind: 'network'; readonly index: number };

export interface MachineHost {
  /** The power was switched on: boots in the background and returns at once. */
  powerOn(machine: LabMachine): void;
  /** The power is gone, at once. */
  powerOff(vmid: number): void;
  /** An ACPI shutdown: resolves when the machine has gone down by itself. */
  shutdown(vmid: number): Promise<void>;
  /** The disk and all that was on it are gone. */
  diskRemoved(diskId: string): void;
}
