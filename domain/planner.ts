/** Turns a definition and what Proxmox VE offers into a plan, or says all that stands in its way. */
import type { AntiAffinity, ClusterDefinition, NodeGroup } from './cluster-definition.js';
import { fail, type Fault } from './errors.js';
import { criticalPathSeconds } from './graph.js';
import { nodeName } from './ids.js';
import { parseImageSource } from './image-source.js';
import type { HostFacts, Inventory, StorageFacts, TemplateFacts } from './inventory.js';
import { clusterTag, OWNER_TAG } from './machine.js';
import type { Plan, PlannedMachine, PlannedTemplate, VmidRange } from './plan.js';
import { planSteps, type StepOutline } from './plan-steps.js';

export interface PlannerInput {
  readonly definition: ClusterDefinition;
  readonly inventory: Inventory;
  readonly vmidRange: VmidRange;
  readonly isoStorage: string;
  /** Free addresses of the definition's range, in order of preference. */
  readonly freeAddresses: readonly string[];
  readonly prefixLength: number;
  /** What the distribution cannot do of the definition. */
  readonly platformFaults: readonly Fault[];
  readonly place: Place;
  readonly outline: StepOutline;
}

export type Place = (
  requests: readonly PlaceRequest[],
  hosts: readonly HostFacts[],
) => readonly PlaceResult[];

export interface PlaceRequest {
  readonly machine: string;
  /** Machines of one group keep apart from each other, as `antiAffinity` says. */
  readonly group: string;
  readonly memoryMiB: number;
  readonly antiAffinity: AntiAffinity;
  readonly preferredHosts: readonly string[];
  /** Why a host is out of the question before resources are looked at; `null` when it is not. */
  readonly objection: (host: HostFacts) => string | null;
}

export type PlaceResult =
  | { readonly kind: 'placed'; readonly machine: string; readonly host: string }
  /** `reasons` says for each host, in order, why not. */
  | { readonly kind: 'unplaced'; readonly machine: string; readonly reasons: readonly string[] };

/** @throws `PLAN_INFEASIBLE` with every fault, each pointing into the definition. */
export function buildPlan(input: PlannerInput): Plan {
  const { definition, inventory } = input;
  const faults: Fault[] = [...input.platformFaults];
  const wanted = definition.nodeGroups.flatMap((group, index) =>
    machinesOf(definition, group, index, input, faults),
  );
  const results = input.place(
    wanted.map(({ request }) => request),
    inventory.hosts,
  );
  faults.push(...placementFaults(wanted, results), ...addressFaults(wanted.length, input));
  if (faults.length > 0) {
    const summary = faults.map(({ pointer, detail }) => `${pointer}: ${detail}`).join('; ');
    throw fail('PLAN_INFEASIBLE', summary, { faults });
  }

  const machines = wanted.map((want, position) => plannedMachine(want, results[position], position, input));
  const steps = planSteps(machines, input.outline);
  return {
    cluster: definition.name,
    type: definition.type,
    version: definition.version,
    machines,
    vmidRange: input.vmidRange,
    steps,
    expectedSeconds: criticalPathSeconds(steps),
    warnings: [],
  };
}

interface WantedMachine {
  readonly group: NodeGroup;
  readonly groupIndex: number;
  readonly ordinal: number;
  readonly template: PlannedTemplate;
  readonly storage: string;
  readonly request: PlaceRequest;
}

function machinesOf(
  definition: ClusterDefinition,
  group: NodeGroup,
  groupIndex: number,
  input: PlannerInput,
  faults: Fault[],
): WantedMachine[] {
  const source = parseImageSource(group.template.imageSource ?? '');
  const found = source && findTemplate(source, input.inventory);
  if (found === undefined || typeof found === 'string') {
    const detail = found ?? 'an image source `storage:vmid/name` is needed';
    faults.push({
      pointer: `/nodeGroups/${groupIndex}/template/imageSource`,
      detail,
      code: 'TEMPLATE_NOT_FOUND',
    });
    return [];
  }
  if (group.template.diskGiB < found.diskGiB) {
    faults.push({
      pointer: `/nodeGroups/${groupIndex}/template/diskGiB`,
      detail: `the template's disk has ${found.diskGiB} GiB, and a disk cannot shrink to ${group.template.diskGiB} GiB`,
    });
  }
  for (const [index, name] of group.placement.targetNodes.entries()) {
    if (input.inventory.hosts.some((host) => host.name === name)) continue;
    faults.push({
      pointer: `/nodeGroups/${groupIndex}/placement/targetNodes/${index}`,
      detail: `there is no Proxmox host "${name}"`,
    });
  }
  const storage = group.template.storage ?? found.storage;
  const template = { ...found, fullClone: storage !== found.storage };
  return Array.from({ length: group.count }, (_, n) => ({
    group,
    groupIndex,
    ordinal: n + 1,
    template,
    storage,
    request: {
      machine: nodeName(definition.name, group.name, n + 1),
      group: group.name,
      memoryMiB: group.template.memoryMiB,
      antiAffinity: group.placement.antiAffinity,
      preferredHosts: group.placement.preferredNodes,
      objection: (host) => objectionTo(host, { definition, group, template, storage, input }),
    },
  }));
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

function objectionTo(
  host: HostFacts,
  want: {
    definition: ClusterDefinition;
    group: NodeGroup;
    template: PlannedTemplate;
    storage: string;
    input: PlannerInput;
  },
): string | null {
  const { definition, group, template, storage, input } = want;
  const { targetNodes } = group.placement;
  if (targetNodes.length > 0 && !targetNodes.includes(host.name)) return 'it is not among the targetNodes';
  const bridge = group.network.bridge ?? definition.network.bridge;
  if (!host.bridges.includes(bridge)) return `it has no bridge "${bridge}"`;
  const on = (name: string): StorageFacts | undefined =>
    input.inventory.storages.find((candidate) => candidate.host === host.name && candidate.name === name);
  const target = on(storage);
  if (!target?.content.includes('images')) return `it has no storage "${storage}" for disks`;
  if (!on(input.isoStorage)?.content.includes('iso'))
    return `it has no storage "${input.isoStorage}" for ISO images`;
  if (target.freeGiB < group.template.diskGiB) {
    return `storage "${storage}" has ${target.freeGiB} GiB free, ${group.template.diskGiB} GiB are needed`;
  }
  // Proxmox VE clones to another host only where the template's disks and the target storage are both shared.
  if (host.name !== template.host && !(target.shared && on(template.storage)?.shared === true)) {
    return `template ${template.vmid} is on local storage of ${template.host}`;
  }
  return null;
}

function placementFaults(wanted: readonly WantedMachine[], results: readonly PlaceResult[]): Fault[] {
  return results.flatMap((result, position) => {
    if (result.kind === 'placed') return [];
    const pointer = `/nodeGroups/${wanted[position]?.groupIndex ?? 0}/placement`;
    return [{ pointer, detail: `no host can take ${result.machine}: ${result.reasons.join('; ')}` }];
  });
}

function addressFaults(count: number, input: PlannerInput): Fault[] {
  const free = input.freeAddresses.length;
  if (free >= count) return [];
  const range = input.definition.network.ipRange;
  const detail = `${range} has ${free} free addresses, ${count} are needed`;
  return [{ pointer: '/network/ipRange', detail, code: 'ADDRESSES_EXHAUSTED' }];
}

function plannedMachine(
  want: WantedMachine,
  result: PlaceResult | undefined,
  position: number,
  input: PlannerInput,
): PlannedMachine {
  const { group, ordinal, template, storage, request } = want;
  const { network } = input.definition;
  return {
    name: request.machine,
    group: group.name,
    role: group.role,
    ordinal,
    host: result?.kind === 'placed' ? result.host : '',
    template,
    storage,
    isoStorage: input.isoStorage,
    cores: group.template.cores,
    memoryMiB: group.template.memoryMiB,
    diskGiB: group.template.diskGiB,
    cpuType: group.template.cpuType,
    network: {
      bridge: group.network.bridge ?? network.bridge,
      vlan: group.network.privateVLAN ?? network.privateVLAN,
      address: input.freeAddresses[position] ?? '',
      prefixLength: input.prefixLength,
      gateway: network.gateway,
      nameservers: network.nameservers,
      domain: network.domain,
      mtu: network.mtu,
    },
    tags: [OWNER_TAG, clusterTag(input.definition.name), ...group.tags],
    labels: group.labels,
    taints: group.taints,
    metadata: group.metadata,
  };
}
