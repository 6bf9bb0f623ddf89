/** Some clusters at once in one Proxmox cluster that goes wrong in random ways, all of them out of one seed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProxmoxClient } from '../../activities/proxmox/client.js';
import { Latency } from '../../lab/latency.js';
import type { MachineHost } from '../../lab/machine-host.js';
import { startProxmoxSimulator, type ProxmoxSimulator } from '../../lab/proxmox/simulator.js';
import { LabState } from '../../lab/state.js';
import { Audit } from './audit.js';
import { randomDefinition } from './definitions.js';
import { Draw } from './draw.js';
import { GuestFaults } from './guests.js';
import { Mishaps } from './mishaps.js';
import { Person } from './person.js';
import { connectTo, QUARANTINE_SECONDS, WorkerProcess } from './worker-process.js';
import { RandomFaults } from './random-faults.js';
import { Run } from './run.js';
import type { Session } from './session.js';
import { isLoss, Strangers } from './strangers.js';

export interface BatchResult {
  readonly seed: number;
  /** What each run came to, before it was removed. */
  readonly outcomes: readonly string[];
  /** How many of each kind. */
  readonly faults: ReadonlyMap<string, number>;
  readonly kills: number;
  /** VMIDs and addresses: how often one was given out, and how many different ones. */
  readonly given: number;
  readonly different: number;
  /**
   * Why the batch did not come to its end. The time-skipping server now and then never answers a workflow's task that
   * cancels an activity just as that ends; from then on its workflow stands still.
   */
  readonly brokenOff: string | null;
  /** Empty when all went as it has to. */
  readonly violations: readonly string[];
}

const LOOK_EVERY = '20 seconds';
/** In the time of the runs that is more than a day. */
const MOST_LOOKS = 5_000;
/** In the time of the runs three hours: no step lets so much go by between two of its attempts. */
const MOST_IDLE_LOOKS = 540;
/** Time stands still for the runs as long as they are looked at. */
const MOST_LOOK_MS = 5_000;
/** So many in a row, and nobody will ever answer. */
const MOST_UNANSWERED_ROUNDS = 8;
const MOST_WALL_MS = 300_000;
/** In looks. */
const MOST_DELAY = 60;
const MOST_DECOMMISSIONS = 4;
const MOST_FAULTS = 80;
const A_KILL = 0.004;
const MOST_KILLS = 3;
/** Nothing runs inside the VMs. */
const EMPTY_MACHINES: MachineHost = {
  powerOn: () => {},
  powerOff: () => {},
  shutdown: () => Promise.resolve(),
  diskRemoved: () => {},
};

/** @param runs how many clusters. */
export async function runBatch(session: Session, seed: number, runs: number): Promise<BatchResult> {
  const batch = new Batch(session, seed);
  const timer = new AbortController();
  const tooLong = sleep(MOST_WALL_MS, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`it takes longer than ${MOST_WALL_MS / 1_000} s`);
  });
  try {
    await batch.start(runs);
    return await Promise.race([batch.result(), tooLong]);
  } catch (error) {
    return await batch.brokenOff(error instanceof Error ? error.message : String(error));
  } finally {
    timer.abort();
    await tooLong.catch(() => undefined);
    await batch.close();
  }
}

class Batch {
  private readonly session: Session;
  private readonly seed: number;
  private readonly draw: Draw;
  private readonly folder = mkdtempSync(join(tmpdir(), 'clusterwright-faults-'));
  private readonly databasePath = join(this.folder, 'store.db');
  private readonly guestFaults: GuestFaults;
  private readonly mishaps: Mishaps;
  private readonly faults: RandomFaults;
  private simulator!: ProxmoxSimulator;
  private process!: WorkerProcess;
  private audit!: Audit;
  private strangers!: Strangers;
  private administrator!: ProxmoxClient;
  private readonly runs = new Map<string, Run>();
  private isCalm = false;
  private isOver = false;
  private readonly end = new AbortController();
  private activities = 0;
  private kills = 0;
  /** The process that takes over from one that died. */
  private replacing: Promise<void> = Promise.resolve();

  constructor(session: Session, seed: number) {
    this.session = session;
    this.seed = seed;
    this.draw = new Draw(`faults ${seed}`);
    this.guestFaults = new GuestFaults(this.draw.of('guests'));
    this.mishaps = new Mishaps(() => ({
      simulator: this.simulator,
      awaited: () => this.audit.awaitedVmids(),
      made: () => this.audit.madeVmids(),
    }));
    this.faults = new RandomFaults(this.draw.of('faults'), this.mishaps);
  }

  async start(runs: number): Promise<void> {
    this.simulator = await startProxmoxSimulator({
      host: '127.0.0.1',
      port: 0,
      latency: new Latency({ speed: 0, seed: this.seed }),
      faults: this.faults,
      state: new LabState(null),
      machines: EMPTY_MACHINES,
      timing: { cloneLockMs: 100, configLockMs: 200, storageLockMs: 300, statusIntervalMs: 50 },
    });
    this.administrator = connectTo(this.simulator);
    this.process = await this.startProcess();
    this.audit = new Audit(this.databasePath);
    const names = Array.from({ length: runs }, (_, index) => `r${this.seed}-${index + 1}`);
    this.strangers = new Strangers(this.administrator, this.simulator);
    await this.strangers.moveIn(`${names[0]}-server-1`);
    for (const name of names) this.runs.set(name, this.aRun(name));
    this.session.serve((name, args) => this.perform(name, args));
    // Some have hardly any, some so many that little gets through.
    this.faults.unleash(Math.floor(MOST_FAULTS * this.draw.number('budget')));
  }

  /** What it asked of Temporal is not waited for any longer than it lasts. */
  result(): Promise<BatchResult> {
    const { connection } = this.session.environment;
    return connection.withAbortSignal(this.end.signal, () => this.liveAndGo());
  }

  private async liveAndGo(): Promise<BatchResult> {
    const runs = [...this.runs.values()];
    await this.untilAll((run) => run.look());
    this.calmDown();
    const violations = [...this.stuck(runs), ...this.doubles(runs)];
    await this.removeAll(runs);
    violations.push(
      ...this.stuck(runs),
      ...(await this.strangers.violations(this.mishaps.strangers)),
      ...this.audit.leftOver(),
      ...this.audit.overlaps(QUARANTINE_SECONDS),
    );
    return this.resultWith([...new Set(violations)], null);
  }

  /** Something stands still, or answers with an error that nobody expects: it is told with what waits for what. */
  async brokenOff(reason: string): Promise<BatchResult> {
    this.calmDown();
    const waits = [...this.runs.values()].flatMap(({ definition: { name }, waitsFor }) =>
      waitsFor.length === 0 ? [] : [`${name} waits for: ${waitsFor.join('; ')}`],
    );
    const lost = (await this.strangers.violations(this.mishaps.strangers)).filter(isLoss);
    return this.resultWith(
      [...lost, ...this.audit.overlaps(QUARANTINE_SECONDS)],
      [reason, ...waits].join('\n    '),
    );
  }

  private resultWith(violations: readonly string[], brokenOff: string | null): BatchResult {
    return {
      brokenOff,
      seed: this.seed,
      outcomes: [...this.runs.values()].map(({ outcome }) => outcome ?? 'none'),
      faults: this.faults.counts,
      kills: this.kills,
      ...this.audit.reuse(),
      violations,
    };
  }

  async close(): Promise<void> {
    this.isOver = true;
    this.end.abort();
    this.session.serve(() => Promise.reject(new Error('the batch is over')));
    await this.replacing;
    await this.process.stop();
    await this.administrator.close();
    this.audit.close();
    await this.simulator.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private aRun(name: string): Run {
    const draw = this.draw.of(name);
    const surroundings = {
      temporal: this.session.environment.client,
      simulator: this.simulator,
      proxmox: this.administrator,
    };
    return new Run({
      definition: randomDefinition(name, draw),
      decommissionAt: draw.chance('leaves early', 0.3) ? draw.integer('leaves at', 1, 60) : null,
      beginAfterLooks: draw.chance('comes later', 0.3) ? draw.integer('comes after', 1, MOST_DELAY) : 0,
      surroundings,
      person: new Person(surroundings, draw.of('person')),
    });
  }

  private startProcess(): Promise<WorkerProcess> {
    const { simulator, databasePath, guestFaults } = this;
    return WorkerProcess.start({ simulator, databasePath, guestFaults });
  }

  private async perform(name: string, args: unknown): Promise<unknown> {
    const cluster = clusterOf(args);
    this.activities += 1;
    const run = cluster === undefined ? undefined : this.runs.get(cluster);
    if (cluster !== undefined && run === undefined) throw new Error(`${cluster} is of a batch that is over`);
    run?.activityBegins();
    if (!this.isCalm && this.kills < MOST_KILLS && this.draw.chance(`kill ${this.activities}`, A_KILL)) {
      this.kills += 1;
      this.replacing = this.replacing.then(() => this.replaceProcess());
    }
    await this.replacing;
    return this.process.perform(name, args);
  }

  private async replaceProcess(): Promise<void> {
    await this.process.kill();
    this.process = await this.startProcess();
  }

  private calmDown(): void {
    this.isCalm = true;
    this.faults.lift();
    this.guestFaults.lift();
  }

  /** Looks at all, again and again, until all say that they are done, or it takes too long. */
  private async untilAll(isDone: (run: Run) => Promise<boolean>): Promise<void> {
    let open = [...this.runs.values()];
    const unanswered = new Map<Run, number>();
    let idleLooks = 0;
    let activities = this.activities;
    for (let looks = 0; looks < MOST_LOOKS && !this.isOver; looks += 1) {
      const answers = await Promise.all(
        // Nothing moves on while everybody waits for one answer.
        open.map((run) => Promise.race([isDone(run), sleep(MOST_LOOK_MS, undefined, { ref: false })])),
      );
      for (const [index, run] of open.entries()) {
        const rounds = answers[index] === undefined ? (unanswered.get(run) ?? 0) + 1 : 0;
        unanswered.set(run, rounds);
        if (rounds === MOST_UNANSWERED_ROUNDS)
          throw new Error(`nobody answers for ${run.definition.name} any more`);
      }
      open = open.filter((_run, index) => answers[index] !== true);
      if (open.length === 0) return;
      idleLooks = this.activities === activities ? idleLooks + 1 : 0;
      ({ activities } = this);
      if (idleLooks === MOST_IDLE_LOOKS) throw new Error('nothing is done any more');
      await this.session.environment.sleep(LOOK_EVERY);
    }
  }

  private async removeAll(runs: readonly Run[]): Promise<void> {
    for (let round = 0; round < MOST_DECOMMISSIONS; round += 1) {
      const left = runs.filter((run) => !run.isGone);
      if (left.length === 0) return;
      await Promise.all(left.map((run) => run.decommission()));
      await this.untilAll((run) => run.look());
    }
  }

  private stuck(runs: readonly Run[]): string[] {
    return runs.flatMap(({ definition: { name }, outcome, waitsFor }) => [
      ...(outcome === null ? [`${name} came to no end: ${waitsFor.join('; ')}`] : []),
      ...(outcome === 'FAILED: ' ? [`${name} failed without a reason`] : []),
    ]);
  }

  /** A cluster that is READY has each of its machines once. */
  private doubles(runs: readonly Run[]): string[] {
    const { vms } = this.simulator.inspect();
    return runs
      .flatMap(({ readyMachines }) => readyMachines)
      .flatMap((machine) => {
        const found = vms.filter(({ vmid, name }) => name === machine && !this.strangers.has(vmid));
        return found.length === 1
          ? []
          : [`${machine} of a cluster that is READY is there ${found.length} times`];
      });
  }
}

/** The cluster that an activity is for, where its arguments say. */
function clusterOf(args: unknown): string | undefined {
  const { cluster, identity, definition } = (args ?? {}) as {
    readonly cluster?: string;
    readonly identity?: { readonly cluster: string };
    readonly definition?: { readonly name: string };
  };
  return cluster ?? identity?.cluster ?? definition?.name;
}
