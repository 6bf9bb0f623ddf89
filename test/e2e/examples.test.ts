import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { clusterOf, decommission, example, provision, settled } from './clusters.js';
import { kubectl } from './kubectl.js';
import { LabProcess } from './lab-process.js';
import { remembered } from './remembered.js';

interface World {
  readonly proxmox: {
    readonly vms: readonly { readonly name: string; readonly node: string; readonly tags?: string }[];
  };
}

let lab: LabProcess;
let untouched: unknown;
beforeAll(async () => {
  lab = await LabProcess.start();
  untouched = await lab.control('/world');
});
afterAll(() => lab.stop());

describe.each([
  { name: 'k3s-edge', nodes: ['k3s-edge-server-1'], etcd: 0 },
  {
    name: 'k3s-one-server-two-workers',
    nodes: ['server-1', 'agents-1', 'agents-2'],
    etcd: 0,
  },
  { name: 'k3s-three-servers', nodes: ['server-1', 'server-2', 'server-3'], etcd: 3 },
])('examples/$name.json', ({ name: file, nodes, etcd }) => {
  const body = example(file);
  const { name, version } = JSON.parse(body.toString()) as { name: string; version: string };

  test('becomes READY, with a node for each machine', async () => {
    await provision(lab, body);

    const view = await settled(lab, name);

    expect(view).toMatchObject({ phase: 'READY', failure: null });
    expect(view.nodes.map((node) => node.ready)).toEqual(nodes.map(() => true));
    expect(new Set(view.nodes.map(({ address }) => address)).size).toBe(nodes.length);
    expect(view.steps.filter(({ status }) => status !== 'done')).toEqual([]);
    expect(view.timings.seconds).toBeGreaterThan(0);
    const { proxmox } = await lab.control<World>('/world');
    expect(proxmox.vms.map((vm) => vm.name).sort()).toEqual(view.nodes.map((node) => node.name).sort());
  });

  test('gives out a kubeconfig that a stock kubectl uses', async () => {
    const lines = (await kubectl(lab, name, 'get', 'nodes', '--no-headers')).trim().split('\n');

    expect(lines).toHaveLength(nodes.length);
    for (const line of lines) expect(line).toMatch(new RegExp(`\\sReady\\s.*${version.replace('+', '\\+')}`));
    const voters = lines.filter((line) => line.includes('etcd'));
    expect(voters).toHaveLength(etcd);
  });

  test('is found in Temporal by its name, with a run of its own for each machine', async () => {
    const connection = await Connection.connect({ address: lab.temporalAddress });
    const client = new Client({ connection });
    const found: string[] = [];
    for await (const run of client.workflow.list({ query: `ClusterName = '${name}'` }))
      found.push(run.workflowId);
    await connection.close();

    expect(found).toContain(`cluster/${name}`);
    expect(found).toContain(`cluster/${name}/provision-1`);
    expect(found.filter((id) => id.startsWith(`cluster/${name}/provision-1/`))).toHaveLength(nodes.length);
  });

  test('is removed with nothing left behind: VMs, disks, media, tags, addresses, secrets', async () => {
    const { uid } = (await clusterOf(lab, name)) as unknown as { uid: string };

    await decommission(lab, name);

    expect(await lab.control('/world')).toEqual(untouched);
    expect(await remembered(lab, uid)).toEqual([]);
    expect((await lab.api(`/api/v1/clusters/${name}/kubeconfig`)).status).toBe(404);
    expect((await lab.api(`/api/v1/clusters/${name}`, { method: 'DELETE' })).status).toBe(404);
  });
});

test('a name can be used again after its cluster is gone', async () => {
  const name = await provision(lab, example('k3s-edge'));
  const view = await settled(lab, name);

  expect(view.phase).toBe('READY');
  await decommission(lab, name);
});

test('a definition that Proxmox VE cannot carry is refused at once, and nothing is started', async () => {
  const body = example('k3s-edge').toString().replace('9001', '9555');

  const answer = await lab.api<{ code: string; errors: { pointer: string }[] }>(
    '/api/v1/clusters/provision',
    {
      method: 'POST',
      body,
    },
  );

  expect(answer.status).toBe(422);
  expect(answer.json.errors.map(({ pointer }) => pointer)).toEqual(['/nodeGroups/0/template/imageSource']);
  expect(await lab.control('/world')).toEqual(untouched);
});
