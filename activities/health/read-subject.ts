/** What is looked at: the cluster as its own workflow knows it, and how it is to be looked after. */
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { ClusterDefinition, NodeGroup } from '../../domain/cluster-definition.js';
import type { HealthSubject } from '../../domain/health/judge.js';
import { replaceObjection } from '../../domain/health/replaceable.js';
import { scheduleIds, workflowIds } from '../../domain/ids.js';
import { loginUser } from '../../domain/login-user.js';
import { isMade, type Phase } from '../../domain/phase.js';
import type { MachineSystem, Plan } from '../../domain/plan.js';
import { isNode } from '../../domain/plan-steps.js';
import { withServices } from '../../domain/services/service-groups.js';
import { upcastDefinition } from '../../domain/upcast.js';
import type { Store } from '../../store/store.js';
import { unanswered } from '../orchestration/ask-cluster.js';
import { removeSchedule } from '../orchestration/remove-schedule.js';

/** What the cluster's workflow answers, as far as it is read here: its names are for ever. */
interface ClusterAnswer {
  readonly uid: string;
  readonly phase: Phase;
  readonly definition: ClusterDefinition | null;
  readonly plan: Plan | null;
  readonly operation: { readonly id: string; readonly kind: string; readonly status: string } | null;
  readonly queue: readonly { readonly kind: string }[];
}

/** How each machine is logged in to. */
export interface GuestLogin {
  readonly name: string;
  readonly address: string;
  readonly user: string;
  readonly system: MachineSystem;
}

export type ReadSubject =
  | { readonly kind: 'watched'; readonly subject: HealthSubject; readonly guests: readonly GuestLogin[] }
  | { readonly kind: 'not-watched'; readonly reason: string };

const STATE_QUERY = 'state';

/** Ends the Schedule of a cluster that is gone. @throws `ORCHESTRATOR_UNAVAILABLE`, `WORKER_UNAVAILABLE` */
export async function readSubject(
  store: Store,
  client: Client,
  { cluster }: { readonly cluster: string },
): Promise<ReadSubject> {
  const policy = await store.health.policy(cluster);
  const record = await store.clusters.get(cluster);
  if (record === undefined || record.phase === 'GONE') {
    // It was only just asked for: its workflow has not written anything down yet.
    if (record === undefined && policy !== undefined) return notWatched('the cluster is not known yet');
    await removeSchedule(client, scheduleIds.health(cluster));
    await store.health.forget(cluster);
    return notWatched('the cluster is gone');
  }
  if (policy === undefined) return notWatched('it has no policy');
  const state = await stateOf(client, cluster);
  if (state === undefined || state.definition === null || state.plan === null)
    return notWatched('nothing is remembered of its machines');
  if (!isMade(state.phase)) return notWatched(`it is ${state.phase}`);
  const definition = withServices(upcastDefinition(state.definition));
  const { plan } = state;
  const machines = plan.machines.filter(({ role }) => role !== 'BOOTSTRAP');
  const groupOf = new Map(definition.nodeGroups.map((group) => [group.name, group]));
  return {
    kind: 'watched',
    subject: {
      ...{ cluster, clusterUid: state.uid, policy, busy: busyWith(state) },
      machines: machines.map(({ name, group, role, host, network }) => ({
        ...{ name, group, role, host, address: network.address },
        notReplaceable: replaceObjection(definition, plan, name),
      })),
      groups: definition.nodeGroups.map((group) => groupView(group, plan)),
    },
    guests: machines.flatMap((machine) => {
      const group = groupOf.get(machine.group);
      if (group === undefined) return [];
      const { name, system, network } = machine;
      return [
        { name, system, address: network.address, user: loginUser(machine, group.template.cloudInit.user) },
      ];
    }),
  };
}

/** Only nodes are made anew: what serves the others is there from the first to the last. */
function groupView({ name, role, count }: NodeGroup, { machines }: Plan): HealthSubject['groups'][number] {
  const present = machines.filter((machine) => machine.group === name).length;
  return { name, role, present, wanted: isNode({ role }) ? count : present };
}

function busyWith({ operation, queue }: ClusterAnswer): string | null {
  if (operation?.status === 'running') return `the operation ${operation.kind} ${operation.id} runs`;
  const [next] = queue;
  return next === undefined ? null : `a ${next.kind} waits for its turn`;
}

async function stateOf(client: Client, cluster: string): Promise<ClusterAnswer | undefined> {
  try {
    return await client.workflow.getHandle(workflowIds.cluster(cluster)).query<ClusterAnswer>(STATE_QUERY);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw unanswered(cluster, error);
  }
}

function notWatched(reason: string): ReadSubject {
  return { kind: 'not-watched', reason };
}
