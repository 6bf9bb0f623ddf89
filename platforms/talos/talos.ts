/** Talos: no shell and no SSH; a machine is what its configuration says, and is told so over its API. */
import type { Platform } from '../platform.js';
import { talosFaults } from './faults.js';
import { answersStep, bootstrapStep, configureStep, memberStep, upgradeStep, versionStep } from './steps.js';

const API_PORT = 6443;
const TALOS_PORT = 50_000;

export const talos = {
  type: 'TALOS',
  system: 'TALOS',
  // Its disk image has Talos installed; another method would need an installer that knows our address.
  bootMethods: ['TEMPLATE', 'HYBRID'],
  faults: talosFaults,
  // Made together as one, by what generates the machine configuration.
  secrets: () => [],
  balanced: [
    // It answers nobody without a certificate: not even whether it is ready.
    { service: 'api', port: API_PORT, roles: ['CONTROL_PLANE'], check: { kind: 'tcp' } },
    { service: 'talos', port: TALOS_PORT, roles: ['CONTROL_PLANE'], check: { kind: 'tcp' } },
    { service: 'ingress', port: 80, roles: ['WORKER', 'INFRA'], check: { kind: 'tcp' } },
    { service: 'ingress', port: 443, roles: ['WORKER', 'INFRA'], check: { kind: 'tcp' } },
  ],
  // Nothing of a user's runs at the first boot.
  bootEnvironment: () => ({}),
  prepare: (machine) => [configureStep(machine)],
  join: (machine, { controlPlane, definition }) => {
    if (machine.role !== 'CONTROL_PLANE') return [answersStep(machine), versionStep(definition)];
    return [controlPlane[0]?.name === machine.name ? bootstrapStep() : memberStep(), versionStep(definition)];
  },
  // Its configuration names no release of Kubernetes: each release of Talos runs the one that it was tested with.
  upgradeSteps: (machine, { definition }) => [
    upgradeStep(definition.version),
    ...(machine.role === 'CONTROL_PLANE' ? [{ ...memberStep(), id: 'upgrade-etcd-member' }] : []),
  ],
  kubeconfigPath: null,
  // Membership is asked of etcd itself, over the API of Talos.
  votes: () => false,
  // They find each other and join by themselves; what is waited for needs the kubeconfig that the first one gives.
  joinOrder: () => 'FIRST_THEN_OTHERS',
  // Each release of Talos brings the Kubernetes release that it was tested with.
  nodeVersion: () => null,
} as const satisfies Platform;
