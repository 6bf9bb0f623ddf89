/** Faults at random calls of the simulator, drawn from a seed, until there were as many as are allowed. */
import { Faults, type FaultEffect, type FaultStage, type FaultTarget } from '../../lab/faults.js';
import type { HoldEffect } from '../../lab/fault-effects.js';
import type { Draw } from './draw.js';
import type { Mishaps } from './mishaps.js';

type Effect = Exclude<FaultEffect, HoldEffect>;

interface Kind {
  readonly name: string;
  readonly stage: FaultStage;
  readonly effect: Effect;
}

const status = (code: number, message: string): Effect => ({ kind: 'status', status: code, message });
const CONNECTION: readonly Effect[] = [
  { kind: 'drop' },
  status(595, 'No route to host'),
  status(596, 'Connection timed out'),
  status(599, 'Too many redirections'),
];
const before = (effects: readonly Effect[]): Kind[] =>
  effects.map((effect) => ({ name: nameOf(effect), stage: 'before', effect }));

const AT_READS: readonly Kind[] = before(CONNECTION);

/** The answer to a change that was made is lost, or it is refused as Proxmox VE refuses what comes at the same time. */
const AT_CHANGES: readonly Kind[] = [
  ...before(CONNECTION),
  ...CONNECTION.map((effect): Kind => ({ name: nameOf(effect), stage: 'after', effect })),
  ...before([
    status(500, "can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout"),
    status(500, "trying to acquire cfs lock 'storage-ceph-vm' ... got lock request timeout"),
  ]),
];

const AT_TASKS: readonly Kind[] = before([
  { kind: 'task-error', message: "can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout" },
  { kind: 'task-error', message: 'unable to create image: got lock timeout - aborting command' },
  { kind: 'task-error', message: 'command failed with exit code 255' },
  { kind: 'task-warning', message: 'the host is short of entropy' },
  { kind: 'task-crash', when: 'underway' },
  { kind: 'task-crash', when: 'done' },
  { kind: 'storage-lock-timeout' },
]);

const STARTS_A_TASK =
  /^(?:POST \/nodes\/[^/]+\/qemu(?:\/\d+\/(?:clone|config|status\/\w+))?|PUT \/nodes\/[^/]+\/qemu\/\d+\/resize|DELETE \/nodes\/[^/]+\/(?:qemu\/\d+|storage\/.*)|POST \/nodes\/[^/]+\/storage\/.*)$/;

const AT_A_READ = 0.01;
const AT_A_CHANGE = 0.12;
const IN_A_TASK = 0.12;
const IN_THE_WORLD = 0.01;

export class RandomFaults extends Faults {
  /** How many of each kind there were. */
  readonly counts = new Map<string, number>();
  private readonly seen = new Map<string, number>();
  private readonly draw: Draw;
  private readonly mishaps: Mishaps;
  private budget = 0;

  constructor(draw: Draw, mishaps: Mishaps) {
    super();
    this.draw = draw;
    this.mishaps = mishaps;
  }

  /** From here on so many faults may happen. */
  unleash(budget: number): void {
    this.budget = budget;
  }

  /** From here on nothing goes wrong any more. */
  lift(): void {
    this.budget = 0;
    this.mishaps.lift();
  }

  override async effects(target: FaultTarget, stage: FaultStage, subject: string): Promise<Effect[]> {
    if (target !== 'proxmox' || this.budget <= 0) return [];
    const call = `${stage} ${subject}`;
    const nth = (this.seen.get(call) ?? 0) + 1;
    this.seen.set(call, nth);
    const draw = this.draw.of(`${call} ${nth}`);
    if (stage === 'before' && draw.chance('mishap', IN_THE_WORLD)) {
      const mishap = this.mishaps.happen(draw);
      if (mishap !== undefined) this.count(mishap);
    }
    const kind = kindAt(draw, stage, subject);
    if (kind === undefined) return [];
    this.count(kind.name);
    return [kind.effect];
  }

  private count(kind: string): void {
    this.budget -= 1;
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }
}

function kindAt(draw: Draw, stage: FaultStage, subject: string): Kind | undefined {
  const isRead = subject.startsWith('GET ');
  const kinds = (isRead ? AT_READS : AT_CHANGES).filter((kind) => kind.stage === stage);
  if (kinds.length > 0 && draw.chance('call', isRead ? AT_A_READ : AT_A_CHANGE))
    return draw.pick('kind', kinds);
  if (stage !== 'before' || !STARTS_A_TASK.test(subject)) return undefined;
  return draw.chance('task', IN_A_TASK) ? draw.pick('kind of task', AT_TASKS) : undefined;
}

function nameOf(effect: Effect): string {
  if (effect.kind === 'status') return `status ${effect.status}`;
  return effect.kind === 'task-crash' ? `task-crash ${effect.when}` : effect.kind;
}
