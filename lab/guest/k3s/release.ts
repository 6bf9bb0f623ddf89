/** The files of a release of K3s, as small as they can be. */

/** By name; the list of their checksums is not among them. */
export function k3sRelease(version: string): Readonly<Record<string, Uint8Array>> {
  return {
    k3s: Buffer.from(`#!/bin/sh\nexec /usr/bin/simulated-k3s ${version} "$@"\n`),
    'k3s-airgap-images-amd64.tar.zst': Buffer.from(`images of K3s ${version}\n`),
  };
}
