/** By which versions a cluster comes to another one, by Kubernetes' version-skew policy (https://kubernetes.io/releases/version-skew-policy). */
import type { ClusterType } from '../cluster-definition.js';
import { fail } from '../errors.js';
import { compareVersions, kubernetesMinor, type ClusterVersion } from '../versions.js';
import { readVersion } from './node-versions.js';
import type { UpgradeStrategy } from './upgrade-request.js';

/** Minor versions that a kubelet may be older than the API servers that it talks to; it is never newer. */
export const KUBELET_SKEW = 3;

export interface Hop {
  /** The control plane is brought to it, where it is not there yet. */
  readonly version: string;
  /** Then the workers are, too. */
  readonly workers: boolean;
}

export interface HopsInput {
  readonly type: ClusterType;
  /** Versions of the control-plane nodes: at least one. */
  readonly controlPlane: readonly string[];
  readonly workers: readonly string[];
  readonly target: string;
  /** Releases on the way that the operator knows of. */
  readonly via: readonly string[];
  readonly strategy: UpgradeStrategy;
}

export type HopPlan =
  | { readonly kind: 'ok'; readonly hops: readonly Hop[] }
  | { readonly kind: 'refused'; readonly detail: string }
  /** Kubernetes minor versions that are to be passed through, and no release of which is known. */
  | { readonly kind: 'missing'; readonly minors: readonly number[] };

/** @throws `INTERNAL` for a text that is no version of the distribution. */
export function planHops(input: HopsInput): HopPlan {
  const { type, target, via } = input;
  const read = (text: string): Release => releaseOf(type, text);
  const goal = read(target);
  const controlPlane = input.controlPlane.map(read).toSorted(byAge);
  const workers = input.workers.map(read).toSorted(byAge);
  const [oldest] = controlPlane;
  if (oldest === undefined) throw fail('INTERNAL', 'the cluster has no control plane');
  const newest = [...controlPlane, ...workers].toSorted(byAge).at(-1) ?? oldest;
  if (byAge(newest, goal) > 0) {
    return { kind: 'refused', detail: `${target} is older than ${newest.text}, which is running already` };
  }
  const between = via.map(read).toSorted(byAge);
  const astray = between.find((release) => byAge(release, goal) >= 0);
  if (astray !== undefined) {
    return { kind: 'refused', detail: `${astray.text} in "via" does not come before ${target}` };
  }
  const path = [...between.filter((release) => byAge(release, oldest) > 0), goal];
  const missing = minorsBetween(oldest, path);
  if (missing.length > 0) return { kind: 'missing', minors: missing };
  return { kind: 'ok', hops: hopsOf(path, oldest, workers[0], input.strategy) };
}

/** Machines that are replaced may jump, as long as the old ones are understood; one that stays goes step by step. */
function hopsOf(
  path: readonly Release[],
  from: Release,
  oldestWorker: Release | undefined,
  strategy: UpgradeStrategy,
): Hop[] {
  const hops: Hop[] = [];
  let kubelet = oldestWorker?.minor ?? Number.POSITIVE_INFINITY;
  const lags = (next: Release | undefined): boolean =>
    next !== undefined && next.minor - kubelet > KUBELET_SKEW;
  // What an upgrade left behind that was not gone on with.
  if (lags(path[0])) {
    hops.push({ version: from.text, workers: true });
    kubelet = from.minor;
  }
  path.forEach((release, index) => {
    const isLast = index === path.length - 1;
    const workers = isLast || strategy === 'IN_PLACE' || lags(path[index + 1]);
    hops.push({ version: release.text, workers });
    if (workers) kubelet = release.minor;
  });
  return hops;
}

function minorsBetween(from: Release, path: readonly Release[]): number[] {
  const missing: number[] = [];
  let at = from.minor;
  for (const { minor } of path) {
    for (let skipped = at + 1; skipped < minor; skipped += 1) missing.push(skipped);
    at = minor;
  }
  return missing;
}

interface Release {
  readonly text: string;
  readonly version: ClusterVersion;
  /** Of the Kubernetes inside. */
  readonly minor: number;
}

function releaseOf(type: ClusterType, text: string): Release {
  const version = readVersion(type, text);
  return { text, version, minor: kubernetesMinor(type, version) };
}

function byAge(a: Release, b: Release): number {
  return compareVersions(a.version, b.version);
}
