import { afterEach, expect, test } from '@jest/globals';
import { AddressElection } from '../../../../lab/guest/kube-vip/address-election.js';
import { until } from '../lab.js';

const ADDRESS = { address: '10.1.107.5', prefixLength: 32 };

class Machine {
  readonly held = new Set<string>();
  readonly power = new AbortController();
  reachesApi: boolean;
  /** Somebody else answers there. */
  isTaken = false;

  constructor(election: AddressElection, reachesApi = true) {
    this.reachesApi = reachesApi;
    const ended = election.run({
      network: {
        addAddress: (_card, { address }) => {
          this.held.add(address);
          return !this.isTaken;
        },
        removeAddress: (address) => void this.held.delete(address),
      },
      interface: 'primary',
      address: ADDRESS,
      mayRenew: () => this.reachesApi,
      pause: async (_ms, signal) => {
        await new Promise((resolve) => setImmediate(resolve));
        signal.throwIfAborted();
      },
      log: () => undefined,
      signal: this.power.signal,
    });
    ended.catch(() => undefined);
  }

  get holds(): boolean {
    return this.held.has(ADDRESS.address);
  }
}

const machines: Machine[] = [];
afterEach(() => {
  for (const { power } of machines.splice(0)) power.abort();
});

function start(count: number): Machine[] {
  const election = new AddressElection();
  machines.push(...Array.from({ length: count }, () => new Machine(election)));
  return machines;
}

const holders = (all: readonly Machine[]): Machine[] => all.filter(({ holds }) => holds);

test('one of several has the address, and another one when that is gone', async () => {
  const all = start(3);
  await until(async () => holders(all).length === 1);
  const [before] = holders(all);

  before?.power.abort();
  await until(async () => holders(all).some((machine) => machine !== before));

  expect(holders(all)).toHaveLength(1);
});

test('who cannot renew the lease any more leaves the address to another one', async () => {
  const all = start(2);
  await until(async () => holders(all).length === 1);
  const [before] = holders(all);
  if (before !== undefined) before.reachesApi = false;

  await until(async () => holders(all).some((machine) => machine !== before));

  expect(before?.holds).toBe(false);
});

test('nobody has the address where nobody reaches the API', async () => {
  const lonely = new Machine(new AddressElection(), false);
  machines.push(lonely);
  const other = new Machine(new AddressElection());
  machines.push(other);
  await until(async () => other.holds);

  expect(lonely.holds).toBe(false);
});

test('an address at which somebody else answers is not kept', async () => {
  const [machine] = start(1);
  if (machine !== undefined) machine.isTaken = true;
  await until(async () => machine?.holds === false);

  expect(machine?.holds).toBe(false);
});
