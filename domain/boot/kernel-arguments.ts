/** The kernel's command line of a machine that boots over the network. */
import type { BootDocuments } from './documents.js';

/** Only systems that are configured by Ignition take arguments of these names. */
const IGNITION = /^(?:ignition|coreos\.inst)\./;
/** The system is installed, and what is installed is configured, not what is booted now. */
const INSTALLER = /^coreos\.inst\./;

/** Whether the operating system that these arguments start is configured by Ignition, or else by cloud-init. */
export function takesIgnition(kernelArguments: readonly string[]): boolean {
  return kernelArguments.some((argument) => IGNITION.test(argument));
}

/** Those asked for, and the one that names where the machine's configuration is fetched. */
export function commandLine(
  kernelArguments: readonly string[],
  documents: BootDocuments['kind'],
  urls: { readonly noCloud: string; readonly ignition: string },
): string[] {
  switch (documents) {
    case 'none':
      return [...kernelArguments];
    case 'nocloud':
      return [...kernelArguments, `ds=nocloud-net;s=${urls.noCloud}`];
    case 'ignition':
      return [...kernelArguments, `${ignitionArgument(kernelArguments)}=${urls.ignition}`];
  }
}

function ignitionArgument(kernelArguments: readonly string[]): string {
  return kernelArguments.some((argument) => INSTALLER.test(argument))
    ? 'coreos.inst.ignition_url'
    : 'ignition.config.url';
}
