import { describe, expect, jest, test } from '@jest/globals';
import * as fc from 'fast-check';
import { mayAdd, mayStop } from '../../../domain/etcd/quorum-proof.js';
import { nextRemovalStep, type RemovalStep } from '../../../domain/etcd/removal-step.js';
import { EtcdModel } from './etcd-model.js';

const SEQUENCES = 5_000;
jest.setTimeout(600_000);
const SIZE = fc.integer({ min: 1, max: 5 });
const NODES = ['a', 'b', 'c', 'd', 'e', 'f'] as const;

/**
 * What may happen in any order. Each `plan-removal` looks, each `act` does what was planned first of all that is planned,
 * however long ago that was. Faults are as frequent as they can be while much still succeeds.
 */
const event = fc
  .record({
    kind: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom('plan-removal', 'act') },
      { weight: 6, arbitrary: fc.constantFrom('add', 'start', 'promote', 'recover', 'recover-all', 'write') },
      { weight: 1, arbitrary: fc.constantFrom('crash', 'stop', 'cut-off') },
    ),
    node: fc.constantFrom(...NODES),
    entries: fc.integer({ min: 1, max: 2_000 }),
  })
  .map((each): Event => each);

const EVENTS = fc.array(event, { minLength: 20, maxLength: 80 });

type Event = Readonly<{ kind: string; node: string; entries: number }>;

/** Operations that know nothing of each other, as if nobody had put them one after the other. */
class World {
  readonly model: EtcdModel;
  readonly faults: string[] = [];
  removals = 0;
  private readonly planned = new Map<string, RemovalStep>();

  constructor(size: number, check: 'strict' | 'none' = 'strict') {
    this.model = new EtcdModel(NODES.slice(0, size), check);
  }

  happen({ kind, node, entries }: Event): void {
    const { model } = this;
    switch (kind) {
      case 'plan-removal':
        this.planned.set(node, nextRemovalStep(model.observe(), node));
        return;
      case 'act':
        this.keepingQuorum(kind, () => this.act());
        return;
      case 'add':
        this.keepingQuorum(kind, () => mayAdd(model.observe()).kind === 'ok' && model.addLearner(node));
        return;
      case 'promote':
        this.keepingQuorum(kind, () => model.promote(node));
        return;
      case 'stop':
        this.keepingQuorum(kind, () => this.stop(node));
        return;
      case 'start':
      case 'recover':
        model.recover(node);
        return;
      case 'recover-all':
        for (const each of NODES) model.recover(each);
        return;
      case 'crash':
        model.crash(node);
        return;
      case 'cut-off':
        Object.assign(model.of(node) ?? {}, { isReachable: false });
        return;
      default:
        model.write(entries, node);
    }
  }

  /** Whether the reply comes or is lost is all the same: what comes next is planned from what is seen then. */
  private act(): void {
    const [node, step] = this.planned.entries().next().value ?? [];
    this.planned.delete(node ?? '');
    if (step?.kind === 'move-leader') this.model.moveLeader(step.from.id, step.to.id);
    if (step?.kind === 'remove' && this.model.remove(step.member.id)) this.removals += 1;
  }

  private stop(node: string): void {
    const member = this.model.of(node);
    if (member !== undefined && mayStop(this.model.observe(), member.id).kind === 'ok')
      this.model.crash(node);
  }

  private keepingQuorum(what: string, change: () => unknown): void {
    const before = this.model.hasQuorum();
    const votersBefore = this.model.voters().length;
    change();
    if (!before) return;
    const { model, faults } = this;
    if (!model.hasQuorum() || model.leader === null) faults.push(`${what} lost the quorum`);
    if (Math.abs(model.voters().length - votersBefore) > 1) faults.push(`${what} changed two voters at once`);
    if (model.members.length - model.voters().length > 1) faults.push(`${what} made two learners`);
    if (model.voters().length === 0) faults.push(`${what} left nobody`);
  }
}

describe('changes of etcd’s membership', () => {
  test(`never lose the quorum, in ${SEQUENCES} sequences of operations and faults`, () => {
    let removals = 0;
    fc.assert(
      fc.property(SIZE, EVENTS, (size, events) => {
        const world = new World(size);
        for (const each of events) world.happen(each);
        removals += world.removals;
        expect(world.faults).toEqual([]);
      }),
      { numRuns: SEQUENCES },
    );
    // Sequences in which everything is refused would prove nothing.
    expect(removals).toBeGreaterThan(SEQUENCES / 2);
  });

  test(`never lose it by their proof alone, in ${SEQUENCES} sequences with an etcd that checks nothing itself`, () => {
    let removals = 0;
    fc.assert(
      fc.property(SIZE, EVENTS, (size, events) => {
        const world = new World(size, 'none');
        for (const each of events) {
          world.happen(each);
          // Nothing happens between the look and the act: what is seen is so.
          if (each.kind === 'plan-removal') world.happen({ ...each, kind: 'act' });
        }
        removals += world.removals;
        expect(world.faults).toEqual([]);
      }),
      { numRuns: SEQUENCES },
    );
    expect(removals).toBeGreaterThan(SEQUENCES / 2);
  });

  test('get from any size to any other one where nothing fails', () => {
    fc.assert(
      fc.property(SIZE, SIZE, (from, to) => {
        const model = new EtcdModel(NODES.slice(0, from));
        for (const node of NODES.slice(from, to)) {
          expect(mayAdd(model.observe()).kind).toBe('ok');
          model.addLearner(node);
          model.recover(node);
          expect(model.promote(node)).toBe(true);
        }
        // The first ones go, and with them each time the leader.
        for (const node of NODES.slice(0, Math.max(0, from - to))) removeAlone(model, node);
        expect(model.voters()).toHaveLength(to);
        expect(model.hasQuorum()).toBe(true);
      }),
    );
  });

  test('do not take what has been acknowledged away', () => {
    fc.assert(
      fc.property(SIZE, EVENTS, (size, events) => {
        const world = new World(size);
        const furthest = events.map((each) => {
          world.happen(each);
          return Math.max(...world.model.voters().map(({ appliedIndex }) => appliedIndex));
        });
        expect(furthest).toEqual(furthest.toSorted((a, b) => a - b));
      }),
      { numRuns: SEQUENCES },
    );
  });
});

function removeAlone(model: EtcdModel, node: string): void {
  for (let steps = 0; steps < 3; steps += 1) {
    const step = nextRemovalStep(model.observe(), node);
    if (step.kind === 'done') return;
    if (step.kind === 'move-leader') expect(model.moveLeader(step.from.id, step.to.id)).toBe(true);
    else if (step.kind === 'remove') expect(model.remove(step.member.id)).toBe(true);
    else expect(step).toBe('not refused');
  }
}
