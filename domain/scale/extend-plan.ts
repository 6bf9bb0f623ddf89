/** Plans the machines that are added to a cluster; those that it has stay what and where they are. */
import type { Fault } from '../errors.js';
import { criticalPathSeconds } from '../graph.js';
import type { Plan, PlannedMachine } from '../plan.js';
import {
  placementFaults,
  plannedMachine,
  refuseFaults,
  spreadWarnings,
  wantedMachines,
  type PlaceRequest,
  type PlannerInput,
} from '../planner.js';
import { interfaceKey, planAddresses, type FreePool } from '../planning/addresses.js';
import { planSteps } from '../planning/provision-steps.js';

export interface ExtendInput extends PlannerInput {
  /** Of the machines that there are. */
  readonly plan: Plan;
  readonly group: string;
  /** Of the machines to be added. */
  readonly ordinals: readonly number[];
}

/**
 * @returns the plan with the new machines at its end.
 * @throws `PLAN_INFEASIBLE` with every fault, each pointing into the definition.
 */
export function extendPlan(input: ExtendInput): Plan {
  const { definition, plan, inventory, ordinals } = input;
  const faults: Fault[] = [...input.faults];
  const wanted = definition.nodeGroups.flatMap((group, index) =>
    group.name === input.group ? wantedMachines(group, index, { input, faults, ordinals }) : [],
  );
  const there = plan.machines.map(placed);
  const results = input
    .place([...there, ...wanted.map(({ request }) => request)], inventory.hosts)
    .slice(there.length);
  const addresses = planAddresses(addressInput(input));
  refuseFaults([...faults, ...placementFaults(definition, wanted, results), ...addresses.faults]);
  const held = addresses.machines.length - wanted.length;
  const added = wanted.map((want, position) =>
    plannedMachine(want, {
      result: results[position],
      position: held + position,
      addresses,
      input,
    }),
  );
  const machines = [...plan.machines, ...added];
  const steps = planSteps(definition, machines, input.outline);
  return {
    ...plan,
    machines,
    steps,
    expectedSeconds: criticalPathSeconds(steps),
    warnings: [...new Set([...plan.warnings, ...spreadWarnings(machines)])],
  };
}

/** Stands for a machine that is there: it takes no more room, and new ones of its group keep apart from it. */
function placed({ name, group, host }: PlannedMachine): PlaceRequest {
  return {
    ...{ machine: name, group, memoryMiB: 0, cores: 0, antiAffinity: 'NONE', preferredHosts: [] },
    objection: (candidate) => (candidate.name === host ? null : `${name} is on ${host}`),
  };
}

/** What is leased already is given out first, to those that have it: all else follows from it as in a first plan. */
function addressInput({ definition, plan, group, ordinals, pool, interfacePools }: ExtendInput) {
  const { network, nodeGroups } = definition;
  const groupOf = new Map(nodeGroups.map((one) => [one.name, one]));
  const known = plan.machines.filter((machine) => groupOf.has(machine.group));
  const names = [...known.map((machine) => machine.group), ...ordinals.map(() => group)];
  const after = (held: readonly (string | null)[], { free, prefixLength }: FreePool): FreePool => ({
    free: [...held.flatMap((address) => address ?? []), ...free],
    prefixLength,
  });
  const heldOn = (key: string): (string | null)[] =>
    known.flatMap((machine) =>
      machine.interfaces
        .filter(({ name }) => interfaceKey(machine.group, name) === key)
        .map(({ address }) => address),
    );
  const addressOf = (name: string): string | null =>
    plan.virtualAddresses.find((one) => one.name === name)?.address ?? null;
  return {
    definition: {
      ...definition,
      network: {
        ...network,
        virtualAddresses: network.virtualAddresses.map((one) => ({
          ...one,
          address: addressOf(one.name) ?? one.address,
        })),
      },
    },
    pool: after(
      known.map((machine) => machine.network.address),
      pool,
    ),
    interfacePools: Object.fromEntries(
      Object.entries(interfacePools).map(([key, one]) => [key, after(heldOn(key), one)]),
    ),
    groups: names.flatMap((name) => groupOf.get(name) ?? []),
  };
}
