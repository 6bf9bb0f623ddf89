/** The grammars of texts that several distributions have. */
import type * as z from 'zod';
import { text } from '../text.js';

const HOST = '[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?';

/** A registry as images name it: `docker.io`, or `registry.lab.internal:5000`. */
export const registryName = text(260).regex(
  new RegExp(`^${HOST}$`),
  'must be the name of a registry, such as "docker.io" or "registry.lab.internal:5000"',
);

export const mirrorUrl = text(400).regex(
  new RegExp(`^https?://${HOST}(?:/[A-Za-z0-9._-]+)*$`),
  'must be the address of a mirror, such as "https://mirror.lab.internal:5000"',
);

/** Of a folder; what is in it is found by a slash and its name behind it. It is written into shell lines. */
export const folderUrl = text(400)
  .regex(
    new RegExp(`^https://${HOST}(?:/[A-Za-z0-9._~%+-]+)*$`),
    'must be an https address of a folder, without a slash at the end',
  )
  .refine((url) => !url.split('/').includes('..'), 'must not contain ".."');

/** `registry.k8s.io`, `ghcr.io/siderolabs/installer`: without tag and digest. */
export const imageRepository = text(255).regex(
  new RegExp(`^${HOST}(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$`),
  'must be the name of an image or of a folder of images, without a tag',
);

export const devicePath = text(100).regex(
  /^\/dev\/[A-Za-z0-9][A-Za-z0-9_-]*(?:\/[A-Za-z0-9][A-Za-z0-9._:-]*)*$/,
  'must be a disk, such as "/dev/sda"',
);

/** Names an entry of the service's configuration, never a path. */
export const entryName = text(63).regex(
  /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/,
  'must be lower-case letters, digits and hyphens, with a letter or digit at both ends',
);

export const certificatePem = text(65_536).regex(
  /^\s*(?:-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*)+$/,
  'must be certificates in PEM',
);

/** What a YAML of Kubernetes names calls a component: `rke2-ingress-nginx`. */
export function chartName(prefix: string): z.ZodString {
  return text(63).regex(
    new RegExp(`^${prefix}[a-z0-9]+(?:-[a-z0-9]+)*$`),
    `must be the name of a chart, such as "${prefix}ingress-nginx"`,
  );
}
