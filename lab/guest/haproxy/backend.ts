/** The servers behind one backend: their checks, and which of them gets the next connection. */
import type { GuestSystem } from '../system.js';
import { BalancedServer } from './balanced-server.js';
import type { Proxy } from './configuration.js';
import { checkServer } from './health-check.js';

export interface BackendParts {
  readonly system: GuestSystem;
  readonly log: (level: 'WARNING' | 'ALERT', text: string) => void;
  /** Aborted when no more checks are to be made. */
  readonly signal: AbortSignal;
}

/** Real time between two checks of a server, at least: steady ones would keep the host busy at a high speed of the lab. */
const STEADY_MS = 500;
const CHANGING_MS = 100;

export class Backend {
  readonly proxy: Proxy;
  /** Counts from 2: the socket is the first proxy. */
  readonly id: number;
  readonly servers: readonly BalancedServer[];
  private readonly parts: BackendParts;

  constructor(proxy: Proxy, id: number, parts: BackendParts) {
    this.proxy = proxy;
    this.id = id;
    this.parts = parts;
    this.servers = proxy.servers.map((server, index) => new BalancedServer(server, index + 1));
  }

  startChecks(): void {
    for (const server of this.servers)
      if (server.definition.settings.isChecked) this.watch(server).catch(() => undefined);
  }

  /** @param without what has just refused. */
  choose(without?: BalancedServer): BalancedServer | undefined {
    const candidates = this.candidates(without);
    if (this.proxy.balance === 'leastconn') return leastBusy(candidates);
    if (['source', 'first'].includes(this.proxy.balance)) return candidates[0];
    return nextInRound(candidates);
  }

  /** Who would get a connection, without giving it one. */
  peek(): BalancedServer | undefined {
    return this.candidates()[0];
  }

  /** Those in use: backup servers only where no other one is. */
  private candidates(without?: BalancedServer): readonly BalancedServer[] {
    const usable = this.servers.filter((server) => server !== without && server.isUsable());
    const first = usable.filter(({ definition }) => !definition.settings.isBackup);
    return first.length > 0 ? first : usable.slice(0, 1);
  }

  private async watch(server: BalancedServer): Promise<void> {
    const { system, signal } = this.parts;
    const { settings } = server.definition;
    while (!signal.aborted) {
      if (server.admin !== 'maint') await this.check(server);
      const isSteady = server.isUp && !server.isChanging();
      const ms = this.interval(server, isSteady);
      await system.pause(ms, signal, settings.isChecked && isSteady ? STEADY_MS : CHANGING_MS);
    }
  }

  private interval(server: BalancedServer, isSteady: boolean): number {
    const { intervalMs, fastIntervalMs, downIntervalMs } = server.definition.settings;
    if (isSteady) return intervalMs;
    if (!server.isUp && !server.isChanging()) return downIntervalMs ?? intervalMs;
    return fastIntervalMs ?? intervalMs;
  }

  private async check(server: BalancedServer): Promise<void> {
    const { system, signal } = this.parts;
    const { check, timeouts } = this.proxy;
    const { definition } = server;
    const patience = timeouts.check ?? timeouts.connect ?? definition.settings.intervalMs;
    const result = await checkServer(system, definition, check, patience, signal);
    if (signal.aborted || server.admin === 'maint' || !server.note(result)) return;
    const title = `Server ${this.proxy.name}/${definition.name} is`;
    const inUse = this.servers.filter((each) => each.isUp && !each.definition.settings.isBackup).length;
    const spare = this.servers.filter((each) => each.isUp && each.definition.settings.isBackup).length;
    const left = `${inUse} active and ${spare} backup servers`;
    const sessions = `${server.sessions.size} sessions active, 0 requeued, 0 remaining in queue.`;
    const info = result.info === '' ? '' : `, info: "${result.info}"`;
    const code = result.status === null ? '' : `, code: ${result.status}`;
    if (server.isUp)
      this.parts.log(
        'WARNING',
        `${title} UP, reason: ${result.reason}${code}${info}. ${left} online. ${sessions}`,
      );
    else
      this.parts.log(
        'WARNING',
        `${title} DOWN, reason: ${result.reason}${code}${info}. ${left} left. ${sessions}`,
      );
    if (inUse + spare === 0) this.parts.log('ALERT', `backend '${this.proxy.name}' has no server available!`);
  }
}

function leastBusy(servers: readonly BalancedServer[]): BalancedServer | undefined {
  const load = ({ sessions, definition }: BalancedServer): number =>
    sessions.size / definition.settings.weight;
  return servers.toSorted((a, b) => load(a) - load(b))[0];
}

/** Smooth weighted round robin: who has waited longest for its share. */
function nextInRound(servers: readonly BalancedServer[]): BalancedServer | undefined {
  const weightOf = ({ definition }: BalancedServer): number => definition.settings.weight;
  for (const server of servers) server.credit += weightOf(server);
  const chosen = servers.toSorted((a, b) => b.credit - a.credit)[0];
  if (chosen !== undefined) chosen.credit -= servers.reduce((sum, server) => sum + weightOf(server), 0);
  return chosen;
}
