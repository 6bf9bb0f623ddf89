/** Which disks have Talos on them, and which releases bring which Kubernetes. */

const IMAGE = /(?:^|\/|:)talos-(\d+)\.(\d+)\.(\d+)-nocloud-amd64/;
/** 1.9 came with 1.32, and each one since with the next. */
const KUBERNETES_OFFSET = 23;

export interface TalosRelease {
  /** Such as `v1.9.1`. */
  readonly version: string;
  /** Such as `v1.32.0`. */
  readonly kubernetes: string;
}

/** @param image that a disk was made from; `undefined` when it is none of Talos. */
export function talosRelease(image: string): TalosRelease | undefined {
  const [, major, minor, patch] = IMAGE.exec(image) ?? [];
  if (major === undefined || minor === undefined || patch === undefined) return undefined;
  return {
    version: `v${major}.${minor}.${patch}`,
    kubernetes: `v${major}.${Number(minor) + KUBERNETES_OFFSET}.0`,
  };
}
