/**
 * What Fedora CoreOS and its kin boot over the network to install themselves: kernel, initramfs, root file system, and
 * the arguments that the installer in the initramfs reads (https://coreos.github.io/coreos-installer/customizing-install).
 */
import { bootFilePlaceholder } from './boot-file-names.js';

/** All of them are one system: what a machine becomes is in its Ignition document. */
export type CoreOsTemplate = 'scos-bootstrap' | 'scos-master' | 'scos-worker';

export interface CoreOsBoot {
  /** Names of files of the boot service. */
  readonly kernel: string;
  readonly initrd: string;
  readonly kernelArguments: readonly string[];
}

/** Names of the files in the folder, without what CoreOS releases put around them. */
export const COREOS_FILES = { kernel: 'kernel', initrd: 'initramfs.img', rootfs: 'rootfs.img' } as const;

/**
 * @param bootFiles folder of the boot service's files, such as `scos`.
 * @param installDevice disk that is written over, such as `/dev/sda`.
 */
export function coreOsBoot(source: {
  readonly bootFiles: string;
  readonly installDevice: string;
}): CoreOsBoot {
  const { bootFiles, installDevice } = source;
  const { kernel, initrd, rootfs } = COREOS_FILES;
  return {
    kernel: `${bootFiles}/${kernel}`,
    initrd: `${bootFiles}/${initrd}`,
    kernelArguments: [
      // Its address is reserved by DHCP; the installer hands these two to the first boot from the disk, too.
      'ip=dhcp',
      'rd.neednet=1',
      `coreos.live.rootfs_url=${bootFilePlaceholder(`${bootFiles}/${rootfs}`)}`,
      `coreos.inst.install_dev=${installDevice}`,
    ],
  };
}
