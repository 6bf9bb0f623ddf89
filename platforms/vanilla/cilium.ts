/** Cilium, by its own programme, which has the chart of one release of Cilium inside: https://docs.cilium.io */
import type { NetworkInstallation } from './network-step.js';

const CLI_VERSION = 'v0.18.8';
const ARCHIVE = 'cilium-linux-amd64.tar.gz';
const URL = `https://github.com/cilium/cilium-cli/releases/download/${CLI_VERSION}/${ARCHIVE}`;
const FOLDER = '/var/lib/clusterwright/cilium';

export function installCilium(): NetworkInstallation {
  return {
    daemonSet: { namespace: 'kube-system', name: 'cilium', selector: 'k8s-app=cilium' },
    files: [],
    act: [
      `mkdir -p ${FOLDER}`,
      `cd ${FOLDER}`,
      `curl -sSfL --retry 3 -o ${ARCHIVE} '${URL}'`,
      `curl -sSfL --retry 3 -o ${ARCHIVE}.sha256sum '${URL}.sha256sum'`,
      `sha256sum -c ${ARCHIVE}.sha256sum`,
      `tar -xzf ${ARCHIVE} cilium`,
      'verb=install',
      // What an installation that broke off has left is brought up to date, as it cannot be installed again.
      `if kubectl -n kube-system get secret -l owner=helm,name=cilium -o name | grep -q .; then verb=upgrade; fi`,
      // Its own way of handing out addresses would not know the pods' network.
      `./cilium "$verb" --set ipam.mode=kubernetes`,
    ].join('\n'),
  };
}
