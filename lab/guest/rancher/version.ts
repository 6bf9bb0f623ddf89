/** Versions of K3s and RKE2: `v1.32.0+k3s1`, `v1.32.0+rke2r1`. */

const VERSION = /^v1\.(\d{1,3})\.(\d{1,3})(-rc\d+)?\+(k3s|rke2r)\d+$/;
/** What the channel `stable` leads to. */
const STABLE = 'v1.36.1';

export interface ReleaseSeries {
  /** What a version ends with: `+k3s1`. */
  readonly suffix: string;
}

export const K3S_RELEASES: ReleaseSeries = { suffix: '+k3s1' };
export const RKE2_RELEASES: ReleaseSeries = { suffix: '+rke2r1' };

export function isVersion(text: string, { suffix }: ReleaseSeries): boolean {
  return VERSION.test(text) && text.replace(/\d+$/, '').endsWith(suffix.replace(/\d+$/, ''));
}

/** `v1.32.0+k3s1` -> 32 */
export function minorOf(version: string): number {
  return Number(VERSION.exec(version)?.[1] ?? Number.NaN);
}

/** `stable`, `latest`, or a minor version such as `v1.32`. @returns `undefined` for a channel that is not known. */
export function versionOfChannel(channel: string, { suffix }: ReleaseSeries): string | undefined {
  if (channel === 'stable' || channel === 'latest') return `${STABLE}${suffix}`;
  return /^v1\.\d{1,3}$/.test(channel) ? `${channel}.0${suffix}` : undefined;
}
