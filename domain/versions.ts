/** Versions as each distribution writes them, and which of them can be provisioned. */
import type { ClusterType } from './cluster-definition.js';

export interface ClusterVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** What the distribution adds: `k3s1`, `rke2r1`, `okd-scos.5`; `null` where there is nothing. */
  readonly build: string | null;
}

interface VersionRule {
  readonly pattern: RegExp;
  readonly example: string;
  /** What has to be added to the minor version to get that of the Kubernetes inside. */
  readonly kubernetesOffset: number;
}

const NUMBERS = String.raw`(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,3})\.(0|[1-9]\d{0,3})`;

const RULES: Readonly<Record<ClusterType, VersionRule>> = {
  K3S: {
    pattern: new RegExp(String.raw`^v${NUMBERS}\+(k3s[1-9]\d?)$`),
    example: 'v1.32.0+k3s1',
    kubernetesOffset: 0,
  },
  RKE2: {
    pattern: new RegExp(String.raw`^v${NUMBERS}\+(rke2r[1-9]\d?)$`),
    example: 'v1.32.0+rke2r1',
    kubernetesOffset: 0,
  },
  VANILLA: { pattern: new RegExp(`^v${NUMBERS}$`), example: 'v1.32.0', kubernetesOffset: 0 },
  // Each Talos release ships the Kubernetes release of its season: 1.9 came with 1.32 and each one since with the next.
  TALOS: { pattern: new RegExp(`^v${NUMBERS}$`), example: 'v1.9.1', kubernetesOffset: 23 },
  // OKD and OpenShift 4.y are built on Kubernetes 1.(y + 13): 4.19 on 1.32.
  OKD: {
    pattern: new RegExp(String.raw`^${NUMBERS}(?:-(okd-scos\.(?:0|[1-9]\d{0,3})))?$`),
    example: '4.19.0',
    kubernetesOffset: 13,
  },
};

const MAJOR: Readonly<Record<ClusterType, number>> = { K3S: 1, RKE2: 1, VANILLA: 1, TALOS: 1, OKD: 4 };

/** The Kubernetes minor versions that can be provisioned, both ends included. */
export const SUPPORTED_KUBERNETES_MINORS = { from: 28, to: 37 } as const;

/** @returns `undefined` when the text is not written as the distribution writes its releases. */
export function parseVersion(type: ClusterType, text: string): ClusterVersion | undefined {
  const match = RULES[type].pattern.exec(text);
  if (match === null) return undefined;
  const [, major, minor, patch, build] = match;
  return { major: Number(major), minor: Number(minor), patch: Number(patch), build: build ?? null };
}

/** A version of the distribution, to show how it writes one. */
export function exampleVersion(type: ClusterType): string {
  return RULES[type].example;
}

/** Minor version of the Kubernetes (1.x) inside; what version skew is counted in. */
export function kubernetesMinor(type: ClusterType, version: ClusterVersion): number {
  return version.minor + RULES[type].kubernetesOffset;
}

/** Minor releases of the distribution with these Kubernetes (1.x) inside: `Kubernetes 1.33, 1.34`, `TALOS 1.10, 1.11`. */
export function minorReleases(type: ClusterType, kubernetesMinors: readonly number[]): string {
  const { kubernetesOffset: offset } = RULES[type];
  const minors = kubernetesMinors.map((minor) => `${MAJOR[type]}.${minor - offset}`).join(', ');
  return `${offset === 0 ? 'Kubernetes' : type} ${minors}`;
}

/**
 * Order for sorting, older first: by numbers, then by build, whose digits count as numbers (`k3s2` before `k3s10`).
 * A version without a build comes before all with one.
 */
export function compareVersions(a: ClusterVersion, b: ClusterVersion): number {
  const byNumbers = a.major - b.major || a.minor - b.minor || a.patch - b.patch;
  return byNumbers === 0 ? compareBuilds(a.build ?? '', b.build ?? '') : byNumbers;
}

/** Why the text is no version that can be provisioned; `null` when it is one. */
export function versionObjection(type: ClusterType, text: string): string | null {
  const version = parseVersion(type, text);
  if (version === undefined) return `is not a version of ${type}, such as "${exampleVersion(type)}"`;
  if (version.major !== MAJOR[type]) return `must have the major version ${MAJOR[type]}`;

  const { from, to } = SUPPORTED_KUBERNETES_MINORS;
  const minor = kubernetesMinor(type, version);
  if (minor >= from && minor <= to) return null;
  const offset = RULES[type].kubernetesOffset;
  const oldest = `${MAJOR[type]}.${from - offset}`;
  const newest = `${MAJOR[type]}.${to - offset}`;
  const reason =
    minor < from ? 'is too old to be maintained by anyone' : 'is newer than those that are known to work';
  return `${reason}: ${type} ${oldest} to ${newest} can be provisioned`;
}

function compareBuilds(a: string, b: string): number {
  const left = a.match(/\d+|\D+/g) ?? [];
  const right = b.match(/\d+|\D+/g) ?? [];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const [x = '', y = ''] = [left[index], right[index]];
    const difference = Number(x) - Number(y);
    if (x !== y) return Number.isNaN(difference) ? (x < y ? -1 : 1) : difference;
  }
  return 0;
}
