/**
 * What the workflows ask of Proxmox VE. Each activity looks first, acts only when something is to be done, and looks
 * again: it may be run at any moment and any number of times.
 */
import type { Inventory } from '../../domain/inventory.js';
import type { MachineIdentity } from '../../domain/machine.js';
import { claimVm, type ClaimedVm, type ClaimRequest } from './claim-vm.js';
import { configureVm, type ConfigureRequest } from './configure-vm.js';
import { DEFAULT_LIMITS, type ProxmoxContext, type ProxmoxDependencies } from './dependencies.js';
import { detachSeed } from './detach-seed.js';
import { Limiter } from './limiter.js';
import { observeInventory } from './observe-inventory.js';
import { startVm } from './power.js';
import { removeVm } from './remove-vm.js';
import { verifyNothingLeft, type ClusterName } from './residue.js';
import { uploadSeed, type UploadSeedRequest } from './upload-seed.js';

export type ProxmoxActivities = ReturnType<typeof createProxmoxActivities>;

interface OfMachine {
  readonly identity: MachineIdentity;
}

/** Every activity may throw the `PROXMOX_*` errors, `OUTCOME_UNKNOWN` and, before it touches a VM, `IDENTITY_MISMATCH`. */
export function createProxmoxActivities(dependencies: ProxmoxDependencies) {
  const limits = { ...DEFAULT_LIMITS, ...dependencies.limits };
  const context: ProxmoxContext = { ...dependencies, limits, limiter: new Limiter() };
  return {
    /** Hosts, storages, templates and the VMIDs in use. */
    observeInventory: (_request: Readonly<Record<string, never>>): Promise<Inventory> =>
      observeInventory(context),

    /**
     * The machine's VM, made from its template or found half made or made; its VMID may be another than was reserved.
     * @throws `TEMPLATE_NOT_FOUND`, `VMIDS_EXHAUSTED`
     */
    claimVm: (request: ClaimRequest): Promise<ClaimedVm> => claimVm(context, request),

    /** Uploads the cloud-init medium to the machine's host. @returns its volume id. */
    uploadSeed: (request: UploadSeedRequest): Promise<{ readonly volume: string }> =>
      uploadSeed(context, request),

    /**
     * Gives the VM its identity, size, network and medium.
     * @throws `VM_LOCKED`, `STEP_NOT_VERIFIED`
     */
    configureVm: (request: ConfigureRequest): Promise<void> => configureVm(context, request),

    /** @throws `VM_LOCKED`, `STEP_NOT_VERIFIED` */
    startVm: (request: OfMachine): Promise<void> => startVm(context, request),

    /** Takes the cloud-init medium out and deletes it. @throws `VM_LOCKED`, `STEP_NOT_VERIFIED`, `RESIDUE_LEFT` */
    detachSeed: (request: OfMachine): Promise<void> => detachSeed(context, request),

    /**
     * Stops and destroys the VM, deletes its medium and proves that both are gone.
     * @throws `VM_LOCKED`, `RESIDUE_LEFT`
     */
    removeVm: (request: OfMachine): Promise<void> => removeVm(context, request),

    /** @throws `RESIDUE_LEFT` with each VM, disk and medium that still belongs to the cluster. */
    verifyNothingLeft: (request: ClusterName): Promise<void> => verifyNothingLeft(context, request),
  };
}
