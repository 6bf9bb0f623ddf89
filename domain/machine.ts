/** What makes a VM ours, and how that is proved before it is ever changed. */

/** Chosen by the workflow before the first call, so that a retry finds and adopts its own half-made VM. */
export interface MachineIdentity {
  readonly clusterUid: string;
  readonly cluster: string;
  /** Host name, VM name and Kubernetes node name. */
  readonly name: string;
  /** SMBIOS UUID, lower case. */
  readonly uuid: string;
  readonly vmid: number;
  /** MAC address of the first interface, upper case, as Proxmox VE writes it. */
  readonly mac: string;
}

/** What was seen of a VM on Proxmox VE; a field that is not known yet is `null`. */
export interface ObservedVm {
  readonly vmid: number;
  readonly name: string | null;
  readonly uuid: string | null;
  readonly tags: readonly string[];
  readonly description: string | null;
}

export const OWNER_TAG = 'clusterwright';

/** Tag that all machines of one cluster carry: Proxmox VE allows `[a-z0-9_][a-z0-9_+.-]*`. */
export function clusterTag(cluster: string): string {
  return `cw-${cluster}`;
}

/** The line of a VM's description that names its owner. A clone gets it in the very call that makes it. */
export function ownershipMark(identity: Pick<MachineIdentity, 'clusterUid' | 'name' | 'uuid'>): string {
  return `clusterwright: ${identity.clusterUid}/${identity.name}/${identity.uuid}`;
}

/** Odd, so that each index gives another number; large, so that neighbours in the UUID do not meet. */
const MAC_STEP = 0x9e3779;
const MAC_NUMBERS = 2 ** 24;

/**
 * MAC under the OUI that Proxmox VE itself uses, derived from the UUID so that a retry gets the same.
 * @param index of the interface: 0 is the one in the cluster's network.
 */
export function macOf(uuid: string, index = 0): string {
  const number = (Number.parseInt(uuid.replaceAll('-', '').slice(-6), 16) + index * MAC_STEP) % MAC_NUMBERS;
  const hex = number.toString(16).toUpperCase().padStart(6, '0');
  return `BC:24:11:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}`;
}

/**
 * What speaks against the VM being ours; empty when it is proved.
 * The mark in the description, the name, the owner tag and the UUID must all agree.
 */
export function ownershipObjections(vm: ObservedVm, identity: MachineIdentity): string[] {
  const objections = claimObjections(vm, identity);
  if (!vm.tags.includes(OWNER_TAG)) objections.push(`it lacks the tag "${OWNER_TAG}"`);
  if (vm.uuid !== identity.uuid) objections.push(`its UUID is ${vm.uuid ?? 'not set'}, not ${identity.uuid}`);
  return objections;
}

/**
 * The weaker proof for a VM that is still being made: a clone carries our mark and name from its first moment,
 * but the tags and the UUID of its template until it is configured.
 */
export function claimObjections(vm: ObservedVm, identity: MachineIdentity): string[] {
  const objections: string[] = [];
  if (vm.vmid !== identity.vmid) objections.push(`its VMID is ${vm.vmid}, not ${identity.vmid}`);
  if (vm.name !== identity.name) objections.push(`its name is "${vm.name ?? ''}", not "${identity.name}"`);
  const mark = ownershipMark(identity);
  const lines = (vm.description ?? '').split('\n').map((line) => line.trim());
  if (!lines.includes(mark)) objections.push(`its description lacks the line "${mark}"`);
  return objections;
}
