/** The package repositories of Kubernetes: one for each minor version (https://kubernetes.io/blog/2023/08/15/pkgs-k8s-io-introduction). */
import type { PackageContents } from '../disk/packages.js';

export const REPOSITORY_HOST = 'pkgs.k8s.io';
/** Of the signing key. */
export const RELEASE_KEY = `-----BEGIN PGP PUBLIC KEY BLOCK-----

mQENBGMHoXcBCADukGOEQyleViOgtkMVa7hKifP6POCTh+98xNW4TfHK/nBJN2sm
=lab1
-----END PGP PUBLIC KEY BLOCK-----
`;

const PATH = /^\/core:\/stable:\/v1\.(\d{1,2})\/deb\/(.*)$/;
const OLDEST_MINOR = 24;
const NEWEST_PATCH = 15;

const KUBELET_UNIT = `[Unit]
Description=kubelet: The Kubernetes Node Agent
Documentation=https://kubernetes.io/docs/
Wants=network-online.target
After=network-online.target

[Service]
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
ExecStart=/usr/bin/kubelet
Restart=always
RestartSec=10

[Install]
WantedBy=multi-user.target
`;

/** What is at an address of the host; `undefined` where there is nothing. */
export function repositoryFile(path: string): string | undefined {
  const [, minor, file] = PATH.exec(path) ?? [];
  if (minor === undefined || Number(minor) < OLDEST_MINOR) return undefined;
  if (file === 'Release.key') return RELEASE_KEY;
  return file === 'InRelease'
    ? `Origin: obs://build.opensuse.org/isv:kubernetes:core:stable:v1.${minor}\n`
    : undefined;
}

/** @param minor of the repository. @returns the newest release that the pattern fits. */
export function findPackage(
  name: string,
  minor: number,
  isWanted: (version: string) => boolean,
): PackageContents | undefined {
  if (name === 'cri-tools' || name === 'kubernetes-cni') return { version: `1.${minor}.0-1.1` };
  const contents = Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined;
  if (contents === undefined) return undefined;
  for (let patch = NEWEST_PATCH; patch >= 0; patch -= 1) {
    const version = `1.${minor}.${patch}-1.1`;
    if (isWanted(version)) return { ...contents, version };
  }
  return undefined;
}

const PROGRAMS: Readonly<Record<string, Omit<PackageContents, 'version'>>> = {
  // crictl comes with cri-tools, which it depends on.
  kubeadm: { commands: ['kubeadm', 'crictl'] },
  kubectl: { commands: ['kubectl'] },
  kubelet: {
    commands: ['kubelet'],
    files: { '/usr/lib/systemd/system/kubelet.service': KUBELET_UNIT },
    starts: 'kubelet',
  },
};
