/** One virtual router on one machine: whether it holds the addresses, as RFC 5798 has it. */
import type { NetworkInterface } from '../networking/interfaces.js';
import type { VrrpSpeaker } from '../networking/vrrp-segments.js';
import type { GuestSystem } from '../system.js';
import type { InstanceDefinition } from './configuration.js';

export interface InstanceParts {
  readonly system: GuestSystem;
  readonly definition: InstanceDefinition;
  readonly card: NetworkInterface;
  /** Whether it may hold addresses at all, by its checks and by those that fail with it. */
  readonly isFit: () => boolean;
  /** What its checks add to its priority. */
  readonly weight: () => number;
  readonly log: (line: string) => void;
  readonly notify: (role: VrrpSpeaker['role']) => void;
}

/** What becomes of the addresses: another one may have them, or they are kept for what comes next on this machine. */
export type StopReason = 'told' | 'power-gone' | 'reload';

const LEAST_PRIORITY = 1;
/** 255 is for who owns the addresses. */
const MOST_PRIORITY = 254;
/** So many adverts have to stay out before the master is taken to be gone. */
const MISSED_ADVERTS = 3;
const PRIORITIES = 256;

export class VrrpInstance implements VrrpSpeaker {
  readonly segment: string;
  readonly virtualRouterId: number;
  readonly address: string;
  readonly peers: readonly string[] | null;
  readonly authentication: string | null;
  role: VrrpSpeaker['role'] = 'fault';
  priority: number;
  private readonly parts: InstanceParts;
  private takeover: AbortController | undefined;
  private isOver = false;

  constructor(parts: InstanceParts) {
    const { definition, card } = parts;
    this.parts = parts;
    this.segment = card.segment;
    this.virtualRouterId = definition.virtualRouterId;
    this.address = definition.sourceAddress ?? card.addresses[0]?.address ?? '';
    this.peers = definition.peers;
    this.authentication = definition.authentication;
    this.priority = definition.priority;
  }

  get name(): string {
    return this.parts.definition.name;
  }

  /** @param wasMaster under the configuration before this one, and still has the addresses. */
  start(wasMaster: boolean): void {
    if (wasMaster) this.role = 'master';
    this.parts.system.vrrp.join(this);
    this.review(this.parts.definition.startsAsMaster);
  }

  stop(why: StopReason): void {
    this.isOver = true;
    this.takeover?.abort();
    const isGoodbye = why === 'told' && this.role === 'master';
    this.role = 'fault';
    if (isGoodbye) this.releaseAddresses();
    this.parts.system.vrrp.leave(this, isGoodbye);
  }

  addresses(): readonly string[] {
    return this.parts.definition.addresses.map(({ address }) => address);
  }

  reaches(address: string): boolean {
    return this.parts.system.reaches(address);
  }

  heard(saidSo: boolean): void {
    this.review(saidSo);
  }

  /** Does what follows from its own state and from what it hears. @param isShort the wait before it takes over is. */
  review(isShort = false): void {
    if (this.isOver) return;
    const { definition, isFit, weight } = this.parts;
    this.changePriority(Math.min(MOST_PRIORITY, Math.max(LEAST_PRIORITY, definition.priority + weight())));
    if (!isFit()) return this.become('fault');
    if (this.role === 'fault') this.become('backup');
    if (this.role === 'master') {
      if (this.masters().some((other) => outranks(other, this))) this.become('backup');
      else return this.holdAddresses();
    }
    if (this.isHeldBack()) this.cancelTakeover();
    else this.scheduleTakeover(isShort);
  }

  private masters(): VrrpSpeaker[] {
    return this.parts.system.vrrp.heardBy(this).filter(({ role }) => role === 'master');
  }

  /** A lower master is left alone without preemption. */
  private isHeldBack(): boolean {
    const { isPreempting } = this.parts.definition;
    return this.masters().some((other) => !isPreempting || other.priority >= this.priority);
  }

  private scheduleTakeover(isShort: boolean): void {
    if (this.takeover !== undefined && !isShort) return;
    this.cancelTakeover();
    const takeover = new AbortController();
    this.takeover = takeover;
    const { advertMs, preemptDelayMs } = this.parts.definition;
    const skewMs = ((PRIORITIES - this.priority) / PRIORITIES) * advertMs;
    const delayMs = this.masters().length > 0 ? preemptDelayMs : 0;
    const ms = (isShort ? 0 : MISSED_ADVERTS * advertMs) + skewMs + delayMs;
    this.parts.system.pause(ms, takeover.signal).then(
      () => {
        this.takeover = undefined;
        this.takeOver();
      },
      () => undefined,
    );
  }

  private cancelTakeover(): void {
    this.takeover?.abort();
    this.takeover = undefined;
  }

  private takeOver(): void {
    if (this.isOver || this.role !== 'backup' || this.isHeldBack()) return;
    // The better one has waited less, also where the lab's clock is too fast to show it.
    const others = this.parts.system.vrrp.heardBy(this).filter(({ role }) => role === 'backup');
    if (others.some((other) => outranks(other, this))) return this.scheduleTakeover(false);
    this.become('master');
  }

  private become(role: VrrpSpeaker['role']): void {
    if (this.role === role) return;
    const was = this.role;
    this.role = role;
    if (role !== 'backup') this.cancelTakeover();
    if (was === 'master') this.releaseAddresses();
    this.parts.log(`(${this.name}) Entering ${role.toUpperCase()} STATE`);
    // Who hears of a new master gives the addresses up before that one takes them.
    this.parts.system.vrrp.changed(this, was === 'master');
    if (role === 'master') this.holdAddresses();
    this.parts.notify(role);
  }

  private changePriority(priority: number): void {
    if (this.priority === priority) return;
    this.parts.log(`(${this.name}) Changing effective priority from ${this.priority} to ${priority}`);
    this.priority = priority;
    this.parts.system.vrrp.changed(this, false);
  }

  private holdAddresses(): void {
    if (this.role !== 'master') return;
    const { definition, system, card } = this.parts;
    for (const { interface: name, ...address } of definition.addresses)
      system.network.addAddress(name ?? card.name, address);
  }

  private releaseAddresses(): void {
    const { definition, system } = this.parts;
    for (const { address } of definition.addresses) system.network.removeAddress(address);
  }
}

/** The higher address decides between equals. */
function outranks(other: VrrpSpeaker, one: VrrpSpeaker): boolean {
  if (other.priority !== one.priority) return other.priority > one.priority;
  return bytesOf(other.address) > bytesOf(one.address);
}

function bytesOf(address: string): string {
  return address
    .split('.')
    .map((part) => part.padStart(3, '0'))
    .join('.');
}
