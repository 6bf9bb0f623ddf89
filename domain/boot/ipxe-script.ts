/** The script that iPXE runs on a machine that boots over the network. */
import { fail } from '../errors.js';

export interface IpxeScript {
  /** Its last part is the file's name, by which the kernel asks for its initrd. */
  readonly kernelUrl: string;
  readonly initrdUrl: string | null;
  readonly commandLine: readonly string[];
}

/** Linux on x86 takes no longer command line. */
const MOST_CHARACTERS = 2_047;
/** No blank ends an argument, no `${` expands, no `&&` or `||` begins another command, no `#` a comment. */
const ONE_ARGUMENT = /^[A-Za-z0-9][A-Za-z0-9._~,:;/@=+-]*$/;
const ONE_URL = /^https?:\/\/[A-Za-z0-9.:[\]-]+(?:\/[A-Za-z0-9._~-]+)+$/;

/** @throws `BOOT_DOCUMENT_INVALID` for what would not be one argument, or too many of them. */
export function ipxeScript({ kernelUrl, initrdUrl, commandLine }: IpxeScript): string {
  const urls = initrdUrl === null ? [kernelUrl] : [kernelUrl, initrdUrl];
  for (const url of urls) if (!ONE_URL.test(url)) throw refused(url, 'is no address of a file');
  for (const argument of commandLine) {
    if (!ONE_ARGUMENT.test(argument)) throw refused(argument, 'is not one argument of a kernel');
  }
  // A kernel that was started by UEFI finds its initrd by this name alone.
  const initrd = initrdUrl === null ? [] : [`initrd=${fileName(initrdUrl)}`];
  const line = [...initrd, ...commandLine].join(' ');
  if (line.length > MOST_CHARACTERS) {
    throw refused(
      `${line.slice(0, 60)}…`,
      `has ${line.length} characters, a kernel takes ${MOST_CHARACTERS}`,
    );
  }
  const lines = [
    '#!ipxe',
    `kernel ${kernelUrl}${line === '' ? '' : ` ${line}`}`,
    ...(initrdUrl === null ? [] : [`initrd ${initrdUrl}`]),
    'boot',
  ];
  return `${lines.join('\n')}\n`;
}

function fileName(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}

function refused(text: string, why: string) {
  return fail('BOOT_DOCUMENT_INVALID', `${JSON.stringify(text)} ${why}`);
}
