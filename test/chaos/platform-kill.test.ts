/** Clusters of four distributions with services, all of whose makers die again and again in the middle of something. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { FaultStatus } from '../../lab/faults.js';
import type { FormedCluster } from '../../lab/guest/clusters/formed-cluster.js';
import { clusterOf, decommission, example, provision, settled } from '../e2e/clusters.js';
import { LabProcess, waitFor } from '../e2e/lab-process.js';
import { remembered } from '../e2e/remembered.js';
import { CLUSTERS, ROUNDS, type Round } from './platform-moments.js';

interface World {
  readonly proxmox: { readonly vms: readonly { readonly name: string }[] };
  readonly dns: readonly string[];
}

interface Group {
  readonly name: string;
  readonly role: string;
  readonly count: number;
}

interface Service {
  readonly name: string;
  readonly configuration?: { readonly machines?: { readonly count?: number } };
}

interface Definition {
  readonly nodeGroups: readonly Group[];
  readonly services: readonly Service[];
}

/** Twenty-two machines at once, on whatever runs the tests. */
const PATIENCE_MS = 400_000;
/** A call that waits for long may be given up and looked after: its cluster goes on, and comes by what is held next. */
const AHEAD = 3;

let lab: LabProcess;
let untouched: World;
beforeEach(async () => {
  lab = await LabProcess.start();
  untouched = await lab.control<World>('/world');
}, 240_000);
afterEach(() => lab.stop(), 60_000);

/** As in the example, with fewer machines that are like others. */
function definitionOf(file: string, { balancers }: { readonly balancers: number }): Definition {
  const definition = JSON.parse(example(file).toString()) as Definition;
  return {
    ...definition,
    nodeGroups: definition.nodeGroups.map((group) =>
      group.role === 'WORKER' ? { ...group, count: 1 } : group,
    ),
    services: definition.services.map((service) => {
      const machines = service.configuration?.machines;
      if (machines === undefined) return service;
      return {
        ...service,
        configuration: { ...service.configuration, machines: { ...machines, count: balancers } },
      };
    }),
  };
}

/** By the name of the cluster. */
function definitions(): Readonly<Record<string, Definition>> {
  const { services } = JSON.parse(
    example('k3s-dns')
      .toString()
      .replace('8053', lab.dnsAddress.split(':')[1] ?? ''),
  ) as Definition;
  const rke2 = definitionOf('rke2-ha', { balancers: 1 });
  return {
    [CLUSTERS.vanilla]: definitionOf('vanilla-ha', { balancers: 2 }),
    [CLUSTERS.rke2]: {
      ...rke2,
      network: { domain: 'lab.internal' },
      services: [...rke2.services, ...services],
    } as Definition,
    [CLUSTERS.talos]: definitionOf('talos-ha', { balancers: 1 }),
    [CLUSTERS.okd]: definitionOf('okd-production', { balancers: 1 }),
  };
}

const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`);

/** Those that are there once the cluster is READY. */
function machinesOf(name: string, { nodeGroups, services }: Definition): string[] {
  return [
    ...nodeGroups.flatMap((group) =>
      group.role === 'BOOTSTRAP' ? [] : numbered(`${name}-${group.name}`, group.count),
    ),
    // The records of a DNS server that was there before need no machine.
    ...services.flatMap((service) =>
      service.name === 'names'
        ? []
        : numbered(`${name}-${service.name}`, service.configuration?.machines?.count ?? 1),
    ),
  ];
}

function formed(distribution: string, prefix: string): Omit<FormedCluster, 'id'> {
  const voters = numbered(prefix, 3).map((node) => [node, 'voter'] as const);
  return { distribution, members: Object.fromEntries(voters) };
}

const formedClusters = async (): Promise<readonly Omit<FormedCluster, 'id'>[]> =>
  (await lab.control<FormedCluster[]>('/clusters'))
    .map(({ distribution, members }) => ({ distribution, members }))
    .toSorted((a, b) => a.distribution.localeCompare(b.distribution));

/** @returns the ids of the holds, by what is held. */
async function holdAt({ moments }: Round): Promise<ReadonlyMap<string, string>> {
  const holds = new Map<string, string>();
  for (const { name, rule } of moments) holds.set(await lab.fault(rule), name);
  return holds;
}

async function allHeld(holds: ReadonlyMap<string, string>): Promise<void> {
  const missed = async (): Promise<string[]> => {
    const rules = await lab.control<FaultStatus[]>('/faults');
    return rules.flatMap(({ id, hits }) => (hits > 0 ? [] : (holds.get(id) ?? [])));
  };
  try {
    await waitFor('all to be held', async () => (await missed()).length === 0, PATIENCE_MS);
  } catch (error) {
    throw new Error(`nobody came by: ${(await missed()).join('; ')}`, { cause: error });
  }
}

test('every distribution comes to READY with nothing made twice, and goes without a trace', async () => {
  const clusters = definitions();
  const names = Object.keys(clusters);
  const holds = [];
  for (const round of ROUNDS.slice(0, AHEAD)) holds.push(await holdAt(round));
  for (const [name, definition] of Object.entries(clusters))
    await provision(lab, JSON.stringify({ ...definition, name }));

  for (const [index, { victim }] of ROUNDS.entries()) {
    const held = holds[index] ?? new Map<string, string>();
    await allHeld(held);
    const later = ROUNDS[index + AHEAD];
    if (later !== undefined) holds.push(await holdAt(later));
    const replaced = lab.kill(victim);
    for (const id of held.keys()) await lab.release(id);
    await replaced;
  }

  for (const name of names) {
    const view = await settled(lab, name, PATIENCE_MS);
    expect(view).toMatchObject({ phase: 'READY', failure: null });
    expect(view.steps.filter(({ status }) => status !== 'done')).toEqual([]);
  }
  const world = await lab.control<World>('/world');
  expect(world.proxmox.vms.map(({ name }) => name).sort()).toEqual(
    Object.entries(clusters)
      .flatMap(([name, definition]) => machinesOf(name, definition))
      .sort(),
  );
  // One each: a second bootstrap would have made a second cluster.
  expect(await formedClusters()).toEqual([
    formed('kubeadm', 'v-control'),
    formed('okd', 'o-masters'),
    formed('rke2', 'r-server'),
    formed('talos', 't-control-plane'),
  ]);
  expect(world.dns.filter((line) => line.startsWith('api.r.lab.internal 1 '))).toHaveLength(1);

  const uids = await Promise.all(
    names.map(async (name) => ((await clusterOf(lab, name)) as unknown as { uid: string }).uid),
  );
  await Promise.all(names.map((name) => decommission(lab, name)));
  expect(await lab.control('/world')).toEqual(untouched);
  await waitFor('the clusters to be gone', async () => (await formedClusters()).length === 0, PATIENCE_MS);
  for (const uid of uids) expect(await remembered(lab, uid)).toEqual([]);
}, 1_200_000);
