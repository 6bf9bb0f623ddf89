/**
 * The Ignition document of a machine that an install programme has made one for: that one, word for word, and what only
 * we know of the machine (https://coreos.github.io/ignition/configuration-v3_4/).
 */
import { KEYFILE_MODE, keyfilePath, networkKeyfile, type KeyfileInterface } from './network-keyfile.js';

export interface CoreOsIgnition {
  readonly hostname: string;
  readonly sshAuthorizedKeys: readonly string[];
  readonly interfaces: readonly KeyfileInterface[];
  /** Of the install programme: JSON. What it says wins over ours. */
  readonly base: string;
}

export const COREOS_USER = 'core';
const VERSION = '3.4.0';
const MEDIA_TYPE = 'application/vnd.coreos.ignition+json';

/** JSON. The document of the install programme is a part of it, so that one token is all that the machine needs. */
export function coreOsIgnition({ hostname, sshAuthorizedKeys, interfaces, base }: CoreOsIgnition): string {
  return JSON.stringify({
    ignition: {
      version: VERSION,
      config: { merge: [{ source: `data:${MEDIA_TYPE};base64,${base64(base)}` }] },
    },
    passwd: { users: [{ name: COREOS_USER, sshAuthorizedKeys: [...new Set(sshAuthorizedKeys)] }] },
    storage: {
      files: [
        file('/etc/hostname', 0o644, `${hostname}\n`),
        ...interfaces.map((one) => file(keyfilePath(one.name), KEYFILE_MODE, networkKeyfile(one))),
      ],
    },
  });
}

/** @param mode as Ignition wants it: a number, written in decimal. */
function file(path: string, mode: number, text: string) {
  return { path, mode, overwrite: true, contents: { source: `data:,${encodeURIComponent(text)}` } };
}

/** `btoa` takes characters up to 255 only: it is given the bytes of UTF-8. */
function base64(text: string): string {
  const bytes = encodeURIComponent(text).replace(/%([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return btoa(bytes);
}
