/** The iPXE script of one network boot: where its kernel, initrd and configuration are, with its tokens. */
import { withBootFileUrls } from './boot-file-names.js';
import { bootFileUrl, ignitionUrl, noCloudUrl } from './boot-urls.js';
import type { BootDocuments, NetworkBoot } from './documents.js';
import { ipxeScript } from './ipxe-script.js';
import { commandLine } from './kernel-arguments.js';

/**
 * @param origin of the boot service, as machines reach it.
 * @throws `BOOT_DOCUMENT_INVALID`
 */
export function networkBootScript(
  origin: string,
  boot: {
    readonly network: NetworkBoot;
    readonly documents: BootDocuments['kind'];
    readonly tokens: { readonly files: string; readonly documents: string };
  },
): string {
  const { network, documents, tokens } = boot;
  const { kernel, initrd, kernelArguments } = network;
  const urlOf = (name: string): string => bootFileUrl(origin, tokens.files, name);
  const resolved = kernelArguments.map((argument) => withBootFileUrls(argument, urlOf));
  return ipxeScript({
    kernelUrl: urlOf(kernel),
    initrdUrl: initrd === null ? null : urlOf(initrd),
    commandLine: commandLine(resolved, documents, {
      noCloud: noCloudUrl(origin, tokens.documents),
      ignition: ignitionUrl(origin, tokens.documents),
    }),
  });
}
