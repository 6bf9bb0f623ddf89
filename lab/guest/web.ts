/** The little of the Internet that machines can download from, and a mirror of it beside them. */
import { createHash } from 'node:crypto';
import type { LatencyKind } from '../latency.js';
import { INSTALLER_SCRIPT as K3S_INSTALLER } from './k3s/installer-script.js';
import { k3sRelease } from './k3s/release.js';
import { isVersion, K3S_RELEASES, RKE2_RELEASES, versionOfChannel } from './rancher/version.js';
import type { ReleaseSeries } from './rancher/version.js';
import { INSTALLER_SCRIPT as RKE2_INSTALLER } from './rke2/installer-script.js';
import { okdReleaseFile } from './okd/release.js';
import { rke2Release } from './rke2/release.js';
import { CALICO_HOST, calicoManifest } from './kubeadm/calico-manifest.js';
import { REPOSITORY_HOST, repositoryFile } from './kubeadm/repository.js';

export type WebResponse =
  | { readonly kind: 'content'; readonly body: string | Uint8Array; readonly takes: LatencyKind | null }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'error'; readonly status: number };

interface Project {
  readonly repository: string;
  readonly series: ReleaseSeries;
  readonly installer: string;
  /** The file whose download takes its time. */
  readonly program: string;
  readonly takes: LatencyKind;
  files(version: string): Readonly<Record<string, Uint8Array>>;
}

const K3S: Project = {
  repository: 'k3s-io/k3s',
  series: K3S_RELEASES,
  installer: K3S_INSTALLER,
  program: 'k3s',
  takes: 'guest.k3s-install',
  files: k3sRelease,
};

const RKE2: Project = {
  repository: 'rancher/rke2',
  series: RKE2_RELEASES,
  installer: RKE2_INSTALLER,
  program: 'rke2.linux-amd64.tar.gz',
  takes: 'guest.rke2-install',
  files: rke2Release,
};

const PROJECTS = [K3S, RKE2];
const NOT_FOUND: WebResponse = { kind: 'error', status: 404 };
const CHANNELS = '/v1-release/channels/';
const CHECKSUMS = 'sha256sum-amd64.txt';
/** It is in all networks: machines need no way out to it. */
const MIRROR = 'mirror.lab.internal';

export function isNearby(host: string): boolean {
  return host === MIRROR;
}

/** @returns `undefined` for a host that does not exist. */
export function fetchPage(url: URL): WebResponse | undefined {
  const path = decodeURIComponent(url.pathname);
  switch (url.hostname) {
    case 'get.k3s.io':
      return path === '/' ? content(K3S.installer) : NOT_FOUND;
    case 'get.rke2.io':
      return path === '/' ? content(RKE2.installer) : NOT_FOUND;
    case 'update.k3s.io':
      return channel(path, K3S);
    case 'update.rke2.io':
      return channel(path, RKE2);
    case 'github.com':
      return release(path);
    case MIRROR:
      return mirrored(path);
    case CALICO_HOST:
      return text(calicoManifest(url.pathname));
    case REPOSITORY_HOST:
      return text(repositoryFile(decodeURIComponent(url.pathname)));
    default:
      return undefined;
  }
}

function content(body: string | Uint8Array, takes: LatencyKind | null = null): WebResponse {
  return { kind: 'content', body, takes };
}

function text(body: string | undefined): WebResponse {
  return body === undefined ? NOT_FOUND : { kind: 'content', body, takes: null };
}

function channel(path: string, { repository, series }: Project): WebResponse {
  const name = path.startsWith(CHANNELS) ? path.slice(CHANNELS.length) : '';
  const version = versionOfChannel(name, series);
  if (version === undefined) return NOT_FOUND;
  return { kind: 'redirect', location: `https://github.com/${repository}/releases/tag/${version}` };
}

function release(path: string): WebResponse {
  const [, okdVersion, okdFile = ''] =
    /^\/okd-project\/okd\/releases\/download\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  const found = okdVersion === undefined ? undefined : okdReleaseFile(okdVersion, okdFile);
  if (found !== undefined) return content(found.body, found.isProgram ? 'guest.okd-tools' : null);
  const [, repository, kind, version = '', , file = ''] =
    /^\/([^/]+\/[^/]+)\/releases\/(tag|download)\/([^/]+)(\/([^/]+))?$/.exec(path) ?? [];
  const project = PROJECTS.find((each) => each.repository === repository);
  if (project === undefined || !isVersion(version, project.series)) return NOT_FOUND;
  if (kind === 'tag') return content(`<title>Release ${version}</title>\n`);
  return fileOf(project, version, file);
}

/** `/k3s/<version>/<file>`: the files of a release, and the installer beside them. */
function mirrored(path: string): WebResponse {
  const [, name, version = '', file = ''] = /^\/(k3s|rke2)\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  const project = name === 'k3s' ? K3S : RKE2;
  if (name === undefined || !isVersion(version, project.series)) return NOT_FOUND;
  return file === 'install.sh' ? content(project.installer) : fileOf(project, version, file);
}

function fileOf(project: Project, version: string, name: string): WebResponse {
  const files = project.files(version);
  if (name === CHECKSUMS) {
    const lines = Object.entries(files).map(([file, bytes]) => `${sha256(bytes)}  ${file}\n`);
    return content(lines.join(''));
  }
  const bytes = files[name];
  if (bytes === undefined) return NOT_FOUND;
  return content(bytes, name === project.program ? project.takes : null);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
