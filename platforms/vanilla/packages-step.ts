/** The programs of one Kubernetes release, from the project's own packages for Debian and Ubuntu. */
import type { GuestStep } from '../../domain/guest-step.js';
import type { Release } from './release.js';

const PACKAGES = ['kubelet', 'kubeadm', 'kubectl'];
const KEY = '/etc/apt/keyrings/kubernetes.asc';
const LIST = '/etc/apt/sources.list.d/kubernetes.list';
/** Another apt, such as the one that updates by itself, may hold the lock. */
const APT = 'apt-get -y -q -o DPkg::Lock::Timeout=300';

/** @param packagesUrl such as `https://pkgs.k8s.io`: below it is one repository for each minor version. */
export function packagesStep(release: Release, packagesUrl: string): GuestStep {
  const repository = `${packagesUrl}/core:/stable:/v1.${release.minor}/deb/`;
  const wanted = PACKAGES.map((name) => `'${name}=${release.plain}-*'`).join(' ');
  const pattern = `^hold ok installed ${release.plain.replaceAll('.', '\\.')}-`;
  const isInstalled = [
    'test -x /usr/bin/containerd',
    `for name in ${PACKAGES.join(' ')}; do`,
    // Held, or the next upgrade of the system would upgrade the node too.
    `  dpkg-query --show --showformat='\${Status} \${Version}\\n' "$name" | grep -q '${pattern}'`,
    'done',
  ].join('\n');
  return {
    id: 'install-kubernetes',
    title: `Install containerd and the packages of Kubernetes ${release.plain}`,
    files: [{ path: LIST, mode: '0644', content: `deb [signed-by=${KEY}] ${repository} /\n` }],
    observe: isInstalled,
    act: [
      'export DEBIAN_FRONTEND=noninteractive',
      'install -d -m 0755 /etc/apt/keyrings',
      // Beside it and then moved: half a key would make apt refuse the repository until somebody looks.
      `curl -sSfL --retry 3 -o ${KEY}.new '${repository}Release.key'`,
      `mv ${KEY}.new ${KEY}`,
      `${APT} update`,
      // A template may bring a containerd of another packager, which is as good.
      `test -x /usr/bin/containerd || ${APT} install containerd`,
      `${APT} install --allow-change-held-packages --allow-downgrades ${wanted}`,
      `apt-mark hold ${PACKAGES.join(' ')}`,
    ].join('\n'),
    verify: isInstalled,
    timeoutSeconds: 900,
  };
}
