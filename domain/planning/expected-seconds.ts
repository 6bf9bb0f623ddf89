/** How long steps take: an estimate to show, never a limit. */
import type { PlannedMachine } from '../plan.js';
import { CLUSTER_STEPS, MACHINE_STEPS } from '../plan-steps.js';
import type { InClusterService } from '../services/in-cluster.js';

/** On a small cluster with SSDs. */
const EXPECTED_SECONDS: Readonly<Record<string, number>> = {
  [CLUSTER_STEPS.probe]: 2,
  [CLUSTER_STEPS.images]: 60,
  [CLUSTER_STEPS.pxe]: 15,
  [MACHINE_STEPS.prepareBoot]: 1,
  [MACHINE_STEPS.configureVm]: 2,
  [MACHINE_STEPS.firewall]: 0.5,
  [MACHINE_STEPS.validateBoot]: 0.2,
  [MACHINE_STEPS.startVm]: 2,
  [MACHINE_STEPS.waitForSsh]: 15,
  [MACHINE_STEPS.cloudInit]: 10,
  [MACHINE_STEPS.cleanUpBoot]: 1,
  [MACHINE_STEPS.kubeconfig]: 0.5,
  [MACHINE_STEPS.nodeReady]: 10,
  [MACHINE_STEPS.certificates]: 60,
  'install-k3s': 10,
  'start-server': 13,
  'prepare-kernel': 2,
  'disable-swap': 2,
  'install-kubernetes': 15,
  'configure-containerd': 3,
  'form-cluster': 20,
  'install-network': 12,
  admit: 2,
  'join-control-plane': 22,
  'join-worker': 8,
  'start-agent': 6,
  'apply-configuration': 35,
  'bootstrap-etcd': 20,
  'etcd-member': 6,
  answers: 2,
};

const FULL_CLONE_SECONDS = 12;
const LINKED_CLONE_SECONDS = 2;
/** Machines that boot an installer write a whole disk and boot a second time. */
const INSTALL_SECONDS = 60;

const CLUSTER_STEP_SECONDS = 0.5;
const STORAGE_SECONDS = 45;
const MONITORING_SECONDS = 20;

/** @param step name of a step of the cluster. */
export function expectedSecondsOfCluster(step: string): number {
  return EXPECTED_SECONDS[step] ?? CLUSTER_STEP_SECONDS;
}

/** Most of it is the pulling of images. */
export function expectedSecondsOfService(type: InClusterService['type']): number {
  return type === 'STORAGE' ? STORAGE_SECONDS : MONITORING_SECONDS;
}

/** @param step name of a step of the machine. */
export function expectedSecondsOf(step: string, { source, boot }: PlannedMachine): number {
  if (step === MACHINE_STEPS.claimVm) {
    const isCopied = source.kind === 'import' || (source.kind === 'clone' && source.fullClone);
    return isCopied ? FULL_CLONE_SECONDS : LINKED_CLONE_SECONDS;
  }
  const seconds = EXPECTED_SECONDS[step] ?? 5;
  return step === MACHINE_STEPS.waitForSsh && boot.method !== 'TEMPLATE'
    ? seconds + INSTALL_SECONDS
    : seconds;
}
