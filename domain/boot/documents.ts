/** What a machine fetches, or finds on its medium, to configure itself at its first boot. */

export type BootDocuments =
  /** Its configuration comes from somewhere else: a medium. */
  | { readonly kind: 'none' }
  | ({ readonly kind: 'nocloud' } & NoCloudDocuments)
  /** JSON. */
  | { readonly kind: 'ignition'; readonly config: string };

/** The files of cloud-init's NoCloud data source. */
export interface NoCloudDocuments {
  readonly userData: string;
  readonly metaData: string;
  readonly vendorData: string;
  readonly networkConfig: string;
}

/** What a machine without a bootable disk is given by its firmware's network boot. */
export interface NetworkBoot {
  /** The machine's reserved address: nobody else is answered. */
  readonly address: string;
  /** Names of files of the boot service. */
  readonly kernel: string;
  readonly initrd: string | null;
  readonly kernelArguments: readonly string[];
}
