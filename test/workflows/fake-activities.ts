/** Activities that answer at once, remember who called, and fail when told to. */
import { ApplicationFailure } from '@temporalio/common';
import type { ErrorCode } from '../../domain/errors.js';
import { ERRORS } from '../../domain/errors.js';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { Inventory } from '../../domain/inventory.js';
import { etcdStatus } from '../../domain/etcd/status.js';
import { macOf } from '../../domain/machine.js';
import { extendPlan } from '../../domain/scale/extend-plan.js';
import type { EtcdActivities, EtcdServer } from '../../activities/etcd/activities.js';
import { balancerDrains, type DrainRequest } from '../../activities/planning/balancer-drains.js';
import type { ScaleRequest } from '../../activities/planning/plan-scale.js';
import type { WantedAddress } from '../../domain/planning/leases.js';
import type { BackupActivities } from '../../activities/backup/activities.js';
import type { GateActivities } from '../../activities/gates/activities.js';
import type { CertificateActivities } from '../../activities/certificates/activities.js';
import type { KubernetesActivities } from '../../activities/kubernetes/activities.js';
import type { ClusterServiceActivities } from '../../activities/kubernetes/services/activities.js';
import type { LedgerActivities } from '../../activities/ledger/activities.js';
import type { ServiceRequest } from '../../activities/planning/service-request.js';
import { serviceSteps } from '../../activities/planning/service-steps.js';
import { bastionSteps } from '../../activities/planning/bastion-steps.js';
import type { HostActivities } from '../../activities/hosts/activities.js';
import type { DnsActivities } from '../../activities/dns/activities.js';
import type { OkdActivities } from '../../activities/okd/activities.js';
import type { TalosActivities } from '../../activities/talos/activities.js';
import type { NetworkActivities } from '../../activities/network/activities.js';
import type { RemovalActivities } from '../../activities/removal/activities.js';
import type { PlanningActivities } from '../../activities/planning/plan-cluster.js';
import type { ProxmoxActivities } from '../../activities/proxmox/activities.js';
import type { SecretRotation } from '../../activities/secrets/activities.js';
import type { SshActivities } from '../../activities/ssh/activities.js';
import { aManifest } from '../builders/backup.js';
import { anInventory } from '../builders/inventory.js';
import { aPlan, FREE_ADDRESSES, plannerInput, SETTINGS } from '../builders/plan.js';
import { fakeHosts } from './fake-hosts.js';
import { fakeVmBackups } from './fake-vm-backups.js';
import { fakeRemovals } from './fake-removals.js';
import { fakeHealth, type HealthActivities } from './fake-health.js';
import { fakeValidation, type ValidationActivities } from './fake-validation.js';

export interface Call {
  readonly name: string;
  readonly args: Record<string, unknown>;
}

type Behaviour = (args: Record<string, unknown>, callNumber: number) => unknown;

export type AllActivities = LedgerActivities &
  PlanningActivities &
  ProxmoxActivities &
  SshActivities &
  NetworkActivities &
  TalosActivities &
  OkdActivities &
  DnsActivities &
  EtcdActivities &
  KubernetesActivities &
  GateActivities &
  BackupActivities &
  HostActivities &
  RemovalActivities &
  CertificateActivities &
  SecretRotation &
  ValidationActivities &
  HealthActivities &
  ClusterServiceActivities;

export class FakeActivities {
  readonly calls: Call[] = [];
  private readonly behaviours = new Map<string, Behaviour>();
  private readonly namesEver = new Set<string>();
  /** Nodes that have joined, and are in etcd where they are asked about it. */
  private readonly voters = new Set<string>();
  /** What the kubelets of nodes report. */
  private readonly nodeVersions = new Map<string, string>();
  private readonly machines = new Map<
    string,
    { name: string; uuid: string; vmid: number; cluster: string; clusterUid: string }
  >();

  /** Calls of that activity, in order. */
  of(name: keyof AllActivities): Call[] {
    return this.calls.filter((call) => call.name === name);
  }

  /** Replaces what an activity does; `callNumber` counts from 1. */
  on(name: keyof AllActivities, behaviour: Behaviour): void {
    const before = this.behaviours.get(name);
    this.behaviours.set(
      name,
      (args, callNumber) => behaviour(args, callNumber) ?? before?.(args, callNumber),
    );
  }

  /** All activities, for the workers of all task queues. */
  implementation(): Record<string, (args: never) => Promise<unknown>> {
    const defaults = this.defaults();
    return Object.fromEntries(
      Object.entries(defaults).map(([name, behaviour]) => [
        name,
        async (args: Record<string, unknown> = {}) => {
          this.calls.push({ name, args });
          const overridden = await this.behaviours.get(name)?.(
            args,
            this.of(name as keyof AllActivities).length,
          );
          return overridden ?? (await behaviour(args));
        },
      ]),
    );
  }

  private defaults(): Record<keyof AllActivities, (args: Record<string, unknown>) => unknown> {
    const nothing = (): undefined => undefined;
    return {
      readSettings: () => SETTINGS,
      freeAddresses: ({ count }) => ({ free: FREE_ADDRESSES.slice(0, count as number), prefixLength: 24 }),
      reserveMachines: ({ machines, cluster, clusterUid }) =>
        (machines as { name: string; uuid: string; address: string }[]).map(
          ({ name, uuid, address }, index) => {
            const vmid = SETTINGS.vmidRange.from + index;
            this.namesEver.add(name);
            this.machines.set(name, {
              name,
              uuid,
              vmid,
              cluster: cluster as string,
              clusterUid: clusterUid as string,
            });
            return { name, uuid, vmid, address };
          },
        ),
      listCatalogue: () => [],
      listUnusedImages: () => ({ unusedSince: '2026-01-01T00:00:00.000Z', images: [] }),
      listMachines: () =>
        [...this.machines.values()].map((machine) => ({ ...machine, mac: macOf(machine.uuid) })),
      releaseCluster: nothing,
      recordCluster: nothing,
      finishOperation: nothing,
      keepSteps: nothing,
      observeInventory: () => anInventory(),
      ensureImage: ({ image }) => ({
        volume: (image as { volume: string }).volume,
        sizeBytes: 1024,
        downloaded: true,
      }),
      removeImage: () => ({ removed: true }),
      planCluster: ({ definition, inventory }) => {
        const plan = aPlan(definition as ClusterDefinition, { inventory: inventory as Inventory });
        const { hosts, runningVmids } = inventory as Inventory;
        return { plan, settings: SETTINGS, capacity: { hosts, runningVmids } };
      },
      bastionSteps: (request) => bastionSteps(request as unknown as ServiceRequest),
      serviceSettings: () => SETTINGS,
      planScale: (request) => {
        const { definition, plan, group, ordinals, inventory } = request as unknown as ScaleRequest;
        const held = new Set(plan.machines.map(({ network }) => network.address));
        const freeAddresses = FREE_ADDRESSES.filter((address) => !held.has(address));
        const input = plannerInput(definition, { inventory, freeAddresses });
        const { hosts, runningVmids } = inventory;
        return {
          plan: extendPlan({ ...input, plan, group, ordinals }),
          settings: SETTINGS,
          capacity: { hosts, runningVmids },
        };
      },
      balancerDrains: (request) => balancerDrains(request as unknown as DrainRequest),
      machineNames: () => [...this.namesEver],
      releaseMachine: nothing,
      cordonNode: ({ node }) => ({ uid: `uid-of-${String(node)}` }),
      uncordonNode: nothing,
      drainNode: ({ node }) => ({
        nodeUid: `uid-of-${String(node)}`,
        ...{ evicted: [], left: [], warnings: [] },
      }),
      removeNodeObject: nothing,
      passGate: nothing,
      nodeVersions: () => ({ versions: Object.fromEntries(this.nodeVersions) }),
      readEtcd: ({ servers }) =>
        etcdStatus(
          (servers as readonly EtcdServer[])
            .filter(({ node }) => this.voters.has(node))
            .map(({ node }, index) => ({
              ...{ id: String(index + 1), name: node, node, peerUrls: [], databaseBytes: 1, revision: 1 },
              ...{ isLearner: false, isLeader: index === 0, isHealthy: true, problem: null, appliedIndex: 9 },
            })),
          [],
        ),
      moveEtcdLeader: () => ({ leader: null }),
      removeEtcdMember: ({ node }) => {
        this.voters.delete(node as string);
        return { removed: [], warnings: [] };
      },
      waitForEtcdVoters: nothing,
      serviceSteps: (request) => serviceSteps(request as unknown as ServiceRequest),
      makeSecrets: nothing,
      clusterNames: () => ({ records: [], lookUp: { id: 'verify-dns' } }),
      preflight: () => ({ findings: [], ready: true, commands: [] }),
      reserveAddresses: ({ wanted }) =>
        (wanted as WantedAddress[]).map(({ holder, address }) => ({
          holder,
          address: address ?? '10.1.107.140',
        })),
      replaceAddress: () => ({ address: '10.1.107.149' }),
      probeAddresses: () => ({ inUse: [] }),
      prepareBoot: nothing,
      applyFirewall: nothing,
      validateBoot: nothing,
      cleanUpBoot: nothing,
      claimVm: ({ identity, machine }) => ({
        vmid: (identity as { vmid: number }).vmid,
        host: (machine as { host: string }).host,
      }),
      uploadSeed: () => ({ volume: 'local:iso/cw.iso' }),
      configureVm: nothing,
      startVm: nothing,
      detachSeed: nothing,
      removeVm: ({ identity }) => {
        this.machines.delete((identity as { name: string }).name);
      },
      verifyNothingLeft: nothing,
      findOrphans: () => ({ foundAt: '2026-01-01T00:00:00.000Z', orphans: [], leftOut: 0, notSeen: [] }),
      removeOrphan: () => ({ removed: true }),
      recordOrphans: nothing,
      recordOrphanRemovals: nothing,
      createSshKeys: () => ({ publicKey: 'ssh-ed25519 AAAA' }),
      createJoinToken: nothing,
      waitForSsh: nothing,
      waitForCloudInit: () => ({ warnings: [] }),
      runGuestStep: () => ({ changed: true }),
      sealKubeconfig: nothing,
      waitForNode: ({ node, version }) => {
        this.voters.add(node as string);
        if (typeof version === 'string') this.nodeVersions.set(node as string, version);
      },
      waitForTalos: nothing,
      runTalosStep: () => ({ changed: true }),
      fetchTalosKubeconfig: nothing,
      sealPullSecret: nothing,
      sealDatastore: nothing,
      fetchIgnition: () => ({ madeAt: '2026-01-01T00:00:00.000Z', endsAt: '2026-01-02T00:00:00.000Z' }),
      waitForBootstrap: nothing,
      ensureRecords: () => ({ changed: [] }),
      removeRecords: () => ({ removed: [], left: [] }),
      verifyRecords: nothing,
      approveNodeCsrs: nothing,
      markNode: nothing,
      runHealthChecks: nothing,
      provideStorage: nothing,
      verifyStorage: nothing,
      provideMonitoring: nothing,
      listVolumes: () => ({ volumes: [], warnings: [] }),
      removeCsiVolumes: ({ volumes }) => ({ removed: (volumes as readonly unknown[]).length }),
      observeCsiVolumes: () => [],
      ...fakeValidation(),
      ...fakeHealth(),
      fenceVm: () => ({ vm: 'stopped' }),
      beginBackup: ({ destination }) => ({ destination: destination ?? 'default' }),
      takeBackup: ({ backupId, clusterUid }) =>
        aManifest({ id: String(backupId), clusterUid: String(clusterUid) }),
      verifyBackup: ({ backupId, clusterUid }) =>
        aManifest({ id: String(backupId), clusterUid: String(clusterUid) }),
      completeBackup: nothing,
      observeMachines: ({ identities }) =>
        (identities as readonly { name: string }[]).map(({ name }) => ({ name, sight: 'running' })),
      restoreSecrets: () => ({ changed: [] }),
      deliverSnapshot: nothing,
      compareRestored: () => ({ objects: 7 }),
      removeStaleNodes: () => ({ removed: [] }),
      discardBackup: nothing,
      expireBackups: () => ({ removed: [], kept: 1 }),
      removeBackup: () => ({ removed: true }),
      beginDrill: () => {
        throw activityError('BACKUP_NOT_FOUND', 'there is none');
      },
      lendDrillToken: nothing,
      compareDrilled: () => ({ objects: 7 }),
      endDrill: nothing,
      requestBackup: () => ({ requested: true, reason: null }),
      ...fakeHosts(),
      ...fakeVmBackups(),
      ...fakeRemovals(),
      renewKubeconfig: nothing,
      renewTalosKubeconfig: nothing,
      readCertificates: () => ({ certificates: [], unread: [] }),
      keepCertificates: () => ({ unread: 0 }),
      watchCertificates: () => ({ due: 0, requested: false, reason: 'none is due' }),
      beginKeyRotation: () => ({ stage: 'SPREAD' }),
      authorizeNextKey: nothing,
      adoptNextKey: nothing,
      withdrawReplacedKey: nothing,
      endKeyRotation: nothing,
      beginTokenRotation: () => ({ stage: 'SPREAD' }),
      adoptNextToken: nothing,
      endTokenRotation: nothing,
    };
  }
}

/** What the worker's interceptor makes of one of our errors. */
export function activityError(code: ErrorCode, detail: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: code,
    message: detail,
    nonRetryable: ERRORS[code].retry === 'never',
  });
}
