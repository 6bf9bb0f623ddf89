/** Turns a definition and what Proxmox VE offers into a plan, or says all that stands in its way. */
import type { AntiAffinity, ClusterDefinition, NodeGroup } from './cluster-definition.js';
import { fail, type Fault } from './errors.js';
import { criticalPathSeconds } from './graph.js';
import { nodeName } from './ids.js';
import type { HostFacts, Inventory } from './inventory.js';
import { clusterTag, OWNER_TAG } from './machine.js';
import { machineFirewall } from './network/firewall-rules.js';
import { networkWarnings } from './network/network-warnings.js';
import type { MachineSystem, Plan, PlannedMachine, VmidRange } from './plan.js';
import { isHelper, isNode, type StepOutline } from './plan-steps.js';
import { bootServiceWarnings } from './planning/boot-service.js';
import { planAddresses, type FreePool, type PlannedAddresses } from './planning/addresses.js';
import { planGroup, type GroupPlan, type GroupPlanInput } from './planning/group.js';
import { planSteps } from './planning/provision-steps.js';
import { hostObjection } from './planning/host-objection.js';
import { csiNodeLabels } from './services/proxmox-csi.js';

export interface PlannerInput extends GroupPlanInput {
  readonly definition: ClusterDefinition;
  readonly inventory: Inventory;
  readonly vmidRange: VmidRange;
  /** Free addresses of the definition's range. */
  readonly pool: FreePool;
  /** Of the range of each further interface, by `interfaceKey`. */
  readonly interfacePools: Readonly<Record<string, FreePool>>;
  /** What the distribution cannot do of the definition, and what was found out elsewhere. */
  readonly faults: readonly Fault[];
  readonly place: Place;
  readonly outline: StepOutline;
  /** Of the machines that are nodes. */
  readonly system: MachineSystem;
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
  readonly cores: number;
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
  const faults: Fault[] = [...input.faults];
  const wanted = definition.nodeGroups.flatMap((group, index) =>
    wantedMachines(group, index, { input, faults, ordinals: fromOne(group.count) }),
  );
  const results = input.place(
    wanted.map(({ request }) => request),
    inventory.hosts,
  );
  const addresses = planAddresses({ ...input, groups: wanted.map(({ group }) => group) });
  faults.push(...placementFaults(definition, wanted, results), ...addresses.faults);
  refuseFaults(faults);

  const machines = wanted.map((want, position) =>
    plannedMachine(want, { result: results[position], position, addresses, input }),
  );
  const steps = planSteps(definition, machines, input.outline);
  return {
    cluster: definition.name,
    type: definition.type,
    version: definition.version,
    machines,
    vmidRange: input.vmidRange,
    virtualAddresses: addresses.virtualAddresses,
    steps,
    expectedSeconds: criticalPathSeconds(steps),
    warnings: [
      ...networkWarnings(definition),
      ...bootServiceWarnings(definition),
      ...spreadWarnings(machines),
    ],
  };
}

/** @throws `PLAN_INFEASIBLE` when there is one. */
export function refuseFaults(faults: readonly Fault[]): void {
  if (faults.length === 0) return;
  const found = faults.map((fault) => ({ ...fault, pointer: asWritten(fault.pointer) }));
  const summary = found.map(({ pointer, detail }) => `${pointer}: ${detail}`).join('; ');
  throw fail('PLAN_INFEASIBLE', summary, { faults: found });
}

/** A host that takes the quorum with it is worth knowing of, also where the definition allows it. */
export function spreadWarnings(machines: readonly PlannedMachine[]): string[] {
  const members = machines.filter(({ role }) => role === 'CONTROL_PLANE');
  const quorum = Math.floor(members.length / 2) + 1;
  if (members.length < 3) return [];
  return [...new Set(members.map(({ host }) => host))].flatMap((host) => {
    const there = members.filter((member) => member.host === host).length;
    if (members.length - there >= quorum) return [];
    return [
      `${there} of ${members.length} control-plane machines are on ${host}: when it fails, the quorum does`,
    ];
  });
}

function fromOne(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n + 1);
}

export interface WantedMachine {
  readonly group: NodeGroup;
  readonly groupIndex: number;
  readonly ordinal: number;
  readonly plan: GroupPlan;
  readonly request: PlaceRequest;
}

/** Adds to `faults` what keeps the machines from being planned. */
export function wantedMachines(
  group: NodeGroup,
  groupIndex: number,
  {
    input,
    faults,
    ordinals,
  }: {
    readonly input: PlannerInput;
    readonly faults: Fault[];
    readonly ordinals: readonly number[];
  },
): WantedMachine[] {
  const { definition } = input;
  const pointer = groupPointer(definition, group, groupIndex);
  for (const [index, name] of group.placement.targetNodes.entries()) {
    if (input.inventory.hosts.some((host) => host.name === name)) continue;
    faults.push({
      pointer: `${pointer}/placement/targetNodes/${index}`,
      detail: `there is no Proxmox host "${name}"`,
    });
  }
  const plan = planGroup(group, pointer, input);
  if (Array.isArray(plan)) {
    faults.push(...plan);
    return [];
  }
  const { inventory, isoStorage } = input;
  return ordinals.map((ordinal) => ({
    group,
    groupIndex,
    ordinal,
    plan,
    request: {
      machine: nodeName(definition.name, group.name, ordinal),
      group: group.name,
      memoryMiB: group.template.memoryMiB,
      cores: group.template.cores,
      antiAffinity: group.placement.antiAffinity,
      preferredHosts: group.placement.preferredNodes,
      objection: (host) => hostObjection(host, { definition, group, plan, inventory, isoStorage }),
    },
  }));
}

/** Where the definition asks for a group: those of services stand with their service. */
function groupPointer(
  { services }: ClusterDefinition,
  { role, name }: NodeGroup,
  groupIndex: number,
): string {
  if (role !== 'SERVICE') return `/nodeGroups/${groupIndex}`;
  return `/services/${services.findIndex((service) => service.name === name)}/configuration/machines`;
}

/** A service says at once what a node group says in parts. */
function asWritten(pointer: string): string {
  return pointer.replace(/^(\/services\/\d+\/configuration\/machines)\/(?:template|placement)(?=\/|$)/, '$1');
}

export function placementFaults(
  definition: ClusterDefinition,
  wanted: readonly WantedMachine[],
  results: readonly PlaceResult[],
): Fault[] {
  return results.flatMap((result, position) => {
    if (result.kind === 'placed') return [];
    const want = wanted[position];
    const group = want === undefined ? '' : groupPointer(definition, want.group, want.groupIndex);
    const pointer = `${group}/placement`;
    return [{ pointer, detail: `no host can take ${result.machine}: ${result.reasons.join('; ')}` }];
  });
}

export function plannedMachine(
  { group, ordinal, plan, request }: WantedMachine,
  {
    result,
    position,
    addresses,
    input,
  }: {
    readonly result: PlaceResult | undefined;
    readonly position: number;
    readonly addresses: PlannedAddresses;
    readonly input: PlannerInput;
  },
): PlannedMachine {
  const { definition } = input;
  const placed = addresses.machines[position];
  if (result?.kind !== 'placed' || placed === undefined)
    throw fail('INTERNAL', `${request.machine} has no host`);
  const { cores, memoryMiB, diskGiB, cpuType } = group.template;
  return {
    name: request.machine,
    group: group.name,
    role: group.role,
    ordinal,
    host: result.host,
    source: plan.source,
    boot: plan.boot,
    storage: plan.storage,
    isoStorage: input.isoStorage,
    cores,
    memoryMiB,
    diskGiB,
    cpuType,
    network: placed.network,
    interfaces: placed.interfaces,
    system: isHelper(group) ? 'CLOUD_INIT' : input.system,
    firewall: machineFirewall(definition, group),
    tags: [OWNER_TAG, clusterTag(definition.name), ...group.tags],
    labels: { ...group.labels, ...(isNode(group) ? csiNodeLabels(definition, result.host) : {}) },
    taints: group.taints,
    metadata: group.metadata,
  };
}
