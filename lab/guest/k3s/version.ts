/** Versions of K3s: `v1.32.0+k3s1`. */

/** What the channel `stable` leads to. */
export const STABLE_VERSION = 'v1.36.1+k3s1';

const VERSION = /^v1\.(\d{1,3})\.(\d{1,3})(-rc\d+)?\+k3s\d+$/;

export function isVersion(text: string): boolean {
  return VERSION.test(text);
}

/** `v1.32.0+k3s1` -> 32 */
export function minorOf(version: string): number {
  return Number(VERSION.exec(version)?.[1] ?? Number.NaN);
}

/** `stable`, `latest`, or a minor version such as `v1.32`. @returns `undefined` for a channel that is not known. */
export function versionOfChannel(channel: string): string | undefined {
  if (channel === 'stable' || channel === 'latest') return STABLE_VERSION;
  return /^v1\.\d{1,3}$/.test(channel) ? `${channel}.0+k3s1` : undefined;
}
