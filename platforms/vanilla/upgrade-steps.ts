/**
 * Brings a machine to another release of Kubernetes, as kubeadm has it done
 * (https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-upgrade/): kubeadm itself, then its part of the control
 * plane and its settings, and the kubelet last, which must not be newer than the API server.
 */
import type { GuestStep } from '../../domain/guest-step.js';
import type { VanillaPlatformConfig } from '../../domain/platform-config.js';
import type { PlatformCluster, PlatformMachine } from '../platform.js';
import { hostPort } from './api-address.js';
import { containerdStep } from './containerd-step.js';
import { kubeadmDocuments, kubeadmYaml } from './kubeadm-documents.js';
import { installPackages, packagesInstalled, refreshRepository, repositoryFiles } from './packages-step.js';
import { ADMIN_KUBECONFIG, API_SERVER_MANIFEST, KUBEADM_CONFIGURATION, PKI } from './paths.js';
import { releaseOf, type Release } from './release.js';

/** There from before the cluster is brought to the release until it is, with the release in it. */
const APPLYING = '/var/lib/clusterwright/kubeadm-upgrade-apply';

export function upgradeSteps(machine: PlatformMachine, cluster: PlatformCluster): GuestStep[] {
  const { version, platformConfig } = cluster.definition;
  const release = releaseOf(version);
  const isServer = machine.role === 'CONTROL_PLANE';
  const { kubernetesPackagesUrl } = cluster.settings;
  return [
    programsStep(release, kubernetesPackagesUrl, { id: 'upgrade-kubeadm', names: ['kubeadm'] }),
    {
      ...containerdStep(release, platformConfig as unknown as VanillaPlatformConfig),
      id: 'upgrade-containerd',
      title: 'Have containerd know the images of the release',
    },
    isServer ? controlPlaneStep(machine, cluster, release) : nodeStep(release),
    programsStep(release, kubernetesPackagesUrl, { id: 'upgrade-kubelet', names: ['kubelet', 'kubectl'] }),
    restartStep(release, isServer ? servesAt(machine) : []),
  ];
}

interface Programs {
  readonly id: string;
  readonly names: readonly string[];
}

function programsStep(release: Release, packagesUrl: string, { id, names }: Programs): GuestStep {
  const isInstalled = packagesInstalled(release, names);
  return {
    id,
    title: `Install ${names.join(' and ')} ${release.plain}`,
    files: repositoryFiles(release, packagesUrl),
    observe: isInstalled,
    act: [...refreshRepository(release, packagesUrl), ...installPackages(release, names)].join('\n'),
    verify: isInstalled,
    timeoutSeconds: 900,
  };
}

/**
 * The first machine brings the cluster to the release, the others follow it. Which one is the first is asked of the cluster,
 * and one that was broken off in the middle goes on as the first: kubeadm applies a release that is there already again.
 */
function controlPlaneStep(machine: PlatformMachine, cluster: PlatformCluster, release: Release): GuestStep {
  const { version } = release;
  return {
    id: 'upgrade-control-plane',
    title: `Bring its part of the control plane to ${version}`,
    // Machines that join later are let in with it, by a kubeadm that knows two minor versions.
    files: [
      {
        path: KUBEADM_CONFIGURATION,
        mode: '0600',
        content: kubeadmYaml(kubeadmDocuments(machine, cluster)),
      },
    ],
    observe: hasKubelet(release),
    act: [
      `configuration="$(kubectl --kubeconfig ${ADMIN_KUBECONFIG} --request-timeout=30s -n kube-system get configmap kubeadm-config -o json)"`,
      // The configuration is a text within JSON: its ends of lines are two characters.
      `if printf '%s' "$configuration" | grep -qF 'kubernetesVersion: ${version}\\n' && ! test -e ${APPLYING}; then`,
      '  kubeadm upgrade node',
      'else',
      '  mkdir -p /var/lib/clusterwright',
      `  echo '${version}' > ${APPLYING}`,
      `  kubeadm upgrade apply '${version}' --yes`,
      `  rm -f ${APPLYING}`,
      'fi',
    ].join('\n'),
    verify: [
      `grep -qE '/kube-apiserver:${version.replaceAll('.', '\\.')}"?$' ${API_SERVER_MANIFEST}`,
      ...servesAt(machine),
    ].join('\n'),
    timeoutSeconds: 1_800,
  };
}

/** A kubelet that is as new has its settings; one that goes back to an older release keeps what it knows of them. */
function nodeStep(release: Release): GuestStep {
  return {
    id: 'upgrade-node',
    title: `Take over the settings of ${release.version}`,
    files: [],
    observe: hasKubelet(release),
    act: 'kubeadm upgrade node',
    verify: 'test -s /var/lib/kubelet/config.yaml',
    timeoutSeconds: 300,
  };
}

/** It is installed only after all else of the machine. */
function hasKubelet({ plain }: Release): string {
  return `dpkg --compare-versions "$(dpkg-query --show --showformat='\${Version}' kubelet)" ge '${plain}'`;
}

function restartStep({ version }: Release, serves: readonly string[]): GuestStep {
  const isActive = 'systemctl is-active --quiet kubelet';
  return {
    id: 'upgrade-restart',
    title: 'Restart the kubelet as the version that is installed',
    // What runs does not say which program it was started from: a note that names another version, or a restart that was
    // broken off, restarts it.
    files: [{ path: '/var/lib/clusterwright/kubelet-version', mode: '0644', content: `${version}\n` }],
    observe: isActive,
    act: 'systemctl daemon-reload\nsystemctl restart kubelet',
    verify: [isActive, ...serves].join('\n'),
    timeoutSeconds: 900,
  };
}

/** Lines of a script: the API answers on this very machine. */
function servesAt({ address }: PlatformMachine): string[] {
  return [`curl -sf --max-time 10 --cacert ${PKI}/ca.crt -o /dev/null 'https://${hostPort(address)}/livez'`];
}
