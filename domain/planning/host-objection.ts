/** Why a host is out of the question for the machines of a group, before its free memory is looked at. */
import type { ClusterDefinition, NodeGroup } from '../cluster-definition.js';
import type { HostFacts, Inventory, StorageFacts } from '../inventory.js';
import { vlanObjection } from '../network/vlan.js';
import type { PlannedImage } from '../plan.js';
import type { GroupPlan } from './group.js';

export interface HostQuestion {
  readonly definition: ClusterDefinition;
  readonly group: NodeGroup;
  readonly plan: GroupPlan;
  readonly inventory: Inventory;
  readonly isoStorage: string;
}

/** @returns the first reason; `null` when the host will do. */
export function hostObjection(host: HostFacts, question: HostQuestion): string | null {
  const { group } = question;
  if (host.drained === true) return 'it is drained for maintenance';
  const { targetNodes } = group.placement;
  if (targetNodes.length > 0 && !targetNodes.includes(host.name)) return 'it is not among the targetNodes';
  return (
    bridgeObjection(host, question) ??
    storageObjection(host, question) ??
    imageObjection(host, question) ??
    cloneObjection(host, question)
  );
}

function bridgeObjection(host: HostFacts, { definition, group }: HostQuestion): string | null {
  const primary = {
    bridge: group.network.bridge ?? definition.network.bridge,
    privateVLAN: group.network.privateVLAN ?? definition.network.privateVLAN,
  };
  for (const { bridge: name, privateVLAN } of [primary, ...group.network.interfaces]) {
    const bridge = host.bridges.find((candidate) => candidate.name === name);
    if (bridge === undefined) return `it has no bridge "${name}"`;
    const objection = vlanObjection(bridge, privateVLAN);
    if (objection !== null) return objection;
  }
  return null;
}

function storageObjection(
  host: HostFacts,
  { group, plan, inventory, isoStorage }: HostQuestion,
): string | null {
  const target = storageOn(inventory, host, plan.storage);
  if (!target?.content.includes('images')) return `it has no storage "${plan.storage}" for disks`;
  const needsMedium = plan.boot.method !== 'PXE' && plan.boot.delivery === 'MEDIUM';
  if (needsMedium && !storageOn(inventory, host, isoStorage)?.content.includes('iso'))
    return `it has no storage "${isoStorage}" for ISO images`;
  const { diskGiB } = group.template;
  return target.freeGiB < diskGiB
    ? `storage "${plan.storage}" has ${target.freeGiB} GiB free, ${diskGiB} GiB are needed`
    : null;
}

/** The file is there, or can be downloaded to there. */
function imageObjection(host: HostFacts, { plan, inventory }: HostQuestion): string | null {
  const image = imageOf(plan);
  if (image === null) return null;
  const storage = image.volume.slice(0, image.volume.indexOf(':'));
  if (!storageOn(inventory, host, storage)?.content.includes(image.content))
    return `it has no storage "${storage}" for content "${image.content}"`;
  const isThere = inventory.images.some(
    (candidate) => candidate.volume === image.volume && candidate.host === host.name,
  );
  return isThere || image.url !== null ? null : `it has no image ${image.volume}`;
}

/** Proxmox VE clones to another host only where the template's disks and the target storage are both shared. */
function cloneObjection(host: HostFacts, { plan, inventory }: HostQuestion): string | null {
  const { source, storage } = plan;
  if (source.kind !== 'clone' || host.name === source.host) return null;
  const isShared = (name: string): boolean => storageOn(inventory, host, name)?.shared === true;
  return isShared(storage) && isShared(source.storage)
    ? null
    : `template ${source.vmid} is on local storage of ${source.host}`;
}

/** The file that the machines are made from or boot from. */
export function imageOf({ source, boot }: Pick<GroupPlan, 'source' | 'boot'>): PlannedImage | null {
  return source.kind === 'import' ? source.image : boot.iso;
}

function storageOn(inventory: Inventory, host: HostFacts, name: string): StorageFacts | undefined {
  return inventory.storages.find((candidate) => candidate.host === host.name && candidate.name === name);
}
