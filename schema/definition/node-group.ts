/** Node groups: machines that are alike. */
import * as z from 'zod';
import {
  ANTI_AFFINITIES,
  BOOT_METHODS,
  CONFIG_DELIVERIES,
  NODE_ROLES,
  TAINT_EFFECTS,
} from '../../domain/cluster-definition.js';
import { groupNetwork } from './group-network.js';
import { labelValue, nodeLabelKey, qualifiedName } from './kubernetes-names.js';
import { template } from './template.js';
import {
  bootFileName,
  configTemplateName,
  dnsLabel,
  kernelArgument,
  noteKey,
  noteValue,
  proxmoxHost,
  proxmoxTag,
} from './text.js';

const MAX_ENTRIES = 64;

const hosts = z.array(proxmoxHost).max(64);

const placement = z
  .strictObject({
    targetNodes: hosts.optional().meta({ description: 'Only these hosts; all when empty' }),
    preferredNodes: hosts.optional().meta({ description: 'These hosts first' }),
    antiAffinity: z.enum(ANTI_AFFINITIES).optional().meta({
      description: 'SOFT by default for several control-plane machines, else NONE',
    }),
  })
  .meta({ id: 'Placement' });

const boot = z
  .strictObject({
    method: z.enum(BOOT_METHODS).optional().meta({ description: "The cluster's bootMethod by default" }),
    configTemplate: configTemplateName.nullable().optional(),
    delivery: z.enum(CONFIG_DELIVERIES).optional().meta({
      description:
        'MEDIUM: an attached ISO image. NETWORK: fetched from the boot service with a one-time token.',
    }),
    kernel: bootFileName.nullable().optional().meta({ description: 'For PXE: a file of the boot service' }),
    initrd: bootFileName.nullable().optional(),
    kernelArguments: z.array(kernelArgument).max(64).optional(),
  })
  .meta({ id: 'Boot' });

const taint = z
  .strictObject({
    key: qualifiedName,
    value: labelValue.optional().meta({ default: '' }),
    effect: z.enum(TAINT_EFFECTS),
  })
  .meta({ id: 'Taint' });

const lifecycle = z
  .strictObject({
    temporary: z.boolean().optional().meta({ description: 'By default only BOOTSTRAP machines are' }),
    cleanupAfterBoot: z.boolean().optional().meta({ description: 'By default only for BOOTSTRAP machines' }),
  })
  .meta({ id: 'Lifecycle' });

export const nodeGroup = z
  .strictObject({
    name: dnsLabel(40).meta({ examples: ['server'] }),
    role: z.enum(NODE_ROLES),
    count: z.int().min(0).max(500).meta({ description: '0 only for WORKER and INFRA' }),
    template: template.optional(),
    placement: placement.optional(),
    boot: boot.optional(),
    network: groupNetwork.optional(),
    tags: z.array(proxmoxTag).max(32).optional(),
    metadata: atMost(MAX_ENTRIES, z.record(noteKey, noteValue))
      .optional()
      .meta({ description: "Notes, written to the VM's description", maxProperties: MAX_ENTRIES }),
    labels: atMost(MAX_ENTRIES, z.record(nodeLabelKey, labelValue))
      .optional()
      .meta({ description: 'Kubernetes node labels', maxProperties: MAX_ENTRIES }),
    taints: z.array(taint).max(32).optional(),
    lifecycle: lifecycle.optional(),
  })
  .meta({ id: 'NodeGroup' });

function atMost<T extends z.ZodRecord>(limit: number, record: T): T {
  return record.refine(
    (entries) => Object.keys(entries).length <= limit,
    `must have at most ${limit} entries`,
  );
}
