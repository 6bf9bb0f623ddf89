/** Files of the boot service as definitions and kernel arguments name them: `vmlinuz`, `scos/rootfs.img`. */

const SEGMENT = '[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?';
const NAME = new RegExp(`^${SEGMENT}(?:/${SEGMENT}){0,3}$`);
/** Neither a blank nor a brace can be in it: what is found is one name. */
const PLACEHOLDER = /\{\{file:([^{}]*)\}\}/g;

/** Each part begins and ends with a letter or a digit, so that none of them leads out of the folder. */
export function isBootFileName(name: string): boolean {
  return NAME.test(name);
}

/** Stands in a kernel argument for the address of a file, which has the machine's one-time token in it. */
export function bootFilePlaceholder(name: string): string {
  return `{{file:${name}}}`;
}

/** Names of the files that the arguments ask for, beside kernel and initrd. */
export function namedBootFiles(kernelArguments: readonly string[]): string[] {
  return kernelArguments.flatMap((argument) =>
    [...argument.matchAll(PLACEHOLDER)].map(([, name = '']) => name),
  );
}

/** The argument with addresses in the place of names. */
export function withBootFileUrls(argument: string, urlOf: (name: string) => string): string {
  return argument.replace(PLACEHOLDER, (_, name: string) => urlOf(name));
}
