/** The little of the Internet that machines can download from. */
import { createHash } from 'node:crypto';
import type { LatencyKind } from '../latency.js';
import { INSTALLER_SCRIPT } from './k3s/installer-script.js';
import { isVersion, versionOfChannel } from './k3s/version.js';

export type WebResponse =
  | { readonly kind: 'content'; readonly body: string; readonly takes: LatencyKind | null }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'error'; readonly status: number };

const NOT_FOUND: WebResponse = { kind: 'error', status: 404 };
const CHANNELS = '/v1-release/channels/';
const RELEASE_FILE = /^\/k3s-io\/k3s\/releases\/download\/([^/]+)\/(k3s|sha256sum-amd64\.txt)$/;
const RELEASE_PAGE = /^\/k3s-io\/k3s\/releases\/tag\/([^/]+)$/;

/** @returns `undefined` for a host that does not exist. */
export function fetchPage(url: URL): WebResponse | undefined {
  switch (url.hostname) {
    case 'get.k3s.io':
      return url.pathname === '/' ? { kind: 'content', body: INSTALLER_SCRIPT, takes: null } : NOT_FOUND;
    case 'update.k3s.io':
      return channel(url.pathname);
    case 'github.com':
      return release(decodeURIComponent(url.pathname));
    default:
      return undefined;
  }
}

function channel(path: string): WebResponse {
  const version = path.startsWith(CHANNELS) ? versionOfChannel(path.slice(CHANNELS.length)) : undefined;
  if (version === undefined) return NOT_FOUND;
  return { kind: 'redirect', location: `https://github.com/k3s-io/k3s/releases/tag/${version}` };
}

function release(path: string): WebResponse {
  const [, tag] = RELEASE_PAGE.exec(path) ?? [];
  if (tag !== undefined) return { kind: 'content', body: `<title>Release ${tag}</title>\n`, takes: null };
  const [, version = '', file] = RELEASE_FILE.exec(path) ?? [];
  if (!isVersion(version)) return NOT_FOUND;
  const binary = `#!/bin/sh\nexec /usr/bin/simulated-k3s ${version} "$@"\n`;
  if (file === 'k3s') return { kind: 'content', body: binary, takes: 'guest.k3s-install' };
  const hash = createHash('sha256').update(binary).digest('hex');
  return { kind: 'content', body: `${hash}  k3s\n`, takes: null };
}
