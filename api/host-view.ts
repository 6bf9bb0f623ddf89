/** What is shown of a host: what is on it now, whether it is marked, and what came of its latest drain. */
import type { GuestFacts, HostSight } from '../domain/hosts/guest-facts.js';
import type { HostResponse } from '../schema/responses.js';
import type { DrainRecord, HostMark } from '../store/host-port.js';

export interface HostKnowledge {
  readonly sight: HostSight;
  readonly marks: readonly HostMark[];
  readonly drain: DrainRecord | undefined;
}

export function hostView(
  { name, online }: HostSight['hosts'][number],
  { sight, marks, drain }: HostKnowledge,
): HostResponse {
  const here = sight.guests.filter((guest) => guest.host === name && !guest.isTemplate);
  const markedAt = marks.find((mark) => mark.host === name)?.markedAt ?? null;
  return {
    ...{ name, online, drained: markedAt !== null, markedAt },
    machines: here.flatMap(machineView),
    others: here
      .filter(({ machine }) => machine === null)
      .map(({ vmid, kind, name: guest, isRunning }) => ({ vmid, kind, name: guest, isRunning })),
    drain: drain === undefined ? null : drainView(drain),
  };
}

function machineView({ machine, name, vmid, isRunning }: GuestFacts): HostResponse['machines'] {
  return machine === null ? [] : [{ cluster: machine.cluster, machine: name ?? '', vmid, isRunning }];
}

function drainView({ number, status, startedAt, endedAt, plan, outcome }: DrainRecord) {
  const { moved, left, detail } = outcome ?? { moved: [], left: [], detail: null };
  return {
    ...{ number, status, startedAt, endedAt, detail },
    plan:
      plan === null
        ? null
        : {
            ...plan,
            moves: [...plan.moves],
            stays: [...plan.stays],
            others: [...plan.others],
            warnings: [...plan.warnings],
          },
    moved: [...moved],
    left: [...left],
  };
}
