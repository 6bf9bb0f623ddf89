import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { TestLab, until } from '../../lab/guest/lab.js';
import { addressOf, EtcdWorld, formK3s, installK3s, nodeOf } from './etcd-world.js';

let lab: TestLab;
let world: EtcdWorld;

beforeEach(() => {
  lab = new TestLab();
});

afterEach(async () => {
  await world.close();
  await lab.close();
});

async function formed(...numbers: number[]): Promise<void> {
  world = await EtcdWorld.open(lab, 'K3S', numbers);
  await formK3s(lab, numbers);
}

const leaderOf = async (): Promise<string | null | undefined> =>
  (await world.read()).members.find(({ isLeader }) => isLeader)?.node;

describe('the etcd of K3s', () => {
  test('is told by each of its machines', async () => {
    await formed(1, 2, 3);

    const status = await world.read();

    expect(status).toMatchObject({ hasQuorum: true, faultTolerance: 1, alarms: [] });
    expect(status.members.map(({ node }) => String(node)).toSorted()).toEqual(['edge-1', 'edge-2', 'edge-3']);
    expect(status.members.filter(({ isLeader }) => isLeader)).toHaveLength(1);
    for (const member of status.members) {
      expect(member).toMatchObject({ isHealthy: true, isLearner: false, problem: null });
      expect(member.name).toMatch(/^edge-\d-[0-9a-f]{8}$/);
      expect(BigInt(member.id)).toBeGreaterThan(2n ** 40n);
      expect(member.appliedIndex).toBeGreaterThan(0);
      expect(member.databaseBytes).toBeGreaterThan(0);
    }
  });

  test('has a member that does not answer where the machine is off, and says so', async () => {
    await formed(1, 2, 3);
    world.off(3);

    const status = await world.read();

    expect(status).toMatchObject({ hasQuorum: true, faultTolerance: 0 });
    expect(status.members.find(({ node }) => node === 'edge-3')).toMatchObject({
      isHealthy: false,
      problem: expect.stringMatching(/10\.1\.107\.103/),
      appliedIndex: null,
    });
  });

  test('has no quorum where most of its machines are off', async () => {
    await formed(1, 2, 3);
    world.off(2);
    world.off(3);

    const status = await world.read();

    expect(status).toMatchObject({ hasQuorum: false, faultTolerance: 0 });
    expect(status.members.find(({ node }) => node === 'edge-1')).toMatchObject({ isHealthy: false });
    await expect(world.run('removeEtcdMember', { node: 'edge-3' })).rejects.toMatchObject({
      code: 'ETCD_CHANGE_REFUSED',
      message: expect.stringMatching(/no quorum/),
    });
  });

  test('is not there on a server that keeps SQLite', async () => {
    world = await EtcdWorld.open(lab, 'K3S', [1]);
    const login = await installK3s(lab, 1, 'token: secret\\n');
    await login.run('sudo systemctl start k3s');

    await expect(world.read()).rejects.toMatchObject({
      code: 'ETCD_UNREACHABLE',
      message: expect.stringMatching(/^edge-1: there is no etcd: \S+client.crt is missing$/),
    });
  });

  test('has its leader moved, once', async () => {
    await formed(1, 2, 3);
    const from = (await leaderOf()) ?? '';

    const { leader } = await world.run('moveEtcdLeader', { from });

    expect(leader).not.toBe(from);
    expect(await leaderOf()).toBe(leader);
    expect(await world.run('moveEtcdLeader', { from })).toEqual({ leader });
  });

  test('loses three members one after the other down to the last, which stays', async () => {
    await formed(1, 2, 3);
    const first = (await leaderOf()) ?? '';

    const { removed, warnings } = await world.run('removeEtcdMember', { node: first });

    expect(removed).toEqual([
      {
        id: expect.stringMatching(/^\d+$/),
        proof: expect.stringMatching(/^now 3 of 3 voters are healthy .* it is 2 of 2 .*, and 2 are needed$/),
      },
    ]);
    expect(warnings).toEqual([]);
    // Its own service would join again.
    const login = await lab.login(addressOf(Number(first.replace('edge-', ''))));
    expect(await login.stdout('systemctl is-active k3s; systemctl is-enabled k3s')).toBe(
      'inactive\ndisabled\n',
    );
    expect(await world.run('removeEtcdMember', { node: first })).toEqual({ removed: [], warnings: [] });

    const [second, last] = (await world.read()).members.map(({ node }) => node ?? '');
    await world.run('removeEtcdMember', { node: second ?? '' });
    expect(await world.read()).toMatchObject({ hasQuorum: true, members: [{ node: last, isLeader: true }] });

    await expect(world.run('removeEtcdMember', { node: last ?? '' })).rejects.toMatchObject({
      code: 'ETCD_CHANGE_REFUSED',
      message: expect.stringMatching(new RegExp(`^${last} may not leave: ${last} is the only voter`)),
    });
  });

  test('loses the member of a machine that is gone, and says that nothing could be stopped there', async () => {
    await formed(1, 2, 3);
    const [gone = 3] = [1, 2, 3].filter((number) => nodeOf(number) !== 'edge-1');
    world.off(gone);

    const { removed, warnings } = await world.run('removeEtcdMember', { node: nodeOf(gone) });

    expect(removed).toHaveLength(1);
    expect(warnings).toEqual([
      expect.stringMatching(/^edge-2 may join again until its machine is stopped: /),
    ]);
    expect(await world.read()).toMatchObject({ hasQuorum: true, faultTolerance: 0 });
  });

  test('keeps its healthy members while one of them has failed', async () => {
    await formed(1, 2, 3);
    world.off(3);

    await expect(world.run('removeEtcdMember', { node: 'edge-2' })).rejects.toMatchObject({
      code: 'ETCD_CHANGE_REFUSED',
      message: expect.stringMatching(/afterwards 1 of 2 voters would be healthy, and 2 are needed/),
    });
    expect((await world.read()).members).toHaveLength(3);
  });

  test('is waited for until a server that joins votes', async () => {
    await formed(1);
    await world.close();
    world = await EtcdWorld.open(lab, 'K3S', [1, 2]);
    const waiting = world.run('waitForEtcdVoters', { nodes: ['edge-1', 'edge-2'] });

    const login = await installK3s(lab, 2, `token: secret\\nserver: https://${addressOf(1)}:6443\\n`);
    await login.run('sudo systemctl start k3s');
    await waiting;

    await until(async () => (await world.read()).members.length === 2);
    expect(await world.read()).toMatchObject({ hasQuorum: true, faultTolerance: 0 });
  });
});
