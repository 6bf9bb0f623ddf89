/** Which disks have Talos on them, and which releases bring which Kubernetes. */

const INSTALLER = /^[\w.-]+(?::\d+)?\/[\w./-]*installer[\w./-]*:v(\d+)\.(\d+)\.(\d+)$/;
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
  return releaseOf(IMAGE.exec(image));
}

/** @param image of an installer, with its tag; `undefined` when there is none such. */
export function installerRelease(image: string): TalosRelease | undefined {
  return releaseOf(INSTALLER.exec(image));
}

function releaseOf(match: RegExpExecArray | null): TalosRelease | undefined {
  const [, major, minor, patch] = match ?? [];
  if (major === undefined || minor === undefined || patch === undefined) return undefined;
  return {
    version: `v${major}.${minor}.${patch}`,
    kubernetes: `v${major}.${Number(minor) + KUBERNETES_OFFSET}.0`,
  };
}

/** Minor releases that can be passed over, and that one can go back. */
const FURTHEST_ON = 3;
const FURTHEST_BACK = 1;

/** In the installer's words; `null` where it goes on (https://www.talos.dev/latest/talos-guides/upgrading-talos/). */
export function releaseObjection(host: TalosRelease, wanted: TalosRelease): string | null {
  const minorOf = ({ version }: TalosRelease): number => Number(version.split('.')[1]);
  const further = minorOf(wanted) - minorOf(host);
  if (further > FURTHEST_ON)
    return `host version ${host.version} is too old to upgrade to Talos ${wanted.version}`;
  return further < -FURTHEST_BACK
    ? `host version ${host.version} is too new to downgrade to Talos ${wanted.version}`
    : null;
}
