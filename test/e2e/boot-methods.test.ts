import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { scheduleIds } from '../../domain/ids.js';
import type { WatchedCluster } from '../../lab/watch-cluster.js';
import { decommission, example, provision, settled } from './clusters.js';
import { kubectl } from './kubectl.js';
import { LabProcess, waitFor } from './lab-process.js';
import { remembered, withDatabase, withStore } from './remembered.js';

interface World {
  readonly proxmox: {
    readonly vms: readonly { readonly name: string }[];
    readonly isos: readonly { readonly volid: string }[];
  };
  readonly guests: {
    readonly machines: readonly {
      readonly name: string;
      readonly addresses: readonly string[];
      readonly bootedFrom: string;
      readonly console: readonly string[];
    }[];
  };
}

interface Example {
  readonly file: string;
  readonly cluster: string;
  /** Machines, and what each one said when it was started for the first time. */
  readonly machines: Readonly<Record<string, RegExp>>;
  /** Machines that are nodes of Kubernetes. */
  readonly nodes: number;
  /** Steps that a cluster of templates does not have. */
  readonly steps: readonly string[];
}

const FROM_DISK = /^Booting from Hard Disk\.\.\.$/;
const FROM_MEDIUM = /^Booting from Hard Disk\.\.\.\nBoot failed: not a bootable disk\nBooting from DVD/;
const FROM_NETWORK = /\nBooting from ROM\.\.\.\niPXE [^]*\/ipxe\/[^]*\/live-vmlinuz\.\.\. ok\n/;

const EXAMPLES: readonly Example[] = [
  {
    file: 'k3s-import',
    cluster: 'k3s-import',
    machines: { 'k3s-import-server-1': FROM_DISK },
    nodes: 1,
    steps: ['images'],
  },
  {
    file: 'k3s-iso',
    cluster: 'k3s-iso',
    machines: { 'k3s-iso-server-1': FROM_MEDIUM },
    nodes: 1,
    steps: ['images', 'apply-firewall'],
  },
  {
    file: 'k3s-pxe-isolated',
    cluster: 'k3s-isolated',
    machines: { 'k3s-isolated-bastion-1': FROM_DISK, 'k3s-isolated-server-1': FROM_NETWORK },
    nodes: 1,
    steps: ['nat', 'pxe-service'],
  },
  {
    file: 'k3s-hybrid',
    cluster: 'k3s-hybrid',
    machines: {
      'k3s-hybrid-bastion-1': FROM_DISK,
      'k3s-hybrid-server-1': FROM_DISK,
      'k3s-hybrid-by-iso-1': FROM_MEDIUM,
      'k3s-hybrid-by-pxe-1': FROM_NETWORK,
    },
    nodes: 3,
    steps: ['images', 'pxe-service'],
  },
];

let lab: LabProcess;
let untouched: World;
const views = new Map<string, WatchedCluster & { readonly uid: string }>();

beforeAll(async () => {
  lab = await LabProcess.start();
  untouched = await lab.control<World>('/world');
  // All at once, as they would be in one machine room.
  await Promise.all(EXAMPLES.map(({ file }) => provision(lab, example(file))));
  for (const { cluster } of EXAMPLES) {
    views.set(cluster, (await settled(lab, cluster, 180_000)) as WatchedCluster & { readonly uid: string });
  }
}, 400_000);
afterAll(() => lab.stop());

async function guestsOf(cluster: string): Promise<World['guests']['machines']> {
  const { guests } = await lab.control<World>('/world');
  return guests.machines.filter(({ name }) => name.startsWith(`${cluster}-`));
}

describe.each(EXAMPLES)('examples/$file.json', ({ cluster, machines, nodes, steps }) => {
  test('becomes READY, with every step done', () => {
    const view = views.get(cluster);

    expect(view).toMatchObject({ phase: 'READY', failure: null });
    expect(view?.nodes.map(({ name }) => name).sort()).toEqual(Object.keys(machines).sort());
    expect(view?.nodes.filter(({ ready }) => !ready)).toEqual([]);
    expect(view?.steps.filter(({ status }) => status !== 'done')).toEqual([]);
    const ids = view?.steps.map(({ id }) => id.split('/').at(-1));
    expect(ids).toEqual(expect.arrayContaining([...steps]));
  });

  test('boots each machine as its group says, and then from its own disk', async () => {
    const guests = await guestsOf(cluster);

    expect(guests.map(({ name }) => name).sort()).toEqual(Object.keys(machines).sort());
    for (const { name, console, bootedFrom } of guests) {
      expect(console.join('\n')).toMatch(machines[name] ?? /^$/);
      expect(bootedFrom).toBe('disk');
    }
  });

  test('gives out a kubeconfig that a stock kubectl uses', async () => {
    const lines = (await kubectl(lab, cluster, 'get', 'nodes', '--no-headers')).trim().split('\n');

    expect(lines).toHaveLength(nodes);
    for (const line of lines) expect(line).toMatch(/\sReady\s/);
  });
});

test('a virtual address is leased for the cluster, and no machine has it', async () => {
  const uid = views.get('k3s-import')?.uid ?? '';
  const leases = await withStore(lab, (store) => store.addresses.ofCluster(uid));

  expect(leases).toContainEqual(expect.objectContaining({ machine: 'vip/api', address: '10.1.107.50' }));
  expect((await guestsOf('k3s-import')).flatMap(({ addresses }) => addresses)).not.toContain('10.1.107.50');
});

test('a virtual address that another cluster has is refused at once, and nothing is started', async () => {
  const body = example('k3s-import').toString().replace('"k3s-import"', '"k3s-import-2"');

  const answer = await lab.api<{ errors: { pointer: string }[] }>('/api/v1/clusters/provision', {
    method: 'POST',
    body,
  });

  expect(answer.status).toBe(422);
  expect(answer.json.errors.map(({ pointer }) => pointer)).toEqual(['/network/virtualAddresses/0/address']);
  expect(await guestsOf('k3s-import-2')).toEqual([]);
});

test('only the bastion of an isolated cluster stands in two networks', async () => {
  const [bastion, server] = (await guestsOf('k3s-isolated')).toSorted((a, b) => (a.name < b.name ? -1 : 1));

  expect(bastion?.addresses).toContain('10.1.3.100');
  expect(server?.addresses).toHaveLength(1);
});

test('all are removed with nothing left behind but the downloaded image', async () => {
  await Promise.all(EXAMPLES.map(({ cluster }) => decommission(lab, cluster)));

  const world = await lab.control<World>('/world');
  expect(world.proxmox.isos).toHaveLength(1);
  expect(world).toEqual({ ...untouched, proxmox: { ...untouched.proxmox, isos: world.proxmox.isos } });
  for (const { cluster } of EXAMPLES) {
    expect(await remembered(lab, views.get(cluster)?.uid ?? '')).toEqual([]);
    expect((await lab.api(`/api/v1/clusters/${cluster}/kubeconfig`)).status).toBe(404);
  }
});

test('the image is removed once no cluster has used it for a while', async () => {
  const connection = await Connection.connect({ address: lab.temporalAddress });
  const schedule = new Client({ connection }).schedule.getHandle(scheduleIds.collectImages);
  const runs = async (): Promise<number> => (await schedule.describe()).info.recentActions.length;
  const isCollected = async (): Promise<boolean> =>
    (await lab.control<World>('/world')).proxmox.isos.length === 0;

  withDatabase(lab, (database) =>
    database.exec("update image_files set last_used_at = '2001-01-01T00:00:00.000Z'"),
  );
  const before = await runs();
  await schedule.trigger();
  await waitFor('the collection to run', async () => (await runs()) > before, 30_000);
  await waitFor('the image to be gone', isCollected, 30_000);

  expect(await lab.control('/world')).toEqual(untouched);
  await connection.close();
});
