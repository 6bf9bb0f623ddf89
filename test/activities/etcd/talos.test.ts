import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  createEtcdActivities,
  type EtcdActivities,
  type EtcdTarget,
} from '../../../activities/etcd/activities.js';
import type { EtcdRemovalResult } from '../../../activities/etcd/remove-member.js';
import type { EtcdStatus } from '../../../domain/etcd/status.js';
import { addressOf, anEnvironment, CLUSTER_UID, nameOf, TalosWorld, uuidOf } from '../talos/talos-world.js';

const NUMBERS = [1, 2, 3] as const;
const target: EtcdTarget = {
  clusterUid: CLUSTER_UID,
  type: 'TALOS',
  servers: NUMBERS.map((number) => ({
    node: nameOf(number),
    machineUuid: uuidOf(number),
    address: addressOf(number),
    user: '',
  })),
};

let world: TalosWorld;
let activities: EtcdActivities;

beforeEach(async () => {
  world = await TalosWorld.open();
  activities = createEtcdActivities(world.access);
  await world.formed();
  for (const number of [2, 3]) {
    world.powerOn(number);
    await world.step(number, { kind: 'apply-configuration', role: 'controlplane' });
    await world.step(number, { kind: 'etcd-member' });
  }
});

afterEach(() => world.close());

const read = (): Promise<EtcdStatus> => anEnvironment().run(activities.readEtcd, target);
const remove = (node: string): Promise<EtcdRemovalResult> =>
  anEnvironment().run(activities.removeEtcdMember, { ...target, node });

describe('the etcd of machines with Talos', () => {
  test('is told by each of them, and loses its leader’s machine', async () => {
    const before = await read();
    expect(before).toMatchObject({ hasQuorum: true, faultTolerance: 1, alarms: [] });
    expect(before.members.map(({ node }) => String(node)).toSorted()).toEqual(['edge-1', 'edge-2', 'edge-3']);
    const leader = before.members.find(({ isLeader }) => isLeader)?.node ?? '';

    expect(await remove(leader)).toMatchObject({ removed: [{ proof: expect.any(String) }], warnings: [] });

    expect(await read()).toMatchObject({ hasQuorum: true, faultTolerance: 0 });
    const [machine] = world.lab.guests.inspect().machines.filter(({ name }) => name === leader);
    expect(machine?.services).toMatchObject({ etcd: 'Failed' });
    expect(await remove(leader)).toEqual({ removed: [], warnings: [] });
  });

  test('has its leader moved', async () => {
    const from = (await read()).members.find(({ isLeader }) => isLeader)?.node ?? '';

    const moving: Promise<{ leader: string | null }> = anEnvironment().run(activities.moveEtcdLeader, {
      ...target,
      from,
    });

    expect((await moving).leader).not.toBe(from);
  });

  test('keeps its healthy members while one of them has failed, and loses that one', async () => {
    world.powerOff(3);

    await expect(remove('edge-2')).rejects.toMatchObject({
      code: 'ETCD_CHANGE_REFUSED',
      message: expect.stringMatching(/edge-3 is not healthy/),
    });
    expect((await remove('edge-3')).removed).toHaveLength(1);
    expect((await read()).members.map(({ node }) => String(node)).toSorted()).toEqual(['edge-1', 'edge-2']);
  });
});
