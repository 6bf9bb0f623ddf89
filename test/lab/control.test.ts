import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fetch } from 'undici';
import { startControl } from '../../lab/control.js';
import type { WorldChange } from '../../lab/fault-effects.js';
import { Faults } from '../../lab/faults.js';
import { Latency } from '../../lab/latency.js';

const RULE = { target: 'proxmox', stage: 'before', match: '/clone$', effect: { kind: 'hold' } };

let faults: Faults;
let changes: WorldChange[];
let control: Awaited<ReturnType<typeof startControl>>;

beforeEach(async () => {
  faults = new Faults();
  changes = [];
  control = await startControl({
    host: '127.0.0.1',
    port: 0,
    faults,
    latency: new Latency({ speed: 0, seed: 1 }),
    inspect: () => ({}),
    clusters: () => [],
    change: (change) => {
      if (change.kind === 'move-vm' && change.node === 'nowhere') throw new Error('there is no nowhere');
      changes.push(change);
    },
  });
});

afterEach(() => control.close());

async function post(path: string, body: unknown): Promise<{ status: number; text: string }> {
  const response = await fetch(`${control.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}

describe('a rule', () => {
  test.each([
    { kind: 'hold' },
    { kind: 'drop' },
    { kind: 'status', status: 596, message: 'Connection timed out' },
    { kind: 'task-error', message: 'disk on fire' },
    { kind: 'task-warning', message: 'nearly full' },
    { kind: 'task-crash', when: 'underway' },
    { kind: 'storage-lock-timeout' },
    { kind: 'move-vm', node: 'hv6' },
    { kind: 'take-vmid', vmid: 100, node: 'hv5' },
    { kind: 'unlock-vm', vmid: 100 },
    { kind: 'node-offline', forMs: 500 },
    { kind: 'node-online', node: 'hv5' },
  ])('with the effect $kind is taken as it is', async (effect) => {
    const { status, text } = await post('/faults', { ...RULE, skip: 1, times: 2, effect });

    const { id } = JSON.parse(text) as { id: string };
    expect(status).toBe(201);
    expect(faults.list()).toEqual([{ ...RULE, skip: 1, times: 2, effect, id, hits: 0 }]);
  });

  test.each([
    ['an unknown effect', { effect: { kind: 'explode' } }, 'effect.kind'],
    ['a field too many', { effect: { kind: 'drop', loud: true } }, 'loud'],
    ['a field too few', { effect: { kind: 'task-error' } }, 'effect.message'],
    ['a status that is none', { effect: { kind: 'status', status: 700, message: 'x' } }, 'effect.status'],
    ['an unknown target', { target: 'weather' }, 'target'],
    ['an answer of a program', { target: 'program', effect: { kind: 'drop' } }, 'can only be held'],
    ['an unknown stage', { stage: 'during' }, 'stage'],
    ['no regular expression', { match: '(' }, 'is no regular expression'],
    ['a task of ssh', { target: 'ssh', effect: { kind: 'storage-lock-timeout' } }, 'is an effect of proxmox'],
    [
      'a task set too late',
      { stage: 'after', effect: { kind: 'task-crash', when: 'done' } },
      'has to be set before',
    ],
    ['times of none', { times: 0 }, 'times'],
  ])('with %s is refused by name', async (_, change, named) => {
    const { status, text } = await post('/faults', { ...RULE, ...change });

    expect(status).toBe(400);
    expect((JSON.parse(text) as { message: string }).message).toContain(named);
    expect(faults.list()).toEqual([]);
  });
});

describe('a change', () => {
  test('happens at once', async () => {
    const { status } = await post('/changes', { kind: 'move-vm', vmid: 100, node: 'hv6' });

    expect([status, changes]).toEqual([204, [{ kind: 'move-vm', vmid: 100, node: 'hv6' }]]);
  });

  test.each([
    ['is none', { kind: 'hold' }, 'kind'],
    ['cannot be made', { kind: 'move-vm', vmid: 100, node: 'nowhere' }, 'there is no nowhere'],
  ])('that %s is refused', async (_, change, named) => {
    const { status, text } = await post('/changes', change);

    expect([status, changes]).toEqual([400, []]);
    expect((JSON.parse(text) as { message: string }).message).toContain(named);
  });
});
