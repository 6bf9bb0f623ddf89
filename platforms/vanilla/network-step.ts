/** Gives pods their network; once for the cluster, from its first machine. */
import type { GuestFile, GuestStep } from '../../domain/guest-step.js';
import type { VanillaPlatformConfig } from '../../domain/platform-config.js';
import type { PlatformCluster, PlatformMachine } from '../platform.js';
import { FLANNEL_DAEMON_SET, flannelManifest } from './flannel.js';
import { installCalico } from './calico.js';
import { installCilium } from './cilium.js';
import { ADMIN_KUBECONFIG, NETWORK_MANIFEST } from './paths.js';

export interface NetworkInstallation {
  /** What runs on each node; the selector is of its pods. */
  readonly daemonSet: { readonly namespace: string; readonly name: string; readonly selector: string };
  readonly files: readonly GuestFile[];
  /** Shell script; `KUBECONFIG` is set. */
  readonly act: string;
}

export function networkStep(machine: PlatformMachine, cluster: PlatformCluster): GuestStep {
  const { cni } = cluster.definition.platformConfig as unknown as VanillaPlatformConfig;
  const { daemonSet, files, act } = installation(cni, cluster);
  const kubeconfig = `export KUBECONFIG=${ADMIN_KUBECONFIG}`;
  const named = `-n ${daemonSet.namespace} daemonset/${daemonSet.name}`;
  return {
    id: 'install-network',
    title: `Install ${NAMES[cni]}`,
    files,
    observe: `${kubeconfig}\nkubectl --request-timeout=10s get ${named} -o name`,
    act: `${kubeconfig}\n${act}`,
    verify: [
      kubeconfig,
      // Of this node alone: a cluster that is restored knows nodes that are gone, on which nothing becomes ready.
      `kubectl -n ${daemonSet.namespace} wait pod -l ${daemonSet.selector} --field-selector 'spec.nodeName=${machine.name}' --for=condition=Ready --timeout=20s`,
      `kubectl wait --for=condition=Ready 'node/${machine.name}' --timeout=20s`,
    ].join('\n'),
    timeoutSeconds: 900,
  };
}

const NAMES: Readonly<Record<VanillaPlatformConfig['cni'], string>> = {
  CILIUM: 'Cilium',
  CALICO: 'Calico',
  FLANNEL: 'Flannel',
};

function installation(cni: VanillaPlatformConfig['cni'], cluster: PlatformCluster): NetworkInstallation {
  switch (cni) {
    case 'FLANNEL':
      return installFlannel(cluster);
    case 'CALICO':
      return installCalico(cluster.settings.calicoManifest);
    case 'CILIUM':
      return installCilium();
  }
}

function installFlannel({ definition }: PlatformCluster): NetworkInstallation {
  const content = `${JSON.stringify(flannelManifest(definition), null, 2)}\n`;
  return {
    daemonSet: { ...FLANNEL_DAEMON_SET, selector: 'app=flannel' },
    files: [{ path: NETWORK_MANIFEST, mode: '0600', content }],
    act: `kubectl apply --server-side --force-conflicts --field-manager=clusterwright -f ${NETWORK_MANIFEST}`,
  };
}
