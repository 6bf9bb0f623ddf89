import { afterEach, expect, test } from '@jest/globals';
import { until } from '../../lab/guest/lab.js';
import { VanillaLab } from '../../lab/guest/kubeadm/vanilla-lab.js';
import { EtcdWorld } from './etcd-world.js';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

test('the etcd of a control plane that kubeadm made loses a member, and its API server with it', async () => {
  const vanilla = await VanillaLab.start();
  closers.push(() => vanilla.close());
  await vanilla.boot('CONTROL_PLANE', 'CONTROL_PLANE', 'CONTROL_PLANE');
  for (const number of [1, 2, 3]) await vanilla.up(number);
  const world = await EtcdWorld.open(vanilla.lab, 'VANILLA', [1, 2, 3]);
  closers.push(() => world.close());
  await world.run('waitForEtcdVoters', { nodes: ['edge-1', 'edge-2', 'edge-3'] });
  expect((await world.read()).members.map(({ name }) => name).toSorted()).toEqual([
    'edge-1',
    'edge-2',
    'edge-3',
  ]);

  await world.run('removeEtcdMember', { node: 'edge-3' });

  const status = await world.read();
  expect(status).toMatchObject({ hasQuorum: true, faultTolerance: 0 });
  expect(status.members.map(({ node }) => String(node)).toSorted()).toEqual(['edge-1', 'edge-2']);
  await until(async () => {
    const machine = vanilla.lab.guests.inspect().machines.find(({ name }) => name === 'edge-3');
    const ports: readonly number[] = machine?.ports ?? [6_443];
    return !ports.includes(6_443) && !ports.includes(2_379);
  });
});
