import { afterAll, beforeAll, expect, test } from '@jest/globals';
import proxmoxApi from 'proxmox-api';
import type { Proxmox } from 'proxmox-api';
import { fetch } from 'undici';
import { SimulatedCluster, pinned } from './simulated-cluster.js';

let cluster: SimulatedCluster;
let proxmox: Proxmox.Api;

beforeAll(async () => {
  cluster = await SimulatedCluster.start();
  const agent = pinned(cluster.simulator);
  const { hostname, port } = new URL(cluster.simulator.url);
  const [tokenID = '', tokenSecret = ''] = cluster.simulator.token.split('=');
  proxmox = proxmoxApi({
    host: hostname,
    port: Number(port),
    tokenID,
    tokenSecret,
    fetch: (url, init) => fetch(url, { ...init, dispatcher: agent }),
  });
});

afterAll(() => cluster.stop());

test('the proxmox-api package leads a VM through its whole life', async () => {
  const node = proxmox.nodes.$('hv5');
  const ended = async (upid: string): Promise<string | undefined> => {
    for (;;) {
      const task = await node.tasks.$(upid).status.$get();
      if (task.status === 'stopped') return task.exitstatus;
    }
  };
  const nextid = await proxmox.cluster.nextid.$get();
  const cloned = await ended(
    await node.qemu.$(9001).clone.$post({ newid: nextid, name: 'edge-1', full: false }),
  );
  const vm = node.qemu.$(nextid);
  const upload = await cluster.upload('seed.iso', new Uint8Array(2_048));
  const uploaded = await ended(upload.data as string);
  const configured = await ended(
    await vm.config.$post({
      cores: 4,
      memory: '4096',
      ide2: 'local:iso/seed.iso,media=cdrom',
      tags: 'clusterwright;cw-edge',
    }),
  );
  const resized = await ended(await vm.resize.$put({ disk: 'scsi0', size: '32G' }));
  const started = await ended(await vm.status.start.$post());
  const running = await vm.status.current.$get();
  const stopped = await ended(await vm.status.stop.$post());
  const detached = await ended(await vm.config.$post({ delete: 'ide2' }));
  const config = await vm.config.$get();
  const removed = await ended(await node.storage.$('local').content.$('local:iso/seed.iso').$delete());
  const destroyed = await ended(await vm.$delete({ purge: true }));

  expect([cloned, uploaded, configured, resized, started, stopped, detached, removed, destroyed]).toEqual(
    Array.from({ length: 9 }, () => 'OK'),
  );
  expect(running).toMatchObject({ status: 'running', name: 'edge-1', cpus: 4 });
  expect(config).toMatchObject({ cores: 4, memory: '4096', tags: 'clusterwright;cw-edge' });
  expect(config).not.toHaveProperty('ide2');
  expect(cluster.simulator.inspect()).toEqual({ vms: [], volumes: [], isos: [], tags: [], runningTasks: [] });
});

test('the proxmox-api package hands on the refusals', async () => {
  const call = proxmox.nodes.$('hv5').qemu.$(555).config.$get();

  await expect(call).rejects.toThrow(
    "500 Configuration file 'nodes/hv5/qemu-server/555.conf' does not exist",
  );
});
