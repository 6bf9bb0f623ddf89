/**
 * What the workflows ask of Proxmox VE. Each activity looks first, acts only when something is to be done, and looks
 * again: it may be run at any moment and any number of times.
 */
import type { HostSight, MoveFacts } from '../../domain/hosts/guest-facts.js';
import type { Inventory } from '../../domain/inventory.js';
import type { MachineIdentity } from '../../domain/machine.js';
import type { OrphanReport } from '../../domain/orphans.js';
import type { BootRequest, CleanUpBootRequest } from '../boot/driver.js';
import { backUpVm, type BackUpVmRequest } from './backups/back-up-vm.js';
import { endVmBackup, type EndVmBackupRequest } from './backups/end-vm-backup.js';
import { listVmBackups, type ListVmBackupsRequest } from './backups/list-vm-backups.js';
import { removeVmBackup, type RemoveVmBackupRequest } from './backups/remove-vm-backup.js';
import type { VmBackup, VmBackups } from '../../domain/vm-backup/vm-backup.js';
import { bootDriver } from '../boot/hybrid/driver.js';
import { validateBoot } from '../boot/validate-boot.js';
import { claimVm, type ClaimedVm, type ClaimRequest } from './claim-vm.js';
import { configureVm, type ConfigureRequest } from './configure-vm.js';
import { observeCsiVolumes, removeCsiVolumes, type RemoveCsiVolumesRequest } from './csi-volumes.js';
import { DEFAULT_LIMITS, type ProxmoxContext, type ProxmoxDependencies } from './dependencies.js';
import { detachSeed } from './detach-seed.js';
import { following } from './following.js';
import { applyFirewall, type AppliedFirewall, type ApplyFirewallRequest } from './firewall/apply-firewall.js';
import { ensureImage, type EnsuredImage, type EnsureImageRequest } from './images/ensure-image.js';
import { removeImage, type RemoveImageRequest } from './images/remove-image.js';
import { observeInventory } from './observe-inventory.js';
import { observeMachines, type ObservedMachine } from './observe-machines.js';
import { findOrphans } from './orphans/find-orphans.js';
import { removeOrphan, type RemoveOrphanRequest } from './orphans/remove-orphan.js';
import { migrateVm, type Migrated, type MigrateRequest } from './hosts/migrate-vm.js';
import { observeHosts, observeMoves } from './hosts/observe-hosts.js';
import { shutDownVm, startVm } from './power.js';
import { proveGone } from './prove-gone.js';
import { fenceVm, type FencedVm } from './fence.js';
import { removeVm } from './remove-vm.js';
import type { RemovalProof } from '../../domain/removal/certificate.js';
import type { Preflight } from '../../domain/preflight/findings.js';
import { preflight, type PreflightRequest } from './preflight/preflight.js';
import { verifyNothingLeft, type ClusterName } from './residue.js';
import { uploadSeed, type UploadSeedRequest } from './upload-seed.js';
import { withWarnings, type Warned } from './warnings.js';

export type ProxmoxActivities = ReturnType<typeof createProxmoxActivities>;

interface OfMachine {
  readonly identity: MachineIdentity;
}

/** Every activity may throw the `PROXMOX_*` errors, `OUTCOME_UNKNOWN` and, before it touches a VM, `IDENTITY_MISMATCH`. */
export function createProxmoxActivities(dependencies: ProxmoxDependencies) {
  const limits = { ...DEFAULT_LIMITS, ...dependencies.limits };
  const context: ProxmoxContext = { ...dependencies, limits };
  return {
    /** Hosts, storages, templates, images and the VMIDs in use. */
    observeInventory: (_request: Readonly<Record<string, never>>): Promise<Inventory> =>
      observeInventory(context),

    /** See {@link observeMachines}. */
    observeMachines: (request: {
      readonly identities: readonly MachineIdentity[];
    }): Promise<readonly ObservedMachine[]> => observeMachines(context, request),

    /** Looks at all that the plan needs, and changes nothing: privileges, quorum, clocks, storages, bridges, images. */
    preflight: (request: PreflightRequest): Promise<Preflight> => preflight(context, request),

    /**
     * Downloads the image to the host, unless it is there; it is proved by its checksum.
     * @throws `IMAGE_NOT_FOUND`, `IMAGE_CHECKSUM_MISMATCH`, `IMAGE_DOWNLOAD_FAILED`, `STEP_NOT_VERIFIED`
     */
    ensureImage: (request: EnsureImageRequest): Promise<EnsuredImage> => ensureImage(context, request),

    /** Removes a downloaded image, unless it came into use. @throws `IDENTITY_MISMATCH`, `RESIDUE_LEFT` */
    removeImage: (request: RemoveImageRequest): Promise<{ readonly removed: boolean }> =>
      removeImage(context, request),

    /**
     * The machine's VM, made as its source says or found half made or made; its VMID may be another than was reserved.
     * @throws `TEMPLATE_NOT_FOUND`, `IMAGE_NOT_FOUND`, `VMIDS_EXHAUSTED`
     */
    claimVm: (request: ClaimRequest): Promise<ClaimedVm & Warned> =>
      withWarnings(() => claimVm(context, request)),

    /**
     * Puts what the machine needs for its first boot where it will find it: a medium, or the boot service.
     * @throws `BOOT_SERVICE_OFF`, `BOOT_DOCUMENT_INVALID`, `BOOT_CONFLICT`, `STEP_NOT_VERIFIED`
     */
    prepareBoot: (request: BootRequest): Promise<void> =>
      following(() => bootDriver.prepare(context, request)),

    /** Changes nothing. @throws `BOOT_NOT_READY` with all that would keep the VM from booting as planned. */
    validateBoot: (request: BootRequest): Promise<void> => validateBoot(context, request),

    /**
     * Takes away what only the first boot needed: media are detached, ours are deleted, tokens are revoked.
     * @throws `VM_LOCKED`, `STEP_NOT_VERIFIED`, `RESIDUE_LEFT`
     */
    cleanUpBoot: (request: CleanUpBootRequest): Promise<void> =>
      following(() => bootDriver.cleanUp(context, request)),

    /** For runs that began when every machine had a medium. @returns its volume id. */
    uploadSeed: (request: UploadSeedRequest): Promise<{ readonly volume: string }> =>
      uploadSeed(context, request),

    /**
     * Gives the VM its identity, size, network, and what it boots from.
     * @throws `VM_LOCKED`, `STEP_NOT_VERIFIED`
     */
    configureVm: (request: ConfigureRequest): Promise<Warned> =>
      withWarnings(() => following(() => configureVm(context, request))),

    /**
     * Makes the firewall before the VM as planned: policies, and the rules in their order.
     * @throws `STEP_NOT_VERIFIED`
     */
    applyFirewall: (request: ApplyFirewallRequest): Promise<AppliedFirewall> =>
      following(() => applyFirewall(context, request)),

    /** @throws `VM_LOCKED`, `STEP_NOT_VERIFIED` */
    startVm: (request: OfMachine): Promise<Warned> =>
      withWarnings(() => following(() => startVm(context, request))),

    /** Hosts, and the guests of those that answer: whose they are is proved. */
    observeHosts: (_request: Readonly<Record<string, never>>): Promise<HostSight> => observeHosts(context),

    /** The same, with what Proxmox VE says of moving each machine of ours on the host. @throws `HOST_NOT_FOUND` */
    observeMoves: (request: {
      readonly host: string;
    }): Promise<{ readonly sight: HostSight; readonly facts: readonly MoveFacts[] }> =>
      observeMoves(context, request),

    /** Asks the guest, and then switches off. @throws `VM_LOCKED`, `MACHINE_NOT_MOVABLE`, `STEP_NOT_VERIFIED` */
    shutDownVm: (request: OfMachine): Promise<Warned> =>
      withWarnings(() => following(() => shutDownVm(context, request))),

    /** See {@link migrateVm}. */
    migrateVm: (request: MigrateRequest): Promise<Migrated & Warned> =>
      withWarnings(() => following(() => migrateVm(context, request))),

    /** See {@link backUpVm}. */
    backUpVm: (request: BackUpVmRequest): Promise<VmBackup & Warned> =>
      withWarnings(() => following(() => backUpVm(context, request))),

    /** See {@link endVmBackup}. */
    endVmBackup: (request: EndVmBackupRequest): Promise<{ readonly stopped: number }> =>
      following(() => endVmBackup(context, request)),

    /** The backups of the VMs of a cluster; changes nothing. */
    listVmBackups: (request: ListVmBackupsRequest): Promise<VmBackups> => listVmBackups(context, request),

    /** See {@link removeVmBackup}. */
    removeVmBackup: (request: RemoveVmBackupRequest): Promise<{ readonly removed: boolean }> =>
      removeVmBackup(context, request),

    /**
     * Switches the VM off, and proves that it does not run any more.
     * @throws `FENCE_NOT_PROVED`, `VM_LOCKED`, `HA_NOT_PERMITTED`, `STEP_NOT_VERIFIED`
     */
    fenceVm: (request: OfMachine): Promise<FencedVm> => following(() => fenceVm(context, request)),

    /** For runs that began when every machine had a medium. @throws `VM_LOCKED`, `STEP_NOT_VERIFIED`, `RESIDUE_LEFT` */
    detachSeed: (request: OfMachine): Promise<void> => following(() => detachSeed(context, request)),

    /**
     * Stops and destroys the VM, deletes its medium and proves that both are gone.
     * @throws `VM_LOCKED`, `DISK_NOT_OURS`, `HA_NOT_PERMITTED`, `RESIDUE_LEFT`
     */
    removeVm: (request: OfMachine): Promise<void> => following(() => removeVm(context, request)),

    /** @throws `RESIDUE_LEFT` with each VM, disk and medium that still belongs to the cluster. */
    verifyNothingLeft: (request: ClusterName): Promise<void> => verifyNothingLeft(context, request),

    /** Looks at every machine that the cluster ever had. @throws `RESIDUE_LEFT`, `PROXMOX_NODE_UNREACHABLE` */
    proveGone: (request: ClusterName): Promise<RemovalProof> => proveGone(context, request),

    /**
     * Removes the volumes that a cluster, whose machines are gone, had made through its storage driver.
     * @throws `VOLUME_NOT_REMOVABLE`, `RESIDUE_LEFT`
     */
    removeCsiVolumes: (request: RemoveCsiVolumesRequest): Promise<{ readonly removed: number }> =>
      removeCsiVolumes(context, request),

    /** Names the volumes of the storage driver that the cluster's machines have, beside those that are known. */
    observeCsiVolumes: (request: {
      readonly clusterUid: string;
      readonly known: readonly string[];
    }): Promise<string[]> => observeCsiVolumes(context, request),

    /** Everything of ours that no live cluster has; changes nothing. */
    findOrphans: (_request: Readonly<Record<string, never>>): Promise<OrphanReport> => findOrphans(context),

    /**
     * Removes what was left behind after proving anew that it was; false when it is not there any more.
     * @throws `ORPHAN_NOT_REMOVABLE`, and what `removeVm` throws.
     */
    removeOrphan: (request: RemoveOrphanRequest): Promise<{ readonly removed: boolean }> =>
      following(() => removeOrphan(context, request)),
  };
}
