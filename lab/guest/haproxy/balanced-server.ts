/** One server of a backend while HAProxy runs: whether it is used, what its checks say, who is connected to it. */
import type { Duplex } from 'node:stream';
import type { Server } from './configuration.js';
import type { CheckResult } from './health-check.js';

export type AdminState = 'ready' | 'drain' | 'maint';

export class BalancedServer {
  readonly definition: Server;
  /** Counts from 1. */
  readonly id: number;
  admin: AdminState;
  /** Milliseconds since the epoch. */
  changedAt = Date.now();
  lastCheck: CheckResult | null = null;
  total = 0;
  readonly sessions = new Set<Duplex>();
  /** For a fair round: grows with the weight, and falls with each choice. */
  credit = 0;
  isUp: boolean;
  /** Below `rise` it is down. A server begins with `rise`: the first failure takes it down. */
  private health: number;

  constructor(definition: Server, id: number) {
    const { rise, isDisabled } = definition.settings;
    this.definition = definition;
    this.id = id;
    this.admin = isDisabled ? 'maint' : 'ready';
    this.health = rise;
    this.isUp = !isDisabled;
  }

  isUsable(): boolean {
    return this.isUp && this.admin === 'ready' && this.definition.settings.weight > 0;
  }

  /** @returns whether it has gone up or down by it. */
  note(result: CheckResult): boolean {
    this.lastCheck = result;
    const { rise, fall } = this.definition.settings;
    const most = rise + fall - 1;
    // What comes up has all its lives at once, loses one for each failure, and begins anew on its way up.
    if (result.isPassed) this.health = this.health + 1 >= rise ? most : this.health + 1;
    else this.health = this.health > rise ? this.health - 1 : 0;
    return this.turn(this.health >= rise);
  }

  set(admin: AdminState): void {
    if (this.admin === admin) return;
    const wasOut = this.admin === 'maint';
    this.admin = admin;
    if (admin === 'maint') this.turn(false);
    else if (wasOut) {
      this.health = this.definition.settings.rise;
      this.turn(true);
    }
  }

  /** As `show stat` says it. */
  status(): string {
    const { rise, fall, isChecked } = this.definition.settings;
    if (this.admin === 'maint') return 'MAINT';
    if (!this.isUp) return this.health > 0 ? `DOWN ${this.health}/${rise}` : 'DOWN';
    if (this.admin === 'drain') return 'DRAIN';
    if (!isChecked) return 'no check';
    const lives = this.health - rise + 1;
    return lives < fall ? `UP ${lives}/${fall}` : 'UP';
  }

  /** As `show servers state` counts it. */
  checkHealth(): number {
    return this.definition.settings.isChecked ? this.health : 0;
  }

  isChanging(): boolean {
    const { rise, fall } = this.definition.settings;
    return this.health !== 0 && this.health !== rise + fall - 1;
  }

  private turn(isUp: boolean): boolean {
    if (this.isUp === isUp) return false;
    this.isUp = isUp;
    this.changedAt = Date.now();
    if (!isUp && this.definition.settings.endsSessionsWhenDown)
      for (const session of this.sessions) session.destroy();
    return true;
  }
}
