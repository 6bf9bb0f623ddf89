/** The network of pods on one machine: there when a pod of a network's own has left its configuration. */
import type { LabControlPlane } from '../../kubernetes/lab-kubernetes.js';
import { listNames, putFile } from '../disk/root-files.js';
import type { CommandCall } from '../shell/guest-command.js';
import { hasBridgeFilter } from './host.js';

const FOLDER = '/etc/cni/net.d';
const LOOK_EVERY_MS = 100;
const AT_LEAST_MS = 50;

interface PodNetwork {
  readonly file: string;
  readonly image: RegExp;
  /** It does not start where the kernel does not show it bridged packets. */
  readonly needsBridgeFilter: boolean;
}

const NETWORKS: readonly PodNetwork[] = [
  { file: '10-flannel.conflist', image: /\/flannel:v/, needsBridgeFilter: true },
  { file: '10-calico.conflist', image: /calico\/node:v/, needsBridgeFilter: false },
  { file: '05-cilium.conflist', image: /cilium\/cilium:v/, needsBridgeFilter: false },
];

/** Rejects with the signal's reason when the kubelet is stopped before. */
export async function waitForPodNetwork(
  call: CommandCall,
  plane: LabControlPlane,
  node: string,
): Promise<void> {
  const { system, signal } = call;
  while (!listNames(system.disk, FOLDER).some((name) => name.endsWith('.conflist'))) {
    const images = plane.runningImages(node);
    const found = NETWORKS.find(({ image }) => images.some((each) => image.test(each)));
    if (found !== undefined && (!found.needsBridgeFilter || hasBridgeFilter(system.disk)))
      putFile(system.disk, `${FOLDER}/${found.file}`, '{"cniVersion":"0.3.1"}\n');
    else await system.pause(LOOK_EVERY_MS, signal, AT_LEAST_MS);
  }
}
