/** K3s: one binary, one service a machine, etcd inside the servers when there are several. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { Fault } from '../../domain/errors.js';
import type { GuestStep } from '../../domain/guest-step.js';
import type { Platform, PlatformCluster, PlatformMachine } from '../platform.js';
import { API_PORT, configYaml } from './config.js';
import { kubeVipAddressSteps, kubeVipManifests } from '../rancher/kube-vip.js';
import { registryFiles } from '../rancher/registries.js';
import { restartStep } from '../rancher/restart-step.js';
import { renewCertificatesStep, type RancherUnit } from '../rancher/renew-certificates.js';
import { rancherTokenRotation } from '../rancher/token-rotation.js';
import {
  etcdDatabase,
  reconnectAgentStep,
  resetServerStep,
  restoreSnapshotStep,
  stopServerStep,
  type RancherServer,
} from '../rancher/restore.js';
import { k3sSettings } from './settings.js';
import { CONFIG_FOLDER, installStep, MANIFESTS_FOLDER, serviceOf, startStep } from './steps.js';

/** The packaged ingress is served by every node. */
const INGRESS = {
  service: 'ingress',
  roles: ['CONTROL_PLANE', 'WORKER', 'INFRA'],
  check: { kind: 'tcp' },
} as const;

const SERVER: RancherServer = { program: 'k3s', unit: serviceOf('server') };

export const k3s = {
  type: 'K3S',
  system: 'CLOUD_INIT',
  bootMethods: ['TEMPLATE', 'ISO', 'PXE', 'HYBRID'],
  kubeconfigPath: `${CONFIG_FOLDER}/k3s.yaml`,
  faults,
  secrets: () => [],
  balanced: [
    {
      service: 'api',
      port: API_PORT,
      roles: ['CONTROL_PLANE'],
      // Without credentials K3s answers nothing else: `/readyz` is refused with 401.
      check: { kind: 'https', path: '/ping' },
    },
    { ...INGRESS, port: 80 },
    { ...INGRESS, port: 443 },
  ],
  // The installer reads these: a user's own `curl -sfL https://get.k3s.io | sh -` gets the version and the role of
  // this machine, and leaves the first start to us, who have the configuration by then.
  bootEnvironment: (machine, cluster) => ({
    INSTALL_K3S_VERSION: cluster.definition.version,
    INSTALL_K3S_EXEC: kindOf(machine),
    INSTALL_K3S_SKIP_START: 'true',
  }),
  prepare: (machine, cluster) => [installation(machine, cluster)],
  join: (machine, cluster) => [
    startStep(kindOf(machine), configYaml(machine, cluster), [
      ...registryFiles(CONFIG_FOLDER, k3sSettings(cluster.definition).registries),
      ...kubeVipManifests(machine, cluster, MANIFESTS_FOLDER),
    ]),
    ...kubeVipAddressSteps(machine, cluster, API_PORT),
  ],
  // SQLite becomes etcd when the server is started with `cluster-init` (https://docs.k3s.io/datastore/ha-embedded).
  grow: (machine, cluster) =>
    k3sSettings(cluster.definition).datastore === null
      ? [startStep('server', configYaml(machine, cluster))]
      : [],
  // The installer leaves what runs alone; pods run on while the service is started anew.
  upgradeSteps: (machine, cluster) => [
    { ...installation(machine, cluster), id: 'upgrade-install', title: 'Install another version of K3s' },
    restartStep(serviceOf(kindOf(machine)), cluster.definition.version),
  ],
  certificateSteps: (machine) => [renewCertificatesStep(unitOf(machine))],
  tokenRotation: rancherTokenRotation(unitOf),
  restore: {
    stop: () => stopServerStep(SERVER),
    fromSnapshot: (machine, cluster, paths) =>
      restoreSnapshotStep(SERVER, paths, startStep('server', configYaml(machine, cluster)).files),
    rejoin: (machine, paths) =>
      kindOf(machine) === 'server'
        ? resetServerStep(SERVER, paths)
        : reconnectAgentStep(serviceOf('agent'), paths),
    database: etcdDatabase(SERVER),
  },
  votes: ({ controlPlane, definition }: PlatformCluster) =>
    controlPlane.length > 1 && k3sSettings(definition).datastore === null,
  // Where nothing votes, nothing has to be waited for: the datastore decides who of several is the first.
  joinOrder: (definition: ClusterDefinition) =>
    k3sSettings(definition).datastore === null ? 'ONE_BY_ONE' : 'AT_ONCE',
  nodeVersion: ({ version }) => version,
} as const satisfies Platform;

function installation(machine: PlatformMachine, { definition, settings }: PlatformCluster): GuestStep {
  return installStep({
    kind: kindOf(machine),
    version: definition.version,
    installUrl: settings.k3sInstallUrl,
    airGapUrl: k3sSettings(definition).airGapUrl,
  });
}

function kindOf(machine: PlatformMachine): 'server' | 'agent' {
  return machine.role === 'CONTROL_PLANE' ? 'server' : 'agent';
}

function unitOf(machine: PlatformMachine): RancherUnit {
  return { program: 'k3s', unit: serviceOf(kindOf(machine)) };
}

function faults(definition: ClusterDefinition): Fault[] {
  const found: Fault[] = [];
  definition.nodeGroups.forEach((group, index) => {
    if (group.role === 'BOOTSTRAP') {
      found.push({
        pointer: `/nodeGroups/${index}/role`,
        detail: 'K3S has no BOOTSTRAP machines; use CONTROL_PLANE, WORKER, INFRA or BASTION',
      });
    }
  });
  return found;
}
