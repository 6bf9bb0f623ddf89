/** RKE2: one program, a service for servers and one for agents, etcd inside the servers. */
import type { GuestFile, GuestStep } from '../../domain/guest-step.js';
import type { Platform, PlatformCluster, PlatformMachine } from '../platform.js';
import { kubeVipAddressSteps, kubeVipManifests } from '../rancher/kube-vip.js';
import { registryFiles } from '../rancher/registries.js';
import { restartStep } from '../rancher/restart-step.js';
import { renewCertificatesStep, type RancherUnit } from '../rancher/renew-certificates.js';
import {
  etcdDatabase,
  reconnectAgentStep,
  resetServerStep,
  restoreSnapshotStep,
  stopServerStep,
  type RancherServer,
} from '../rancher/restore.js';
import { rancherTokenRotation } from '../rancher/token-rotation.js';
import { API_PORT, canalManifest, configYaml, rke2Settings, SUPERVISOR_PORT } from './config.js';
import { faults } from './faults.js';
import {
  CONFIG_FOLDER,
  installStep,
  MANIFESTS_FOLDER,
  networkManagerStep,
  serviceOf,
  startStep,
  type Rke2Kind,
} from './steps.js';

/** The packaged ingress is served by every node. */
const INGRESS = {
  service: 'ingress',
  roles: ['CONTROL_PLANE', 'WORKER', 'INFRA'],
  check: { kind: 'tcp' },
} as const;

const SERVER: RancherServer = { program: 'rke2', unit: serviceOf('server') };

export const rke2 = {
  type: 'RKE2',
  system: 'CLOUD_INIT',
  bootMethods: ['TEMPLATE', 'ISO', 'PXE', 'HYBRID'],
  kubeconfigPath: `${CONFIG_FOLDER}/rke2.yaml`,
  faults,
  secrets: () => [],
  balanced: [
    // The API of RKE2 knows no anonymous callers: every probe of HTTP is refused with 401, also `/readyz`.
    { service: 'api', port: API_PORT, roles: ['CONTROL_PLANE'], check: { kind: 'tcp' } },
    {
      service: 'rke2',
      port: SUPERVISOR_PORT,
      roles: ['CONTROL_PLANE'],
      check: { kind: 'https', path: '/ping' },
    },
    { ...INGRESS, port: 80 },
    { ...INGRESS, port: 443 },
  ],
  // The installer reads these: a user's own `curl -sfL https://get.rke2.io | sh -` gets the version and the role of
  // this machine.
  bootEnvironment: (machine, cluster) => ({
    INSTALL_RKE2_VERSION: cluster.definition.version,
    INSTALL_RKE2_TYPE: kindOf(machine),
  }),
  prepare: (machine, cluster) => [networkManagerStep(), installation(machine, cluster)],
  join: (machine, cluster) => [
    startStep(kindOf(machine), filesOf(machine, cluster)),
    ...kubeVipAddressSteps(machine, cluster, SUPERVISOR_PORT),
  ],
  // The installer leaves what runs alone; pods run on while the service is started anew.
  upgradeSteps: (machine, cluster) => [
    { ...installation(machine, cluster), id: 'upgrade-install', title: 'Install another version of RKE2' },
    restartStep(serviceOf(kindOf(machine)), cluster.definition.version),
  ],
  certificateSteps: (machine) => [renewCertificatesStep(unitOf(machine))],
  tokenRotation: rancherTokenRotation(unitOf),
  restore: {
    stop: () => stopServerStep(SERVER),
    fromSnapshot: (machine, cluster, paths) => restoreSnapshotStep(SERVER, paths, filesOf(machine, cluster)),
    rejoin: (machine, paths) =>
      kindOf(machine) === 'server'
        ? resetServerStep(SERVER, paths)
        : reconnectAgentStep(serviceOf('agent'), paths),
    database: etcdDatabase(SERVER),
  },
  votes: () => true,
  joinOrder: () => 'ONE_BY_ONE',
  nodeVersion: ({ version }) => version,
} as const satisfies Platform;

function installation(machine: PlatformMachine, cluster: PlatformCluster): GuestStep {
  const { airGapUrl, cni } = rke2Settings(cluster);
  return installStep({
    kind: kindOf(machine),
    version: cluster.definition.version,
    installUrl: cluster.settings.rke2InstallUrl,
    ...{ airGapUrl, cni },
  });
}

function kindOf(machine: PlatformMachine): Rke2Kind {
  return machine.role === 'CONTROL_PLANE' ? 'server' : 'agent';
}

function unitOf(machine: PlatformMachine): RancherUnit {
  return { program: 'rke2', unit: serviceOf(kindOf(machine)) };
}

function filesOf(machine: PlatformMachine, cluster: PlatformCluster): GuestFile[] {
  const manifest = machine.role === 'CONTROL_PLANE' ? canalManifest(cluster) : null;
  return [
    ...registryFiles(CONFIG_FOLDER, rke2Settings(cluster).registries),
    ...(manifest === null
      ? []
      : [{ path: `${MANIFESTS_FOLDER}/rke2-canal-config.yaml`, mode: '0600', content: manifest }]),
    ...kubeVipManifests(machine, cluster, MANIFESTS_FOLDER),
    { path: `${CONFIG_FOLDER}/config.yaml`, mode: '0600', content: configYaml(machine, cluster) },
  ];
}
