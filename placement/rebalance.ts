/** Which running machines to move so that no host is much fuller than another; and, mostly, none. */

export interface BalanceHost {
  readonly name: string;
  readonly online: boolean;
  readonly memoryMiB: number;
}

export interface BalanceGuest {
  readonly vmid: number;
  readonly host: string;
  readonly memoryMiB: number;
  /** Hosts that Proxmox VE says it may be migrated to (`GET …/migrate`). */
  readonly allowedHosts: readonly string[];
  /** Seconds since it was moved last; `null` when it never was. */
  readonly movedSecondsAgo: number | null;
  /** The cluster whose etcd it is a member of. */
  readonly etcdOf: string | null;
  /** Guests of one such group are kept on different hosts. */
  readonly apartFrom: string | null;
}

/** Shares are parts of a host's memory, from 0 to 1. */
export interface BalancePolicy {
  /** Nothing is begun while the fullest and the emptiest host are closer than this. */
  readonly beginAt: number;
  /** Once begun, moves are proposed until they are as close as this: lower than {@link beginAt}, or it would flap. */
  readonly endAt: number;
  /** A move has to bring the two hosts closer by at least this. */
  readonly leastGain: number;
  /** A host is never filled beyond this: what runs on it may come to need all that it was given. */
  readonly mostFilled: number;
  /** A guest that was moved stays where it is for so long. */
  readonly restSeconds: number;
  readonly mostMoves: number;
}

export const DEFAULT_BALANCE: BalancePolicy = {
  beginAt: 0.3,
  endAt: 0.15,
  leastGain: 0.05,
  mostFilled: 0.85,
  restSeconds: 3600,
  mostMoves: 3,
};

export interface Move {
  readonly vmid: number;
  readonly from: string;
  readonly to: string;
  /** By how much the two hosts come closer. */
  readonly gain: number;
}

export interface Balance {
  readonly moves: readonly Move[];
  /** Why there are no more moves than these. */
  readonly reason: string;
}

/**
 * Greedy, one move at a time, each judged by what the ones before it lead to. Members of one etcd are moved one at a
 * time, over all calls.
 * @param moving VMIDs whose migration is under way.
 * @param ownedByProxmox Proxmox VE balances by itself (`crs: ha-auto-rebalance=1`): two balancers fight.
 */
export function balance(
  hosts: readonly BalanceHost[],
  guests: readonly BalanceGuest[],
  options: {
    readonly policy?: BalancePolicy;
    readonly moving?: readonly number[];
    readonly ownedByProxmox?: boolean;
  } = {},
): Balance {
  const { policy = DEFAULT_BALANCE, moving = [], ownedByProxmox = false } = options;
  if (ownedByProxmox) return { moves: [], reason: 'Proxmox VE balances by itself' };
  const online = hosts.filter((host) => host.online);
  const at = new Map(guests.map(({ vmid, host }) => [vmid, host]));
  const etcdInFlight = new Set(
    guests.filter(({ vmid }) => moving.includes(vmid)).flatMap(({ etcdOf }) => etcdOf ?? []),
  );
  const state: State = { online, guests, at, etcdInFlight, resting: new Set(moving), policy };
  const moves: Move[] = [];
  const begun = spreadOf(state);
  if (begun < policy.beginAt) return { moves, reason: `hosts differ by ${percent(begun)} only` };
  while (moves.length < policy.mostMoves - moving.length) {
    if (spreadOf(state) <= policy.endAt) return { moves, reason: 'hosts are close enough' };
    const move = bestMove(state);
    if (move === undefined) return { moves, reason: 'no further move is worth it and allowed' };
    moves.push(move);
    at.set(move.vmid, move.to);
    state.resting.add(move.vmid);
    const { etcdOf } = guests.find(({ vmid }) => vmid === move.vmid) ?? { etcdOf: null };
    if (etcdOf !== null) etcdInFlight.add(etcdOf);
  }
  return { moves, reason: `at most ${policy.mostMoves} moves go on at once` };
}

interface State {
  readonly online: readonly BalanceHost[];
  readonly guests: readonly BalanceGuest[];
  /** Where each guest is, with the moves so far done. */
  readonly at: Map<number, string>;
  readonly etcdInFlight: Set<string>;
  readonly resting: Set<number>;
  readonly policy: BalancePolicy;
}

/** How much fuller the fullest host is than the emptiest. */
function spreadOf(state: State): number {
  const filled = state.online.map((host) => filledOf(state, host));
  return filled.length === 0 ? 0 : Math.max(...filled) - Math.min(...filled);
}

function filledOf({ guests, at }: State, host: BalanceHost, extraMiB = 0): number {
  const used = guests
    .filter(({ vmid }) => at.get(vmid) === host.name)
    .reduce((sum, { memoryMiB }) => sum + memoryMiB, extraMiB);
  return used / Math.max(1, host.memoryMiB);
}

function bestMove(state: State): Move | undefined {
  const { online, guests, at, policy } = state;
  const moves = guests.flatMap((guest) => {
    const from = online.find(({ name }) => name === at.get(guest.vmid));
    if (from === undefined || !mayMove(state, guest)) return [];
    return online.flatMap((to) => {
      if (to === from || !mayMoveTo(state, guest, to)) return [];
      const { memoryMiB, vmid } = guest;
      const before = [filledOf(state, from), filledOf(state, to)] as const;
      const after = [filledOf(state, from, -memoryMiB), filledOf(state, to, memoryMiB)] as const;
      const gain = before[0] - before[1] - Math.abs(after[0] - after[1]);
      if (gain < policy.leastGain) return [];
      return [
        {
          move: { vmid, from: from.name, to: to.name, gain },
          relief: unevenness(before) - unevenness(after),
        },
      ];
    });
  });
  // The same world always leads to the same move.
  return moves.sort(
    (a, b) => b.relief - a.relief || a.move.vmid - b.move.vmid || (a.move.to < b.move.to ? -1 : 1),
  )[0]?.move;
}

/**
 * Judges a move by all hosts together: what two of them gain is the same whichever one takes the guest, and one that is
 * not the emptiest has to be relieved again later.
 */
function unevenness(filled: readonly number[]): number {
  return filled.reduce((sum, share) => sum + share ** 2, 0);
}

function mayMove({ resting, etcdInFlight, policy }: State, guest: BalanceGuest): boolean {
  const { vmid, movedSecondsAgo, etcdOf } = guest;
  if (resting.has(vmid)) return false;
  if (movedSecondsAgo !== null && movedSecondsAgo < policy.restSeconds) return false;
  return etcdOf === null || !etcdInFlight.has(etcdOf);
}

function mayMoveTo(state: State, guest: BalanceGuest, to: BalanceHost): boolean {
  const { allowedHosts, memoryMiB, apartFrom, vmid } = guest;
  if (!allowedHosts.includes(to.name)) return false;
  if (filledOf(state, to, memoryMiB) > state.policy.mostFilled) return false;
  return !state.guests.some(
    (other) =>
      apartFrom !== null &&
      other.vmid !== vmid &&
      other.apartFrom === apartFrom &&
      state.at.get(other.vmid) === to.name,
  );
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
