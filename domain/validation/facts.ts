/** All facts that checks judge, and whom each is asked of. */
import type { CanaryFacts } from './facts/canary.js';
import type { GuestFacts } from './facts/guest.js';
import type { KubernetesFacts } from './facts/kubernetes.js';
import type { ProxmoxFacts } from './facts/proxmox.js';
import type { TalosFacts } from './facts/talos.js';
import type { Seen } from './verdict.js';
import type { FactSource } from './vocabulary.js';

export interface Facts extends ProxmoxFacts, GuestFacts, TalosFacts, KubernetesFacts, CanaryFacts {}

export type FactName = keyof Facts;

/** Those that were asked for. */
export type SeenFacts = { readonly [Name in FactName]?: Seen<Facts[Name]> };

export const SOURCE_OF: Readonly<Record<FactName, FactSource>> = {
  proxmoxQuorum: 'PROXMOX',
  hosts: 'PROXMOX',
  vms: 'PROXMOX',
  vmConfigs: 'PROXMOX',
  storages: 'PROXMOX',
  backupJobs: 'PROXMOX',
  guests: 'GUESTS',
  talos: 'TALOS',
  apiVersion: 'KUBERNETES',
  apiChecks: 'KUBERNETES',
  apiLatencies: 'KUBERNETES',
  anonymousAnswers: 'KUBERNETES',
  nodes: 'KUBERNETES',
  versions: 'KUBERNETES',
  nodeUsage: 'KUBERNETES',
  systemWorkloads: 'KUBERNETES',
  systemPods: 'KUBERNETES',
  userWorkloads: 'KUBERNETES',
  riskyPods: 'KUBERNETES',
  pendingPods: 'KUBERNETES',
  pendingClaims: 'KUBERNETES',
  pendingRequests: 'KUBERNETES',
  dnsEndpoints: 'KUBERNETES',
  namespaces: 'KUBERNETES',
  access: 'KUBERNETES',
  exposedServices: 'KUBERNETES',
  operatorProblems: 'KUBERNETES',
  defaultStorageClasses: 'KUBERNETES',
  canaryScheduled: 'CANARY',
  canaryResolved: 'CANARY',
  canaryIngress: 'CANARY',
  canaryRemoved: 'CANARY',
};
