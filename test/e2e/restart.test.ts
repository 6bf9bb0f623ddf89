import { afterEach, expect, test } from '@jest/globals';
import { clusterOf, decommission, example, provision, settled } from './clusters.js';
import { kubectl } from './kubectl.js';
import { LabProcess, waitFor } from './lab-process.js';

let lab: LabProcess | undefined;
afterEach(() => lab?.stop());

test('everything that was stopped comes back as it was: Temporal, Proxmox, machines, Kubernetes, the service', async () => {
  const first = await LabProcess.start();
  lab = first;
  const name = await provision(first, example('k3s-one-server-two-workers'));
  const before = await settled(first, name);
  const created = await kubectl(first, name, 'create', 'namespace', 'kept');
  await first.stop({ keepsState: true });

  const second = await LabProcess.start({ stateDir: first.stateDir });
  lab = second;
  const after = await clusterOf(second, name);
  const namespaces = await waitFor(
    'the Kubernetes API to answer again',
    () => kubectl(second, name, 'get', 'namespaces').catch(() => null),
    30_000,
  );
  const nodes = await waitFor(
    'the nodes to be Ready again',
    async () => {
      const lines = await kubectl(second, name, 'get', 'nodes', '--no-headers');
      return lines.includes('NotReady') ? null : lines;
    },
    30_000,
  );

  expect(created).toContain('created');
  expect(after).toMatchObject({ phase: 'READY', nodes: before.nodes });
  expect(namespaces).toContain('kept');
  expect(nodes.trim().split('\n')).toHaveLength(3);
  await decommission(second, name);
});

test('a service that is stopped in the middle of a provision goes on with it when it is started again', async () => {
  const first = await LabProcess.start();
  lab = first;
  const hold = await first.fault({
    target: 'proxmox',
    stage: 'after',
    match: '^POST /nodes/[^/]+/qemu/9001/clone$',
    effect: { kind: 'hold' },
  });
  const name = await provision(first, example('k3s-edge'));
  await waitFor(
    'the clone to be held',
    async () => (await first.control<{ hits: number }[]>('/faults'))[0]?.hits === 1,
    30_000,
  );
  const stopped = first.stop({ keepsState: true });
  await first.release(hold).catch(() => undefined);
  await stopped;

  const second = await LabProcess.start({ stateDir: first.stateDir });
  lab = second;

  expect((await settled(second, name, 120_000)).phase).toBe('READY');
  const { proxmox } = await second.control<{ proxmox: { vms: unknown[] } }>('/world');
  expect(proxmox.vms).toHaveLength(1);
  await decommission(second, name);
});
