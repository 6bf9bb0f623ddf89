/**
 * Moves machines of a cluster to other hosts, one after the other. Each is emptied before it goes and has its work back
 * before the next one does; whatever ends this, none is left cordoned, or half on its way.
 */
import { CancellationScope, CancelledFailure, isCancellation } from '@temporalio/workflow';
import { moveSteps, type MoveMachinesRequest } from '../domain/hosts/move-machines.js';
import { isNode } from '../domain/plan-steps.js';
import type { PlannedMachine } from '../domain/plan.js';
import { withServices } from '../domain/services/service-groups.js';
import { upcastDefinition } from '../domain/upcast.js';
import { ledger, planning } from './lib/activities.js';
import { hasMembers } from './lib/etcd.js';
import { failureOf } from './lib/failure.js';
import { moveMachine, type Moving } from './lib/move-machine.js';
import { ScaleRun } from './lib/scale-run.js';
import type { DayTwoInput, DayTwoResult, Failure } from './messages.js';

const LOOK = { id: 'look', title: 'Read the ledger', machine: null } as const;
const SETTINGS = { id: 'read-settings', title: 'Read the settings of the service', machine: null } as const;

export async function moveMachines(input: DayTwoInput<MoveMachinesRequest>): Promise<DayTwoResult> {
  const { definition, plan, nodes, request } = input;
  if (plan === null) {
    const detail = `nothing is remembered of the machines of "${definition.name}"`;
    return { status: 'failed', failure: { code: 'INTERNAL', detail }, notes: [], cluster: null };
  }
  const title = `${definition.name}: ${request.machines.length} machines leave ${request.from}`;
  const run = new ScaleRun(title, plan, nodes, { kind: 'move-machines' });
  let status: DayTwoResult['status'] = 'succeeded';
  let failure: Failure | null = null;
  try {
    await moveAll(input, run);
  } catch (error) {
    const { code, detail } = failureOf(error);
    status = isCancellation(error) ? 'cancelled' : 'failed';
    failure = isCancellation(error) ? null : { code, detail };
  }
  await CancellationScope.nonCancellable(() => run.settled());
  const cluster = { definition, plan: run.wholePlan, nodes: run.nodeList() };
  return { status, failure, notes: run.notes, cluster };
}

async function moveAll(
  { clusterUid, definition: recorded, request }: DayTwoInput<MoveMachinesRequest>,
  run: ScaleRun,
): Promise<void> {
  const definition = withServices(upcastDefinition(recorded));
  run.steps.declare([LOOK, SETTINGS]);
  const known = await run.steps.run(LOOK.id, (options) =>
    ledger.listMachines.executeWithOptions(options, [{ clusterUid }]),
  );
  for (const identity of known) run.identities.set(identity.name, identity);
  run.settings = await run.steps.run(SETTINGS.id, (options) =>
    planning.serviceSettings.executeWithOptions(options, []),
  );
  const moves = request.machines.flatMap((wanted): Moving[] => {
    const machine = run.wholePlan.machines.find(({ name }) => name === wanted.name);
    const identity = run.identities.get(wanted.name);
    if (machine === undefined || identity === undefined) {
      run.notes.push(`${wanted.name} is not in the cluster any more`);
      return [];
    }
    const votes = isMember(machine) && hasMembers(definition);
    return [{ clusterUid, definition, run, request, wanted, identity, isNode: isNode(machine), votes }];
  });
  run.steps.declare(moves.flatMap((move) => moveSteps(move.wanted, move)));
  for (const move of moves) {
    // What was begun has come to its end; the next one is not touched, and so not put back either.
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('cancelled');
    await moveMachine(move);
  }
}

function isMember(machine: PlannedMachine): boolean {
  return isNode(machine) && machine.role === 'CONTROL_PLANE';
}
