/** What all machines of a node group have in common: how they boot, and what their disks are made from. */
import { chooseBootMethod } from '../boot/choose-boot-method.js';
import {
  BOOT_METHODS,
  type BootConfiguration,
  type BootMethod,
  type NodeGroup,
} from '../cluster-definition.js';
import type { Fault } from '../errors.js';
import type { CatalogueImage } from '../image-source.js';
import type { Inventory, TemplateFacts } from '../inventory.js';
import type { MachineSource, PlannedBoot } from '../plan.js';
import type { MachineDefaults } from './machine-defaults.js';
import { imageOfGroup, isFault, plannedImage, type GroupImage, type ImageStorages } from './image.js';

export interface GroupPlan {
  readonly boot: PlannedBoot;
  readonly source: MachineSource;
  /** Storage of the machines' disks. */
  readonly storage: string;
}

export interface GroupPlanInput extends ImageStorages, MachineDefaults {
  /** What the distribution has a group boot over the network; left out, what the group says. */
  readonly networkBoot?: (group: NodeGroup) => BootConfiguration;
  readonly inventory: Inventory;
  readonly catalogue: readonly CatalogueImage[];
  readonly bootMethods: readonly BootMethod[];
}

/** @returns every fault when there is one. */
export function planGroup(asked: NodeGroup, pointer: string, input: GroupPlanInput): GroupPlan | Fault[] {
  const group = withServiceImage(withNetworkBoot(asked, input), input);
  const image = imageOfGroup(group, pointer, input.catalogue);
  if (isFault(image)) return [image];
  const choice = chooseBootMethod(group, image.source, methodsOf(group, input));
  if (choice.kind === 'refused') return [{ pointer: `${pointer}${choice.field}`, detail: choice.detail }];

  const { delivery, kernel, initrd, kernelArguments } = group.boot;
  const boot: PlannedBoot = {
    method: choice.method,
    reason: choice.reason,
    delivery,
    iso: null,
    kernel: null,
    initrd: null,
    kernelArguments: [],
  };
  switch (choice.method) {
    case 'TEMPLATE': {
      const disk = diskFrom(group, image, pointer, input);
      return Array.isArray(disk) ? disk : { ...disk, boot };
    }
    case 'ISO': {
      const iso = plannedImage(image, pointer, input);
      if (isFault(iso)) return [iso];
      const storage = emptyDiskStorage(group, pointer, input);
      return typeof storage === 'string'
        ? { boot: { ...boot, iso }, source: { kind: 'empty' }, storage }
        : [storage];
    }
    case 'PXE': {
      const storage = emptyDiskStorage(group, pointer, input);
      if (typeof storage !== 'string') return [storage];
      return { boot: { ...boot, kernel, initrd, kernelArguments }, source: { kind: 'empty' }, storage };
    }
  }
}

function diskFrom(
  group: NodeGroup,
  image: GroupImage,
  pointer: string,
  input: GroupPlanInput,
): Omit<GroupPlan, 'boot'> | Fault[] {
  const { source } = image;
  if (source?.kind !== 'template') {
    const planned = plannedImage(image, pointer, input);
    if (isFault(planned)) return [planned];
    const storage = emptyDiskStorage(group, pointer, input);
    return typeof storage === 'string' ? { source: { kind: 'import', image: planned }, storage } : [storage];
  }
  const template = findTemplate(source, input.inventory);
  if (typeof template === 'string') {
    const detail = template;
    return [{ pointer: `${pointer}/template/imageSource`, detail, code: 'TEMPLATE_NOT_FOUND' }];
  }
  if (group.template.diskGiB < template.diskGiB) {
    return [
      {
        pointer: `${pointer}/template/diskGiB`,
        detail: `the template's disk has ${template.diskGiB} GiB, and a disk cannot shrink to ${group.template.diskGiB} GiB`,
      },
    ];
  }
  const storage = group.template.storage ?? template.storage;
  const { vmid, name, host } = template;
  return {
    source: {
      kind: 'clone',
      vmid,
      name,
      host,
      storage: template.storage,
      fullClone: storage !== template.storage,
    },
    storage,
  };
}

/** @returns the template, or why there is none. */
function findTemplate(
  source: { storage: string; vmid: number; name: string },
  inventory: Inventory,
): TemplateFacts | string {
  const template = inventory.templates.find(({ vmid }) => vmid === source.vmid);
  if (template === undefined) return `there is no template with VMID ${source.vmid}`;
  if (template.name !== source.name)
    return `template ${source.vmid} is named "${template.name}", not "${source.name}"`;
  if (template.storage !== source.storage) {
    return `the disk of template ${source.vmid} is on storage "${template.storage}", not on "${source.storage}"`;
  }
  return template;
}

function withNetworkBoot(group: NodeGroup, { networkBoot }: GroupPlanInput): NodeGroup {
  return networkBoot === undefined || group.role === 'SERVICE'
    ? group
    : { ...group, boot: networkBoot(group) };
}

/** Those of the distribution are for its nodes; what serves them is configured by cloud-init, however it boots. */
function methodsOf({ role }: NodeGroup, { bootMethods }: GroupPlanInput): readonly BootMethod[] {
  return role === 'SERVICE' || role === 'BASTION' ? BOOT_METHODS : bootMethods;
}

function withServiceImage(group: NodeGroup, { serviceImage }: MachineDefaults): NodeGroup {
  const { role, template } = group;
  if (role !== 'SERVICE' || template.imageSource !== null) return group;
  return { ...group, template: { ...template, imageSource: serviceImage } };
}

function emptyDiskStorage(
  { template }: NodeGroup,
  pointer: string,
  { machineStorage }: MachineDefaults,
): string | Fault {
  return (
    template.storage ??
    machineStorage ?? {
      pointer: `${pointer}/template/storage`,
      detail: "is needed: only a clone can take its template's own storage",
    }
  );
}
