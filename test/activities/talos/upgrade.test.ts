import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { talosMachine } from '../../../activities/talos/access.js';
import { METHODS } from '../../../activities/talos/api/methods.js';
import { observeTalos } from '../../../activities/talos/observe.js';
import { until } from '../../lab/guest/lab.js';
import { anEnvironment, aTalosDefinition, nameOf, TalosWorld } from './talos-world.js';

const NEVER = new AbortController().signal;
const NEW = 'v1.10.2';
const UPGRADE = { kind: 'upgrade', leavesNewer: false } as const;
const INSTALLER = 'ghcr.io/siderolabs/installer';

let world: TalosWorld;

beforeEach(async () => {
  world = await TalosWorld.open();
});

afterEach(async () => {
  await world.close();
});

const at = (version: string) => ({ ...aTalosDefinition(), version });

async function versionOf(number: number): Promise<string> {
  const state = await observeTalos(await talosMachine(world.access, world.target(number), NEVER));
  return state.kind === 'member' ? state.version : state.kind;
}

function consoleOf(number: number): string {
  const { machines } = world.lab.guests.inspect();
  return (machines.find(({ name }) => name === nameOf(number))?.console ?? []).join('\n');
}

/** A second member of etcd, and a worker as the third machine. */
async function threeMachines(): Promise<void> {
  await world.formed();
  world.powerOn(2);
  await world.step(2, { kind: 'apply-configuration', role: 'controlplane' });
  await world.step(2, { kind: 'etcd-member' });
  world.powerOn(3);
  await world.step(3, { kind: 'apply-configuration', role: 'worker' });
  await world.step(3, { kind: 'answers', role: 'worker' });
}

async function tellOnly(number: number, change: object = {}): Promise<void> {
  const machine = await talosMachine(world.access, world.target(number), NEVER);
  const request = { image: `${INSTALLER}:${NEW}`, preserve: true, stage: false, force: false, ...change };
  await machine.asMember((connection) => connection.call(METHODS.upgrade, request));
}

describe('an upgrade of Talos', () => {
  test('restarts a machine with the release, which keeps what it has of the cluster', async () => {
    await threeMachines();

    for (const number of [1, 2, 3]) {
      expect(await world.step(number, UPGRADE, { definition: at(NEW) })).toEqual({ changed: true });
      expect(await versionOf(number)).toBe(NEW);
    }

    for (const number of [1, 2]) await world.step(number, { kind: 'etcd-member' });
    expect(await world.step(1, UPGRADE, { definition: at(NEW) })).toEqual({ changed: false });
  });

  test('goes back where that is asked for, and leaves a newer one alone where it is not', async () => {
    await world.formed();
    await world.step(1, UPGRADE, { definition: at(NEW) });

    const kept = await world.step(1, { kind: 'upgrade', leavesNewer: true }, { definition: at('v1.9.1') });
    expect(kept).toEqual({ changed: false });
    await world.step(1, UPGRADE, { definition: at('v1.9.1') });

    expect(await versionOf(1)).toBe('v1.9.1');
  });

  test('whose answer was lost is looked for, and not told again', async () => {
    await world.formed();
    await tellOnly(1);
    await until(async () => (await versionOf(1)) === NEW);

    expect(await world.step(1, UPGRADE, { definition: at(NEW) })).toEqual({ changed: false });
  });

  test('waits for another member of etcd that is away, and tells what Talos says of it', async () => {
    await threeMachines();
    world.powerOff(2);
    const environment = anEnvironment();
    const said = environment.heard(/failed to validate etcd for upgrade/);
    const upgraded = world.step(1, UPGRADE, { definition: at(NEW), environment, timeoutSeconds: 60 });
    await said;

    world.powerOn(2);

    expect(await upgraded).toEqual({ changed: true });
  });

  test('to a release that Talos does not go to at once says so in the end', async () => {
    await world.formed();

    await expect(
      world.step(1, UPGRADE, { definition: at('v1.14.0'), timeoutSeconds: 0 }),
    ).rejects.toMatchObject({
      message: expect.stringMatching(/v1\.9\.1 is too old to upgrade to Talos v1\.14\.0/),
    });

    expect(await versionOf(1)).toBe('v1.9.1');
  });
});

describe('a machine with Talos refuses', () => {
  test.each([
    ['an image that is none of an installer', { image: 'ghcr.io/siderolabs/talos' }, status.UNKNOWN],
    ['to lose the only copy of etcd', { preserve: false }, status.UNKNOWN],
    ['to be forced', { force: true }, status.UNIMPLEMENTED],
  ])('%s', async (_what, change, code) => {
    await world.formed();

    await expect(tellOnly(1, change)).rejects.toMatchObject({ code });

    expect(await versionOf(1)).toBe('v1.9.1');
  });

  test('to run a kubelet that is newer than the API server', async () => {
    await threeMachines();

    await world.step(3, UPGRADE, { definition: at(NEW) });

    await until(async () => /kubelet v1\.33\.0 is newer than the API server v1\.32\.0/.test(consoleOf(3)));
  });
});
