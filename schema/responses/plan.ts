/** The shape of a plan. */
import * as z from 'zod';
import {
  CLUSTER_TYPES,
  CONFIG_DELIVERIES,
  MACHINE_ROLES,
  TAINT_EFFECTS,
} from '../../domain/cluster-definition.js';
import { FIREWALL_ACTIONS, FIREWALL_DIRECTIONS, FIREWALL_PROTOCOLS } from '../../domain/firewall.js';
import type { Plan, PlannedMachine, PlanStep } from '../../domain/plan.js';
import { resolvedDefinition } from './definition.js';

const plannedImage = z
  .object({
    volume: z.string(),
    content: z.enum(['import', 'iso']),
    url: z.string().nullable(),
    checksum: z.object({ algorithm: z.enum(['sha256', 'sha512']), hex: z.string() }).nullable(),
  })
  .meta({ id: 'PlannedImage' });

const machineSource = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('clone'),
      vmid: z.int(),
      name: z.string(),
      host: z.string(),
      storage: z.string(),
      fullClone: z.boolean(),
    }),
    z.object({ kind: z.literal('import'), image: plannedImage }),
    z.object({ kind: z.literal('empty') }),
  ])
  .meta({ id: 'MachineSource', description: "What the machine's disk is made from" });

const plannedBoot = z
  .object({
    method: z.enum(['TEMPLATE', 'ISO', 'PXE']),
    reason: z.string().meta({ description: 'Why this method' }),
    delivery: z.enum(CONFIG_DELIVERIES),
    iso: plannedImage.nullable(),
    kernel: z.string().nullable(),
    initrd: z.string().nullable(),
    kernelArguments: z.array(z.string()),
  })
  .meta({ id: 'PlannedBoot' });

const plannedInterface = z
  .object({
    name: z.string(),
    bridge: z.string(),
    vlan: z.int().nullable(),
    address: z.string().nullable(),
    prefixLength: z.int().nullable(),
    gateway: z.string().nullable(),
    mtu: z.int().nullable(),
  })
  .meta({ id: 'PlannedInterface' });

const plannedFirewallRule = z
  .object({
    direction: z.enum(FIREWALL_DIRECTIONS),
    action: z.enum(FIREWALL_ACTIONS),
    protocol: z.enum(FIREWALL_PROTOCOLS),
    ports: z.array(z.string()),
    source: z.string().nullable(),
    destination: z.string().nullable(),
    comment: z.string(),
  })
  .meta({ id: 'PlannedFirewallRule' });

const plannedMachine = z
  .object({
    name: z.string().meta({ description: 'Host name, VM name and Kubernetes node name' }),
    group: z.string(),
    role: z.enum(MACHINE_ROLES).meta({ description: 'SERVICE machines are those of services' }),
    ordinal: z.int(),
    host: z.string().meta({ description: 'Proxmox host' }),
    source: machineSource,
    boot: plannedBoot,
    storage: z.string(),
    isoStorage: z.string(),
    cores: z.int(),
    memoryMiB: z.int(),
    diskGiB: z.int(),
    cpuType: z.string(),
    network: z.object({
      bridge: z.string(),
      vlan: z.int().nullable(),
      address: z.string().meta({ description: 'Will be leased, unless another run takes it first' }),
      prefixLength: z.int(),
      gateway: z.string().nullable(),
      nameservers: z.array(z.string()),
      domain: z.string(),
      mtu: z.int().nullable(),
    }),
    interfaces: z.array(plannedInterface),
    system: z
      .enum(['CLOUD_INIT', 'IGNITION', 'TALOS'])
      .meta({ description: 'What brings it up at its first boot' }),
    firewall: z.array(plannedFirewallRule).nullable(),
    tags: z.array(z.string()),
    labels: z.record(z.string(), z.string()),
    taints: z.array(z.object({ key: z.string(), value: z.string(), effect: z.enum(TAINT_EFFECTS) })),
    metadata: z.record(z.string(), z.string()),
  })
  .meta({ id: 'PlannedMachine' }) satisfies z.ZodType<PlannedMachine>;

const planStep = z
  .object({
    id: z.string().meta({ examples: ['reserve', 'k3s-edge-server-1/claim-vm'] }),
    title: z.string(),
    machine: z.string().nullable(),
    dependsOn: z.array(z.string()),
    expectedSeconds: z.number(),
  })
  .meta({ id: 'PlanStep' }) satisfies z.ZodType<PlanStep>;

export const plan = z
  .object({
    cluster: z.string(),
    type: z.enum(CLUSTER_TYPES),
    version: z.string(),
    machines: z.array(plannedMachine),
    vmidRange: z.object({ from: z.int(), to: z.int() }),
    virtualAddresses: z.array(z.object({ name: z.string(), address: z.string() })),
    steps: z.array(planStep).meta({ description: 'Those whose dependsOn are done run at once' }),
    expectedSeconds: z.number().meta({ description: 'Length of the critical path' }),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'Plan', description: 'What a provision is going to do' }) satisfies z.ZodType<Plan>;

export const planAnswer = z
  .object({ definition: resolvedDefinition, plan })
  .meta({ id: 'PlanAnswer', description: 'The definition with all defaults, and what it leads to' });
export type PlanAnswerView = z.infer<typeof planAnswer>;
