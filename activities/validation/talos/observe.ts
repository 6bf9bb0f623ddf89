/** Asks each machine with Talos for its services and, where it is a member, for its etcd. */
import { isNode } from '../../../domain/plan-steps.js';
import { fail } from '../../../domain/errors.js';
import type { SeenFacts } from '../../../domain/validation/facts.js';
import type { TalosFact } from '../../../domain/validation/facts/talos.js';
import type { ValidatedMachine } from '../../../domain/validation/subject.js';
import { unseen } from '../../../domain/validation/verdict.js';
import { talosMachine, type TalosAccess, type TalosMachine } from '../../talos/access.js';
import { TalosCallError } from '../../talos/api/call-error.js';
import { METHODS } from '../../talos/api/methods.js';
import type { ServiceInfo } from '../../talos/api/messages.js';
import { etcdObjection } from '../../talos/etcd.js';
import { lookedAt } from '../looked-at.js';
import { mapLimited } from '../map-limited.js';
import type { ObserveRequest } from '../observe-request.js';

const MOST_AT_ONCE = 10;
/** Services that have done their work, or that a machine does not need. */
const SETTLED = ['Running', 'Finished', 'Skipped'];

export async function observeTalosMachines(
  access: TalosAccess,
  { clusterUid, machines }: ObserveRequest,
  signal: AbortSignal,
): Promise<SeenFacts> {
  const rows = await access.store.machines.ofCluster(clusterUid);
  const uuids = new Map(rows.map(({ name, uuid }) => [name, uuid]));
  const facts = await mapLimited(machines.filter(isNode), MOST_AT_ONCE, async (machine) => {
    const { name, address } = machine;
    const machineUuid = uuids.get(name);
    if (machineUuid === undefined) return { machine: name, seen: unseen('the ledger does not know it') };
    const found = await lookedAt(signal, async () =>
      talosFact(await talosMachine(access, { clusterUid, machineUuid, address }, signal), machine),
    );
    return { machine: name, seen: found };
  });
  return { talos: { kind: 'seen', value: facts } };
}

async function talosFact(talos: TalosMachine, { name, role }: ValidatedMachine): Promise<TalosFact> {
  const services = await servicesOf(talos);
  return {
    serviceProblems: services.flatMap((service) => problemOf(service, talos) ?? []),
    etcdProblem: role === 'CONTROL_PLANE' ? await etcdObjection(talos, name) : null,
  };
}

async function servicesOf(talos: TalosMachine): Promise<readonly ServiceInfo[]> {
  try {
    return await talos.asMember(async (connection) => {
      const { messages } = await connection.call(METHODS.serviceList, {});
      return messages[0]?.services ?? [];
    });
  } catch (error) {
    if (!(error instanceof TalosCallError)) throw error;
    throw fail('TALOS_UNREACHABLE', talos.redact(error.message), { cause: error });
  }
}

function problemOf({ id, state, health }: ServiceInfo, { redact }: TalosMachine): string | undefined {
  if (!SETTLED.includes(state)) return `${id} is ${state}`;
  if (state !== 'Running' || health === undefined || health === null) return undefined;
  return health.healthy || health.unknown ? undefined : `${id} is not healthy: ${redact(health.lastMessage)}`;
}
