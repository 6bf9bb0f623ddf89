/** keepalived while it runs: its instances, and the scripts that decide whether they are fit. */
import type { GuestSystem } from '../system.js';
import type { InstanceDefinition, KeepalivedConfiguration, TrackScript } from './configuration.js';
import { VrrpInstance, type StopReason } from './instance.js';

/** Real time between two runs of a script, at least: each is a shell. */
const LEAST_INTERVAL_MS = 200;
const LEAST_TIMEOUT_MS = 2_000;

export interface DaemonParts {
  readonly system: GuestSystem;
  readonly configuration: KeepalivedConfiguration;
  readonly log: (line: string) => void;
  /** Runs a script as a user. @returns its exit code. */
  readonly shell: (script: string, user: string) => Promise<number>;
}

/** Of a script that did not end in time. */
const TIMED_OUT = 124;

interface ScriptState {
  isPassing: boolean;
  /** How often it has said otherwise in a row. */
  contradictions: number;
  isKnown: boolean;
}

export class KeepalivedDaemon {
  private readonly system: GuestSystem;
  private readonly configuration: KeepalivedConfiguration;
  private readonly log: (line: string) => void;
  private readonly shell: DaemonParts['shell'];
  private readonly ended = new AbortController();
  private readonly states = new Map<string, ScriptState>();
  private readonly instances = new Map<string, VrrpInstance>();

  constructor({ system, configuration, log, shell }: DaemonParts) {
    this.system = system;
    this.configuration = configuration;
    this.log = log;
    this.shell = shell;
    for (const { name, failsAtFirst } of configuration.scripts)
      this.states.set(name, { isPassing: !failsAtFirst, contradictions: 0, isKnown: false });
    for (const definition of configuration.instances) {
      const card = system.interfaces.list().find(({ name }) => name === definition.interface);
      if (card === undefined) continue;
      const instance = new VrrpInstance({
        system,
        definition,
        card,
        log,
        isFit: () => this.isGroupFit(definition),
        weight: () => this.weightOf(definition),
        notify: (role) => this.notify(definition, role),
      });
      this.instances.set(definition.name, instance);
    }
  }

  /**
   * Resolves when the scripts have said something for the first time, and all is running.
   * @param former what it takes over from, without letting go of the addresses that stay.
   */
  async start(former?: KeepalivedDaemon): Promise<void> {
    await Promise.all(this.configuration.scripts.map((script) => this.run(script)));
    if (this.ended.signal.aborted) return;
    const masters = former?.masters() ?? [];
    former?.stop('reload');
    for (const script of this.configuration.scripts) this.repeat(script).catch(() => undefined);
    for (const instance of this.instances.values()) instance.start(masters.includes(instance.name));
    const kept = [...this.instances.values()].flatMap((instance) => instance.addresses());
    for (const address of former?.addresses() ?? [])
      if (!kept.includes(address)) this.system.network.removeAddress(address);
  }

  stop(why: StopReason): void {
    this.ended.abort();
    for (const instance of this.instances.values()) instance.stop(why);
  }

  masters(): readonly string[] {
    return [...this.instances.values()].filter(({ role }) => role === 'master').map(({ name }) => name);
  }

  addresses(): readonly string[] {
    return [...this.instances.values()].flatMap((instance) => instance.addresses());
  }

  private async repeat(script: TrackScript): Promise<void> {
    const { signal } = this.ended;
    while (!signal.aborted) {
      await this.system.pause(script.intervalMs, signal, LEAST_INTERVAL_MS);
      if (await this.run(script)) for (const instance of this.instances.values()) instance.review();
    }
  }

  /** @returns whether what is known of the script has changed. */
  private async run({ name, command, user, timeoutMs, fall, rise }: TrackScript): Promise<boolean> {
    const state = this.states.get(name);
    if (state === undefined) return false;
    const { signal } = this.ended;
    const limit = this.system.pause(timeoutMs, signal, LEAST_TIMEOUT_MS).then(
      () => TIMED_OUT,
      () => TIMED_OUT,
    );
    const code = await Promise.race([this.shell(command, user), limit]);
    if (signal.aborted) return false;
    const hasPassed = code === 0;
    if (hasPassed === state.isPassing) {
      state.contradictions = 0;
      state.isKnown = true;
      return false;
    }
    state.contradictions += 1;
    // What it says first is believed at once.
    if (state.isKnown && state.contradictions < (hasPassed ? rise : fall)) return false;
    Object.assign(state, { isPassing: hasPassed, contradictions: 0, isKnown: true });
    this.log(`Script \`${name}\` now returning ${code}`);
    this.log(`VRRP_Script(${name}) ${hasPassed ? 'succeeded' : 'failed'} (exited with status ${code})`);
    return true;
  }

  private isGroupFit(definition: InstanceDefinition): boolean {
    const group = this.configuration.groups.find(({ members }) => members.includes(definition.name));
    const names = group?.members ?? [definition.name];
    return this.configuration.instances
      .filter(({ name }) => names.includes(name))
      .every((each) => this.isFit(each));
  }

  private isFit({ scripts, trackedInterfaces }: InstanceDefinition): boolean {
    const cards = this.system.interfaces.list().map(({ name }) => name);
    return (
      trackedInterfaces.every((name) => cards.includes(name)) &&
      scripts.every(({ name, weight }) => this.effectiveWeight(name, weight) !== 0 || this.isPassing(name))
    );
  }

  /** A positive weight is for what passes, a negative one for what does not. */
  private weightOf({ scripts }: InstanceDefinition): number {
    return scripts.reduce((sum, { name, weight }) => {
      const effective = this.effectiveWeight(name, weight);
      return effective > 0 === this.isPassing(name) ? sum + effective : sum;
    }, 0);
  }

  private effectiveWeight(name: string, weight: number | null): number {
    return weight ?? this.configuration.scripts.find((script) => script.name === name)?.weight ?? 0;
  }

  /** One that was left out decides nothing. */
  private isPassing(name: string): boolean {
    return this.states.get(name)?.isPassing ?? true;
  }

  private notify({ notify, name }: InstanceDefinition, role: 'master' | 'backup' | 'fault'): void {
    const { any } = notify;
    const commands = [notify[role], any === null ? null : `${any} INSTANCE ${name} ${role.toUpperCase()}`];
    for (const command of commands) if (command !== null) void this.shell(command, 'root');
  }
}
