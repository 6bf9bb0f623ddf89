/** What was there before a cluster and outlives it: a DNS server that takes its names, a database that keeps its state. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clusterOf, decommission, example, provision, settled } from './clusters.js';
import { kubectl } from './kubectl.js';
import { LabProcess } from './lab-process.js';
import { remembered } from './remembered.js';

interface World {
  readonly dns: readonly string[];
}

let lab: LabProcess;
let untouched: World;
beforeAll(async () => {
  lab = await LabProcess.start();
  untouched = await lab.control<World>('/world');
});
afterAll(() => lab.stop());

const zone = async (): Promise<readonly string[]> => (await lab.control<World>('/world')).dns;

describe('records in a DNS server, by examples/k3s-dns.json', () => {
  const name = 'k3s-dns';

  test('are there while the cluster is, and the cluster has looked them up from inside', async () => {
    const port = lab.dnsAddress.split(':')[1] ?? '';
    await provision(lab, example(name).toString().replace('8053', port));

    const view = await settled(lab, name);

    expect(view).toMatchObject({ phase: 'READY', failure: null });
    expect(view.steps.filter(({ status }) => status !== 'done')).toEqual([]);
    expect(view.steps.map(({ id }) => id)).toEqual(expect.arrayContaining(['dns-records', 'look-up-names']));
    const hex = (address: string): string =>
      address
        .split('.')
        .map((part) => Number(part).toString(16).padStart(2, '0'))
        .join('');
    const added = (await zone()).filter((line) => !untouched.dns.includes(line));
    const [first, second] = view.nodes.map(({ name: node, address }) => ({ node, address: address ?? '' }));
    expect(added.filter((line) => line.includes(' 1 '))).toEqual(
      [
        `api.${name}.lab.internal 1 ${hex(first?.address ?? '')}`,
        `api-int.${name}.lab.internal 1 ${hex(first?.address ?? '')}`,
        `${first?.node}.${name}.lab.internal 1 ${hex(first?.address ?? '')}`,
        `${second?.node}.${name}.lab.internal 1 ${hex(second?.address ?? '')}`,
      ].toSorted(),
    );
    // A mark beside each.
    expect(added).toHaveLength(8);
  });

  test('survive the server: it comes back with them', async () => {
    const before = await zone();

    await lab.kill('lab');

    expect(await zone()).toEqual(before);
  });

  test('are removed with the cluster, and the zone is as it was', async () => {
    const { uid } = (await clusterOf(lab, name)) as unknown as { uid: string };

    await decommission(lab, name);

    expect(await lab.control('/world')).toEqual(untouched);
    expect(await remembered(lab, uid)).toEqual([]);
  });
});

describe('K3s with its state in a database, by examples/k3s-datastore.json', () => {
  const name = 'k3s-datastore';

  test('becomes READY with three servers, none of which keeps etcd', async () => {
    await provision(lab, example(name));

    const view = await settled(lab, name);

    expect(view).toMatchObject({ phase: 'READY', failure: null });
    expect(view.steps.filter(({ status }) => status !== 'done')).toEqual([]);
    const lines = (await kubectl(lab, name, 'get', 'nodes', '--no-headers')).trim().split('\n');
    expect(lines).toHaveLength(4);
    for (const line of lines) expect(line).toMatch(/\sReady\s/);
    expect(lines.filter((line) => line.includes('control-plane'))).toHaveLength(3);
    expect(lines.filter((line) => line.includes('etcd'))).toEqual([]);
  });

  test('is removed with nothing left behind, the address of the database neither', async () => {
    const { uid } = (await clusterOf(lab, name)) as unknown as { uid: string };

    await decommission(lab, name);

    expect(await lab.control('/world')).toEqual(untouched);
    expect(await remembered(lab, uid)).toEqual([]);
  });

  test('is not planned with a database that nobody configured', async () => {
    const body = example(name).toString().replace('"lab"', '"elsewhere"');

    const answer = await lab.api<{ errors: { pointer: string; detail: string }[] }>(
      '/api/v1/clusters/provision',
      { method: 'POST', body },
    );

    expect(answer.status).toBe(422);
    expect(answer.json.errors).toMatchObject([
      {
        pointer: '/platformConfig/datastore',
        detail: 'there is no datastore "elsewhere" in DATASTORES_PATH',
      },
    ]);
  });
});
