/** The programs of one Kubernetes release, from the project's own packages for Debian and Ubuntu. */
import type { GuestFile, GuestStep } from '../../domain/guest-step.js';
import type { Release } from './release.js';

const PACKAGES = ['kubelet', 'kubeadm', 'kubectl'];
const KEY = '/etc/apt/keyrings/kubernetes.asc';
const LIST = '/etc/apt/sources.list.d/kubernetes.list';
/** Another apt, such as the one that updates by itself, may hold the lock. */
const APT = 'apt-get -y -q -o DPkg::Lock::Timeout=300';

/** @param packagesUrl such as `https://pkgs.k8s.io`: below it is one repository for each minor version. */
export function packagesStep(release: Release, packagesUrl: string): GuestStep {
  const isInstalled = ['test -x /usr/bin/containerd', packagesInstalled(release, PACKAGES)].join('\n');
  return {
    id: 'install-kubernetes',
    title: `Install containerd and the packages of Kubernetes ${release.plain}`,
    files: repositoryFiles(release, packagesUrl),
    observe: isInstalled,
    act: [
      ...refreshRepository(release, packagesUrl),
      // A template may bring a containerd of another packager, which is as good.
      `test -x /usr/bin/containerd || ${APT} install containerd`,
      ...installPackages(release, PACKAGES),
    ].join('\n'),
    verify: isInstalled,
    timeoutSeconds: 900,
  };
}

/** Where apt looks for packages of the release. */
export function repositoryFiles(release: Release, packagesUrl: string): GuestFile[] {
  const content = `deb [signed-by=${KEY}] ${repositoryOf(release, packagesUrl)} /\n`;
  return [{ path: LIST, mode: '0644', content }];
}

/** Lines of a script: apt knows what the repository has. */
export function refreshRepository(release: Release, packagesUrl: string): string[] {
  return [
    'export DEBIAN_FRONTEND=noninteractive',
    'install -d -m 0755 /etc/apt/keyrings',
    // Beside it and then moved: half a key would make apt refuse the repository until somebody looks.
    `curl -sSfL --retry 3 -o ${KEY}.new '${repositoryOf(release, packagesUrl)}Release.key'`,
    `mv ${KEY}.new ${KEY}`,
    `${APT} update`,
  ];
}

/** Lines of a script: the packages are there in this version, and stay. */
export function installPackages(release: Release, names: readonly string[]): string[] {
  const wanted = names.map((name) => `'${name}=${release.plain}-*'`).join(' ');
  return [
    `${APT} install --allow-change-held-packages --allow-downgrades ${wanted}`,
    `apt-mark hold ${names.join(' ')}`,
  ];
}

/** Script that ends well where the packages are there in this version. */
export function packagesInstalled(release: Release, names: readonly string[]): string {
  const pattern = `^hold ok installed ${release.plain.replaceAll('.', '\\.')}-`;
  return [
    `for name in ${names.join(' ')}; do`,
    // Held, or the next upgrade of the system would upgrade the node too.
    `  dpkg-query --show --showformat='\${Status} \${Version}\\n' "$name" | grep -q '${pattern}'`,
    'done',
  ].join('\n');
}

function repositoryOf({ minor }: Release, packagesUrl: string): string {
  return `${packagesUrl}/core:/stable:/v1.${minor}/deb/`;
}
