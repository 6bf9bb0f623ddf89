/** The grammars of the texts in a definition. Each is narrow enough to be safe in a shell line and a Proxmox property. */
import * as z from 'zod';
import { parseChecksum, parseImageSource } from '../../domain/image-source.js';
import { parseAddress } from '../../domain/network/address.js';
import { publicKeyObjection } from './public-key.js';

/** A string whose length is checked before anything else, so that no pattern ever runs on a huge one. */
export function text(maxLength: number): z.ZodString {
  return z.string().max(maxLength, { abort: true });
}

const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';

/** A label of a host name (RFC 1123), in lower case. */
export function dnsLabel(maxLength: number): z.ZodString {
  return text(maxLength).regex(
    new RegExp(`^${LABEL}$`),
    'must be lower-case letters, digits and hyphens, with a letter or digit at both ends',
  );
}

/** Short enough for a host name of 63 characters before it in the 253 of a full name. */
export const domainName = text(180)
  .regex(
    new RegExp(`^${LABEL}(?:\\.${LABEL})*$`),
    'must be a DNS domain in lower case, such as "cluster.internal"',
  )
  .refine(
    (name) => name.split('.').every((label) => label.length <= 63),
    'must have labels of at most 63 characters',
  );

/** Name of a Proxmox host: it is the host's own host name. */
export const proxmoxHost = text(63).regex(
  /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/,
  'must be the name of a Proxmox host',
);

export const proxmoxStorage = text(100).regex(
  /^[A-Za-z][A-Za-z0-9._-]*[A-Za-z0-9]$/,
  'must be the name of a Proxmox storage, such as "local-zfs"',
);

/** Where something listens: a DNS name or an IP address. */
export const serverName = text(180).refine(
  (name) => domainName.safeParse(name).success || parseAddress(name) !== undefined,
  'must be a DNS name in lower case, or an IP address',
);

/** Absolute, without "..", and nothing that a shell or a list of mount options would read. */
export const exportPath = text(255)
  .regex(/^(?:\/[A-Za-z0-9._-]+)+$/, 'must be an absolute path, such as "/export/demo"')
  .refine((path) => !path.split('/').includes('..'), 'must not contain ".."');

/** Linux allows interface names 15 characters. */
export const bridgeName = text(15).regex(
  /^[A-Za-z][A-Za-z0-9_.-]*$/,
  'must be the name of a bridge, such as "vmbr0"',
);

export const cpuType = text(60).regex(
  /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
  'must be a CPU type of Proxmox VE, such as "x86-64-v2-AES" or "host"',
);

/** Proxmox VE compares tags without regard to case and stores them in lower case. */
export const proxmoxTag = text(64)
  .regex(
    /^[a-z0-9_][a-z0-9_+.-]*$/,
    'must be a Proxmox tag: lower-case letters, digits and "_", "+", ".", "-"',
  )
  .refine(
    (tag) => tag !== 'clusterwright' && !tag.startsWith('cw-'),
    'is reserved: "clusterwright" and "cw-…" prove whose a machine is',
  );

export const imageSource = text(200).refine(
  (source) => parseImageSource(source) !== undefined,
  'must be storage:vmid/name of a template, storage:import/file or storage:iso/file, an https URL, or an image of the catalogue',
);

export const imageChecksum = text(140).refine(
  (checksum) => parseChecksum(checksum) !== undefined,
  'must be sha256: or sha512: and the digest in hexadecimal',
);

/** Names a file of the boot service, never a path. */
export const bootFileName = text(100).regex(
  /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/,
  'must be the name of a file of the boot service',
);

/** One word: what an iPXE script and a kernel both take as one argument. */
export const kernelArgument = text(256).regex(
  /^[A-Za-z0-9][A-Za-z0-9._,:;/@=+-]*$/,
  'must be one argument of the kernel, such as "console=ttyS0"',
);

export const userName = text(32)
  .regex(/^[a-z_][a-z0-9_-]*$/, 'must be a Linux user name')
  .refine((name) => name !== 'root', 'must not be root: cloud images refuse its login');

/** A package, with `=version` if need be. It must not end in "-", which tells apt to remove the package. */
export const packageName = text(128).regex(
  /^[A-Za-z0-9](?:[A-Za-z0-9+._-]*[A-Za-z0-9+])?(?:=[A-Za-z0-9+._:~-]*[A-Za-z0-9+~])?$/,
  'must be the name of a package, with "=version" if need be',
);

export const runLine = text(4096)
  .refine((line) => line.trim() !== '', 'must not be empty')
  .refine((line) => !line.includes('\0'), 'must not contain a NUL character');

export const publicKey = text(8192).check((context) => {
  const objection = publicKeyObjection(context.value);
  if (objection !== null) context.issues.push({ code: 'custom', message: objection, input: context.value });
});

/** A newline would let a note pose as another line of the VM's description, such as the one that proves ownership. */
export const noteValue = text(1024).regex(
  // oxlint-disable-next-line no-control-regex -- they are what is refused
  /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$/,
  'must be one line without control characters',
);

export const noteKey = text(63)
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9 ._-]*[A-Za-z0-9])?$/, 'must be letters, digits, " ", ".", "_" and "-"')
  .refine((key) => key.toLowerCase() !== 'clusterwright', 'is reserved: it proves whose a machine is');

/** Names a file of the service, never a path. */
export const configTemplateName = text(100).regex(
  /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/,
  'must be the name of a configuration template',
);
