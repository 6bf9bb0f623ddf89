/**
 * Random sequences of operations and faults on machines of the lab: nothing that we do costs etcd its quorum. Operations
 * come one after the other, as the cluster has them; the worker dies in some, which are begun again while what the dead
 * one asked for may still go on. They are drawn: `SEQUENCES_SEED` draws others, and `SEQUENCES` says how many.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { leaderObjection } from '../../../activities/etcd/move-leader.js';
import { readStatus } from '../../../activities/etcd/read.js';
import { removeMember } from '../../../activities/etcd/remove-member.js';
import { until as untilSettled } from '../../../activities/kubernetes/until.js';
import type { Pulse } from '../../../activities/ssh/heartbeat.js';
import { Draw } from '../../../bench/faults/draw.js';
import { mayRestart } from '../../../domain/certificates/stop-proof.js';
import { ClusterwrightError } from '../../../domain/errors.js';
import { mayAdd } from '../../../domain/etcd/quorum-proof.js';
import { votersObjection } from '../../../domain/etcd/settled.js';
import type { EtcdStatus } from '../../../domain/etcd/status.js';
import type { EtcdChange } from '../../../lab/kubernetes/lab-kubernetes.js';
import type { LabMachine } from '../../../lab/machine-host.js';
import { aMachine, TestLab, until } from '../../lab/guest/lab.js';
import { addressOf, EtcdWorld, formK3s, installK3s, nodeOf } from './etcd-world.js';

const SEED = Number(process.env['SEQUENCES_SEED'] ?? 1);
const SEQUENCES = Number(process.env['SEQUENCES'] ?? 5);
const EVENTS = 6;
const MACHINES = [1, 2, 3, 4] as const;
/** Operations take as long as that, more or less, so that faults come in the midst of them. */
const MOST_DELAY_MS = 250;
const PAUSE_MS = 5;
const SETTLED_WITHIN_MS = 5_000;
const A_DEATH = 0.3;
const A_FAULT = 0.4;

/** What came of an event: refusals and faults that get in the way are no news. */
type Outcome = 'done' | 'refused' | 'failed';

class Sequence {
  readonly lab = new TestLab();
  /** What we did when the quorum was lost that no fault alone would have cost. */
  readonly losses: string[] = [];
  readonly outcomes: string[] = [];
  private readonly draw: Draw;
  private world!: EtcdWorld;
  private readonly off = new Set<number>();
  private readonly disks = new Map<number, number>();
  private doing = '';
  /** Names of the machines on which etcd runs. */
  private readonly up = new Set<string>();
  /** How many faults there were until now, and until what we last proved: one that comes later is not known to us. */
  private faults = 0;
  private provedAt = 0;

  constructor(draw: Draw) {
    this.draw = draw;
  }

  async run(): Promise<void> {
    const size = this.draw.pick('size', [1, 3, 3, 3]);
    const numbers = MACHINES.slice(0, size);
    this.world = await EtcdWorld.open(this.lab, 'K3S', numbers);
    await formK3s(this.lab, numbers);
    for (const number of numbers) this.up.add(nodeOf(number));
    this.lab.fakeKubernetes.plane.etcdChanged = (change, isLost) => this.changed(change, isLost);
    for (let event = 1; event <= EVENTS; event += 1) await this.happen(this.draw.of(`event ${event}`));
  }

  async close(): Promise<void> {
    for (const plane of this.lab.fakeKubernetes.planes.values()) plane.etcdChanged = () => undefined;
    await this.world.close();
    await this.lab.close();
  }

  private async happen(draw: Draw): Promise<void> {
    const number = draw.pick('machine', MACHINES);
    const isServer = this.world.numbers.includes(number);
    const kind = isServer ? draw.pick('kind', ['leave', 'leave', 'restart', 'lead']) : 'join';
    this.doing = `${kind} ${nodeOf(number)}`;
    this.provedAt = this.faults;
    const fault = draw.chance('fault', A_FAULT) ? this.fail(draw) : Promise.resolve();
    const outcome = await this.operate(kind, number, draw);
    await fault;
    this.outcomes.push(`${kind} ${outcome}`);
    if (draw.chance('repaired', 0.5) || !this.lab.fakeKubernetes.plane.hasQuorum) await this.repair();
  }

  private changed({ kind, of }: EtcdChange, isLost: boolean): void {
    if (kind === 'up') this.up.add(of);
    if (kind === 'down') this.up.delete(of);
    const hasFailed = [...this.off].some((number) => nodeOf(number) === of);
    if (isLost && !hasFailed && this.faults === this.provedAt)
      this.losses.push(`${this.doing}: ${of} is ${kind}`);
  }

  private async operate(kind: string, number: number, draw: Draw): Promise<Outcome> {
    const act = (): Promise<Outcome> => {
      const pulse = aPulse(AbortSignal.timeout(SETTLED_WITHIN_MS));
      if (kind === 'leave') return attempt(() => this.leave(number, pulse));
      if (kind === 'lead') return attempt(() => this.lead(number, pulse));
      if (kind === 'restart') return attempt(() => this.restart(number, pulse));
      return attempt(() => this.join(number, pulse));
    };
    // The cluster would not begin with a join again that has got as far as a machine.
    if (kind === 'join' || !draw.chance('death', A_DEATH)) return act();
    const first = act();
    await sleep(draw.integer('dies after', 0, MOST_DELAY_MS));
    const second = await act();
    await first;
    return second;
  }

  /** Of a machine that has come up, be it the one that is worked on; never more than one is away. */
  private async fail(draw: Draw): Promise<void> {
    await sleep(draw.integer('fails after', 0, MOST_DELAY_MS));
    const up = this.world.numbers.filter((number) => this.up.has(nodeOf(number)));
    if (this.off.size > 0 || up.length === 0) return;
    const number = draw.pick('fails', up);
    this.off.add(number);
    this.faults += 1;
    this.world.off(number);
  }

  private async repair(): Promise<void> {
    for (const number of this.off) {
      await until(() => Promise.resolve(!this.up.has(nodeOf(number))));
      this.lab.guests.powerOn(this.machine(number));
    }
    this.off.clear();
    await until(() => Promise.resolve(this.lab.fakeKubernetes.plane.hasQuorum));
  }

  private async leave(number: number, pulse: Pulse): Promise<void> {
    const { servers } = this.world.target();
    await removeMember(this.world.driver(pulse.signal), { servers, node: nodeOf(number) }, pulse);
    this.world.numbers = this.world.numbers.filter((each) => each !== number);
    this.off.delete(number);
    this.lab.guests.powerOff(100 + number);
    this.lab.guests.diskRemoved(this.machine(number).diskId);
    this.lab.fakeKubernetes.plane.nodes.delete(nodeOf(number));
    this.disks.set(number, (this.disks.get(number) ?? 0) + 1);
  }

  private async lead(from: number, pulse: Pulse): Promise<void> {
    const { servers } = this.world.target();
    const driver = this.world.driver(pulse.signal);
    await untilSettled('ETCD_NOT_SETTLED', pulse, () => leaderObjection(driver, servers, nodeOf(from)));
  }

  private async restart(number: number, pulse: Pulse): Promise<void> {
    const status = await this.look(pulse);
    // A control plane of one machine is away for the moment: it has no quorum to lose.
    if (status.members.length === 1) throw new Refused();
    if (mayRestart(status, nodeOf(number), false).kind === 'refused') throw new Refused();
    const login = await this.lab.tryLogin(addressOf(number)).catch(() => undefined);
    await login?.run('sudo systemctl restart k3s');
    await this.untilVoting(number, pulse);
  }

  private async join(number: number, pulse: Pulse): Promise<void> {
    const [through] = this.world.numbers.filter((each) => !this.off.has(each));
    if (through === undefined || mayAdd(await this.look(pulse)).kind === 'refused') throw new Refused();
    this.world.numbers = [...this.world.numbers, number];
    const config = `token: secret\\nserver: https://${addressOf(through)}:6443\\n`;
    const login = await installK3s(this.lab, number, config, this.machine(number));
    await login.run('sudo systemctl start --no-block k3s');
    await this.untilVoting(number, pulse);
  }

  private async untilVoting(number: number, pulse: Pulse): Promise<void> {
    await untilSettled('ETCD_NOT_SETTLED', pulse, async () =>
      votersObjection(await this.look(pulse), [nodeOf(number)]),
    );
  }

  private async look({ signal }: Pulse): Promise<EtcdStatus> {
    this.provedAt = this.faults;
    return readStatus(this.world.driver(signal), this.world.target().servers);
  }

  private machine(number: number): LabMachine {
    return aMachine(number, { diskId: `vm-${100 + number}-disk-${this.disks.get(number) ?? 0}` });
  }
}

class Refused extends Error {}

const aPulse = (signal: AbortSignal): Pulse => ({
  signal,
  say: () => undefined,
  pause: async () => {
    signal.throwIfAborted();
    await sleep(PAUSE_MS);
  },
});

async function attempt(act: () => Promise<void>): Promise<Outcome> {
  try {
    await act();
    return 'done';
  } catch (error) {
    if (error instanceof Refused) return 'refused';
    if (error instanceof ClusterwrightError)
      return error.code === 'ETCD_CHANGE_REFUSED' ? 'refused' : 'failed';
    if ((error as Error).name === 'TimeoutError') return 'failed';
    throw error;
  }
}

test(`nothing that we do costs etcd its quorum, in ${SEQUENCES} sequences on machines`, async () => {
  const tally = new Map<string, number>();
  for (let number = 1; number <= SEQUENCES; number += 1) {
    const sequence = new Sequence(new Draw(`etcd ${SEED} ${number}`));
    try {
      await sequence.run();
    } finally {
      await sequence.close();
    }
    for (const outcome of sequence.outcomes) tally.set(outcome, (tally.get(outcome) ?? 0) + 1);
    expect({ seed: SEED, number, losses: sequence.losses }).toEqual({ seed: SEED, number, losses: [] });
  }
  // Sequences in which everything is refused would prove nothing. A slow machine gets less done before it gives up.
  const done = [...tally].reduce((sum, [outcome, times]) => sum + (outcome.endsWith(' done') ? times : 0), 0);
  expect({ ...Object.fromEntries(tally), enough: done > SEQUENCES }).toMatchObject({ enough: true });
}, 86_400_000);
