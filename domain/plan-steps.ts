/** The steps that a provision is made of, by name: shared by the plan and by the workflows that run them. */
import type { MachineRole } from './cluster-definition.js';
import type { MachineSource, MachineSystem, PlannedBoot, PlannedMachine } from './plan.js';

/**
 * How control-plane machines come together: each once the one before is Ready (its etcd takes one new member at a time);
 * all others once the first one is; or all at once, as they find each other by themselves. Workers join when the control
 * plane is complete, but with `AT_ONCE`.
 */
export type JoinOrder = 'ONE_BY_ONE' | 'FIRST_THEN_OTHERS' | 'AT_ONCE';

/** The steps that the distribution adds to those that every machine has. */
export interface StepOutline {
  readonly joinOrder: JoinOrder;
  /** The machine that forms the cluster is asked for the kubeconfig. */
  readonly givesKubeconfig: boolean;
  /** What a machine of a service is made into, once those are ready that its service depends on. */
  readonly serve: (machine: PlannedMachine) => readonly OutlinedStep[];
  readonly prepare: (machine: PlannedMachine) => readonly OutlinedStep[];
  /** @param first the machine that forms the cluster. */
  readonly join: (machine: PlannedMachine, first: PlannedMachine | undefined) => readonly OutlinedStep[];
}

export interface OutlinedStep {
  readonly id: string;
  readonly title: string;
}

/** Names of the steps, shared by the plan and by the workflows that run them. */
export const CLUSTER_STEPS = {
  plan: 'plan',
  preflight: 'preflight',
  reserve: 'reserve',
  probe: 'probe-addresses',
  keys: 'keys',
  images: 'images',
  pxe: 'pxe-service',
  records: 'dns-records',
  names: 'look-up-names',
  ignition: 'ignition',
  removeBootstrap: 'remove-bootstrap',
  validate: 'validate',
} as const;

/** Shown only where the plan has them. */
export const OPTIONAL_STEPS = [
  CLUSTER_STEPS.images,
  CLUSTER_STEPS.pxe,
  CLUSTER_STEPS.records,
  CLUSTER_STEPS.names,
  CLUSTER_STEPS.ignition,
  CLUSTER_STEPS.removeBootstrap,
] as const;

export const CLUSTER_STEP_TITLES: Readonly<
  Record<(typeof CLUSTER_STEPS)[keyof typeof CLUSTER_STEPS], string>
> = {
  plan: 'Observe Proxmox VE and plan',
  preflight: 'Check that Proxmox VE allows it',
  reserve: 'Reserve VMIDs and addresses',
  'probe-addresses': 'Probe that nobody answers on the addresses',
  keys: 'Make SSH keys and the join token',
  images: 'Bring the images to the hosts',
  'pxe-service': 'Serve network boot from the bastion',
  'dns-records': 'Write the names of the cluster into the DNS server',
  'look-up-names': 'Look up the names of the cluster from inside',
  ignition: 'Fetch and seal the Ignition files',
  'remove-bootstrap': 'Do without the bootstrap machine',
  validate: 'Check the health of the cluster',
};

export const MACHINE_STEPS = {
  claimVm: 'claim-vm',
  prepareBoot: 'prepare-boot',
  configureVm: 'configure-vm',
  firewall: 'apply-firewall',
  validateBoot: 'validate-boot',
  startVm: 'start-vm',
  waitForSsh: 'wait-for-ssh',
  cloudInit: 'cloud-init',
  cleanUpBoot: 'clean-up-boot',
  kubeconfig: 'kubeconfig',
  certificates: 'approve-certificates',
  marks: 'mark-node',
  nodeReady: 'node-ready',
} as const;

/** Path of a machine's step in the plan and in the API. */
export function machineStepId(machine: string, step: string): string {
  return `${machine}/${step}`;
}

/** What a machine goes through by itself, in the order in which it is shown. */
export function ownSteps(machine: PlannedMachine): OutlinedStep[] {
  const { source, boot, firewall, system } = machine;
  return [
    { id: MACHINE_STEPS.claimVm, title: claimTitle(source) },
    { id: MACHINE_STEPS.prepareBoot, title: prepareTitle(boot) },
    { id: MACHINE_STEPS.configureVm, title: 'Configure the VM' },
    ...(firewall === null ? [] : [{ id: MACHINE_STEPS.firewall, title: 'Set the rules of its firewall' }]),
    { id: MACHINE_STEPS.validateBoot, title: `Check that it will boot by ${boot.method}` },
    { id: MACHINE_STEPS.startVm, title: 'Start the VM' },
    ...(system === 'TALOS'
      ? []
      : [{ id: MACHINE_STEPS.waitForSsh, title: 'Wait for SSH and pin the host key' }]),
    ...(system === 'CLOUD_INIT' ? [{ id: MACHINE_STEPS.cloudInit, title: 'Wait for cloud-init' }] : []),
    { id: MACHINE_STEPS.cleanUpBoot, title: cleanUpTitle(boot) },
  ];
}

/** The step after which a machine is up. */
export function lastBootStep(system: MachineSystem): string {
  switch (system) {
    case 'CLOUD_INIT':
      return MACHINE_STEPS.cloudInit;
    case 'IGNITION':
      return MACHINE_STEPS.waitForSsh;
    case 'TALOS':
      return MACHINE_STEPS.startVm;
  }
}

/** What is done at the end to a machine that is a Kubernetes node. @param givesKubeconfig it forms the cluster. */
export function nodeSteps(system: MachineSystem, givesKubeconfig: boolean): OutlinedStep[] {
  const ready = { id: MACHINE_STEPS.nodeReady, title: 'Wait until the node is Ready' };
  if (system === 'IGNITION') {
    return [
      { id: MACHINE_STEPS.certificates, title: 'Approve the certificates of its kubelet' },
      { id: MACHINE_STEPS.marks, title: 'Set its labels and taints' },
      ready,
    ];
  }
  return givesKubeconfig
    ? [{ id: MACHINE_STEPS.kubeconfig, title: 'Fetch and seal the kubeconfig' }, ready]
    : [ready];
}

const NODES: ReadonlySet<MachineRole> = new Set(['CONTROL_PLANE', 'WORKER', 'INFRA']);

/** Bastions, machines of services and bootstrap machines are machines of the cluster, and no nodes of Kubernetes. */
export function isNode({ role }: Pick<PlannedMachine, 'role'>): boolean {
  return NODES.has(role);
}

/** A machine that serves the others, and is managed in the same way whatever the distribution. */
export function isHelper({ role }: Pick<PlannedMachine, 'role'>): boolean {
  return role === 'BASTION' || role === 'SERVICE';
}

/** What is done to make the machine's VM. */
export function claimTitle(source: MachineSource): string {
  switch (source.kind) {
    case 'clone':
      return `Clone template ${source.vmid}`;
    case 'import':
      return `Create the VM from ${source.image.volume}`;
    case 'empty':
      return 'Create the VM with an empty disk';
  }
}

function prepareTitle({ method, delivery }: PlannedBoot): string {
  if (method === 'PXE') return 'Arm the boot service for its MAC address';
  return delivery === 'MEDIUM'
    ? 'Upload the cloud-init medium'
    : 'Have the boot service serve its configuration';
}

function cleanUpTitle({ method, delivery }: PlannedBoot): string {
  if (method === 'PXE') return 'Disarm the boot service';
  return delivery === 'MEDIUM' ? 'Detach and delete the cloud-init medium' : 'Revoke the one-time token';
}
