/** What others do to machines' VMs: high availability, persons on a host, hosts that go, disks that come. */
import { describe, expect, test } from '@jest/globals';
import { fetch } from 'undici';
import { pinned } from '../../lab/proxmox/simulated-cluster.js';
import { aFaultySimulator, SHARED, until } from './faulty-simulator.js';
import { attempt, perform, type ReservedMachine } from './workshop.js';

const sim = aFaultySimulator();

/** A machine whose disk can be reached from every host. */
const ON_SHARED = { source: SHARED, storage: 'ceph-vm', host: 'hv6' };

/** By an administrator. */
async function administer(method: string, path: string, form: Record<string, string> = {}): Promise<unknown> {
  const { simulator, token } = sim.current.target;
  const agent = pinned(simulator);
  const answer = await fetch(`${simulator.url}/api2/json${path}`, {
    method,
    dispatcher: agent,
    headers: {
      authorization: `PVEAPIToken=${token}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    ...(method === 'GET' ? {} : { body: new URLSearchParams(form).toString() }),
  });
  const body = (await answer.json()) as { data: unknown; message?: string };
  await agent.close();
  if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${body.message}`);
  return body.data;
}

async function changeByHand({ identity }: ReservedMachine, change: Record<string, string>): Promise<void> {
  const { vmid } = identity;
  const host = sim.current.target.simulator.inspect().vms.find((vm) => vm.vmid === vmid)?.node ?? '';
  await sim.current.settled(await sim.current.shop.client.changeConfig({ host, vmid }, change));
}

async function configured(
  change: Parameters<typeof sim.current.shop.machine>[0] = {},
): Promise<ReservedMachine> {
  const reserved = await sim.current.shop.machine(change);
  await sim.current.configured(reserved);
  return reserved;
}

function isRunning({ identity }: ReservedMachine): boolean {
  const { vms } = sim.current.target.simulator.inspect();
  return vms.some(({ vmid, running }) => vmid === identity.vmid && running);
}

function hostOf({ identity }: ReservedMachine): string | undefined {
  return sim.current.target.simulator.inspect().vms.find(({ vmid }) => vmid === identity.vmid)?.node;
}

function volumes(): string[] {
  return sim.current.target.simulator.inspect().volumes.map(({ volid }) => volid);
}

const remove = ({ identity }: ReservedMachine): Promise<void> =>
  attempt(() => sim.current.shop.activities.removeVm({ identity }));

describe('a machine that high availability manages', () => {
  const manage = ({ identity }: ReservedMachine, state = 'started'): Promise<unknown> =>
    administer('POST', '/cluster/ha/resources', { sid: `vm:${identity.vmid}`, state });
  const apart = (rule: string, machines: readonly ReservedMachine[]): Promise<unknown> =>
    administer('POST', '/cluster/ha/rules', {
      rule,
      type: 'resource-affinity',
      affinity: 'negative',
      resources: machines.map(({ identity }) => `vm:${identity.vmid}`).join(','),
    });

  test('is removed, and with it from all rules; those of others stay', async () => {
    const machines = [await configured(ON_SHARED), await configured(ON_SHARED), await configured(ON_SHARED)];
    const [first, second, third] = machines as [ReservedMachine, ReservedMachine, ReservedMachine];
    for (const machine of machines) await manage(machine);
    await apart('all', machines);
    await apart('pair', [first, second]);
    await until(() => machines.every(isRunning));

    await remove(first);

    const { vmid } = first.identity;
    expect(sim.current.vmids()).not.toContain(vmid);
    expect(volumes().filter((volid) => volid.includes(`vm-${vmid}-`))).toEqual([]);
    const resources = (await administer('GET', '/cluster/ha/resources')) as { sid: string }[];
    expect(resources.map(({ sid }) => sid)).toEqual(
      [second, third].map(({ identity }) => `vm:${identity.vmid}`),
    );
    expect(await administer('GET', '/cluster/ha/rules')).toEqual([
      expect.objectContaining({
        rule: 'all',
        resources: `vm:${second.identity.vmid},vm:${third.identity.vmid}`,
      }),
    ]);
    expect([second, third].every(isRunning)).toBe(true);
  });

  test('is not started again while it is being removed', async () => {
    const reserved = await configured(ON_SHARED);
    const { vmid } = reserved.identity;
    await manage(reserved);
    await until(() => isRunning(reserved));

    await remove(reserved);

    const tasks = await sim.current.shop.client.tasks('hv6', { source: 'all', vmid });
    const power = tasks.map(({ type }) => type).filter((type) => /start|stop|shutdown|destroy/.test(type));
    expect(power).toEqual(['qmdestroy', 'qmshutdown', 'qmstart']);
    sim.current.expectNothingLeft();
  });

  test('that is off, and is to be on, is not brought up either', async () => {
    const reserved = await configured(ON_SHARED);
    sim.current.latency.hold('proxmox.ha');
    await manage(reserved);
    const removing = perform(() => sim.current.shop.activities.removeVm({ identity: reserved.identity }));
    await until(async () => ((await administer('GET', '/cluster/ha/resources')) as unknown[]).length === 0);
    sim.current.latency.release('proxmox.ha');

    await removing;

    sim.current.expectNothingLeft();
  });

  test('is left as it is, and the way out named, when the token may not change that', async () => {
    const reserved = await configured(ON_SHARED);
    await manage(reserved);
    await until(() => isRunning(reserved));
    const refusal = {
      kind: 'status',
      status: 403,
      message: 'Permission check failed (/, Sys.Console)',
    } as const;
    const rule = sim.current.fault('before', '^(?:PUT|DELETE) /cluster/ha/', refusal, 100);

    await expect(remove(reserved)).rejects.toMatchObject({
      code: 'HA_NOT_PERMITTED',
      message: expect.stringMatching(
        new RegExp(`ha-manager remove vm:${reserved.identity.vmid}.*Sys\\.Console on /`),
      ),
    });

    expect(isRunning(reserved)).toBe(true);
    sim.current.target.faults.remove(rule);
    await remove(reserved);
    sim.current.expectNothingLeft();
  });

  test('is started when it is seen running, not when the request was taken', async () => {
    const reserved = await configured(ON_SHARED);
    await manage(reserved, 'stopped');
    sim.current.latency.hold('proxmox.ha');
    let isOver = false;
    const starting = attempt(() => sim.current.shop.activities.startVm(reserved)).then(() => (isOver = true));
    await until(async () => {
      const tasks = await sim.current.shop.client.tasks('hv6', { source: 'all' });
      return tasks.some(({ type, status }) => type === 'hastart' && status === 'OK');
    });
    const early = isOver;

    sim.current.latency.release('proxmox.ha');
    await starting;

    expect(early).toBe(false);
    expect(isRunning(reserved)).toBe(true);
    await remove(reserved);
  });

  test('is found where it was brought up when its host went', async () => {
    const reserved = await configured(ON_SHARED);
    await attempt(() => sim.current.shop.activities.startVm(reserved));
    await attempt(() => sim.current.shop.activities.detachSeed(reserved));
    await manage(reserved);
    sim.current.target.simulator.change({ kind: 'node-offline', node: 'hv6' });
    await until(() => hostOf(reserved) !== 'hv6' && isRunning(reserved));

    await perform(() => sim.current.shop.activities.startVm(reserved));
    await perform(() => sim.current.shop.activities.removeVm(reserved));

    sim.current.expectNothingLeft();
  });
});

describe('a machine that is moved between looking and acting', () => {
  test.each([
    ['started', '^POST .*/status/start$', () => attempt(() => sim.current.shop.activities.startVm(machine))],
    ['removed', '^DELETE /nodes/hv6/qemu/', () => remove(machine)],
  ])('is %s in the same attempt, where it is now', async (_what, call, act) => {
    machine = await configured(ON_SHARED);
    await attempt(() => sim.current.shop.activities.detachSeed(machine));
    sim.current.fault('before', call, { kind: 'move-vm', node: 'hv7' });

    await act();

    await remove(machine);
    sim.current.expectNothingLeft();
  });
  let machine: ReservedMachine;

  test('has its medium uploaded to where it is now', async () => {
    const reserved = await sim.current.shop.machine(ON_SHARED);
    await perform(() => sim.current.shop.activities.claimVm(reserved));
    const { vmid } = reserved.identity;
    sim.current.target.simulator.change({ kind: 'move-vm', vmid, node: 'hv7' });

    await attempt(() => sim.current.shop.activities.uploadSeed(reserved.seed));
    await attempt(() => sim.current.shop.activities.configureVm(reserved));

    expect(sim.current.target.simulator.inspect().isos).toEqual([expect.objectContaining({ node: 'hv7' })]);
    await remove(reserved);
    sim.current.expectNothingLeft();
  });

  test('has its disk known by its slot, whatever it is called now', async () => {
    const reserved = await configured();
    await attempt(() => sim.current.shop.activities.detachSeed(reserved));
    const { vmid } = reserved.identity;
    await administer('POST', `/nodes/hv5/qemu/${vmid}/migrate`, { target: 'hv7' });
    await until(() => hostOf(reserved) === 'hv7');
    await until(() => sim.current.runningTasks().length === 0);

    await remove(reserved);

    sim.current.expectNothingLeft();
  });
});

describe('the disks of a machine that is removed', () => {
  test('that a person added to it keep it from being removed, untouched and named', async () => {
    const reserved = await configured();
    const { vmid } = reserved.identity;
    await attempt(() => sim.current.shop.activities.startVm(reserved));
    await changeByHand(reserved, { scsi1: 'local-zfs:4' });
    const before = await sim.current.shop.client.vmConfig({ host: 'hv5', vmid });

    await expect(remove(reserved)).rejects.toMatchObject({
      code: 'DISK_NOT_OURS',
      message: expect.stringContaining(`local-zfs:vm-${vmid}-disk-1 (scsi1)`),
    });

    expect(isRunning(reserved)).toBe(true);
    expect(await sim.current.shop.client.vmConfig({ host: 'hv5', vmid })).toEqual(before);
    await changeByHand(reserved, { protection: '0' });
    await changeByHand(reserved, { delete: 'scsi1' });
    // Detached, it would still be destroyed with the VM.
    await expect(remove(reserved)).rejects.toMatchObject({ code: 'DISK_NOT_OURS' });
    await changeByHand(reserved, { delete: 'unused0' });
    await remove(reserved);
    sim.current.expectNothingLeft();
  });

  test('that carry the number of another VM are detached and stay', async () => {
    const [owner, reserved] = [await configured(ON_SHARED), await configured(ON_SHARED)];
    await changeByHand(owner, { scsi1: 'ceph-vm:4' });
    const volume = `ceph-vm:vm-${owner.identity.vmid}-disk-1`;
    await changeByHand(reserved, { scsi2: volume });

    await remove(reserved);

    expect(volumes()).toContain(volume);
    expect(volumes().filter((volid) => volid.includes(`vm-${reserved.identity.vmid}-`))).toEqual([]);
    await changeByHand(owner, { protection: '0' });
    await changeByHand(owner, { delete: 'scsi1' });
    await changeByHand(owner, { delete: 'unused0' });
    await remove(owner);
  });

  test('are those that it was made with: the ledger has them from the claim on', async () => {
    const reserved = await sim.current.shop.machine();
    const { uuid, vmid } = reserved.identity;

    await perform(() => sim.current.shop.activities.claimVm(reserved));

    expect(await sim.current.shop.ledger.volumesOf(uuid)).toEqual([
      { slot: 'scsi0', volume: `local-zfs:vm-${vmid}-disk-0` },
    ]);
  });
});

describe('the VM of a control plane', () => {
  test('is protected once it is configured, and unprotected only to be removed', async () => {
    const [server, worker] = [await configured(), await configured({ role: 'WORKER' })];
    const protection = async ({ identity }: ReservedMachine): Promise<unknown> =>
      (await sim.current.shop.client.vmConfig({ host: 'hv5', vmid: identity.vmid }))['protection'];

    const before = [await protection(server), await protection(worker)];
    const destroying = sim.current.shop.client.destroyVm({ host: 'hv5', vmid: server.identity.vmid });
    await expect(destroying).rejects.toMatchObject({ message: expect.stringContaining('protection mode') });
    await remove(server);
    await remove(worker);

    expect(before).toEqual([1, undefined]);
    sim.current.expectNothingLeft();
  });

  test('that a person unprotected is not protected again', async () => {
    const reserved = await configured();
    await changeByHand(reserved, { protection: '0' });

    await attempt(() => sim.current.shop.activities.configureVm(reserved));

    const { vmid } = reserved.identity;
    expect((await sim.current.shop.client.vmConfig({ host: 'hv5', vmid }))['protection']).toBe(0);
    await remove(reserved);
  });
});

describe('an answer that is lost', () => {
  test.each([
    [
      'start',
      '^POST .*/status/start$',
      'qmstart',
      () => attempt(() => sim.current.shop.activities.startVm(lost)),
    ],
    ['removal', '^DELETE /nodes/hv5/qemu/', 'qmdestroy', () => remove(lost)],
  ])(
    'of a %s is made up for by the task that it began, in the same attempt',
    async (_what, call, type, act) => {
      lost = await configured();
      const { vmid } = lost.identity;
      sim.current.fault('after', call, { kind: 'drop' });

      await act();

      const tasks = await sim.current.shop.client.tasks('hv5', { source: 'all', vmid });
      expect(tasks.filter((task) => task.type === type)).toHaveLength(1);
      await remove(lost);
    },
  );
  let lost: ReservedMachine;
});

describe('what a task warns of', () => {
  test('is in the result of the activity', async () => {
    const reserved = await configured();
    sim.current.fault('before', '^POST .*/status/start$', {
      kind: 'task-warning',
      message: 'no nested paging',
    });

    const result = await attempt(() => sim.current.shop.activities.startVm(reserved));

    expect(result).toEqual({ warnings: ['no nested paging'] });
    await remove(reserved);
  });
});

describe('what a crash left of a VM that was being made', () => {
  test('is listed with the commands that remove it, though it does not say whose it is', async () => {
    const { shop, target } = sim.current;
    const reserved = await shop.machine();
    const { vmid } = reserved.identity;
    sim.current.fault('before', '/clone$', { kind: 'task-crash', when: 'underway' });
    const claimed = await perform(() => shop.activities.claimVm(reserved));
    await perform(() => shop.activities.removeVm(reserved));
    const { clusterUid, cluster } = shop;

    const verifying = attempt(() => shop.activities.verifyNothingLeft({ clusterUid, cluster }));

    expect(claimed.vmid).not.toBe(vmid);
    await expect(verifying).rejects.toMatchObject({
      code: 'RESIDUE_LEFT',
      message: expect.stringMatching(
        new RegExp(`VM ${vmid} on hv5, half made .*qm unlock ${vmid}, then qm destroy ${vmid}`),
      ),
    });
    target.simulator.change({ kind: 'unlock-vm', vmid });
    await attempt(() => shop.activities.verifyNothingLeft({ clusterUid, cluster }));
  });
});

describe('a cluster that nobody can be sure of', () => {
  test.each([
    ['without quorum', { kind: 'quorum-lost' }, { kind: 'quorum-regained' }],
    ['whose host hangs', { kind: 'node-hanging', node: 'hv5' }, { kind: 'node-online', node: 'hv5' }],
    ['whose host is cut off', { kind: 'node-offline', node: 'hv5' }, { kind: 'node-online', node: 'hv5' }],
  ] as const)('%s never makes a machine gone', async (_how, trouble, relief) => {
    const reserved = await configured();
    const { identity } = reserved;
    sim.current.target.simulator.change(trouble);

    await expect(remove(reserved)).rejects.toMatchObject({ code: 'PROXMOX_NODE_UNREACHABLE' });

    expect(await sim.current.shop.ledger.get(identity.uuid)).toMatchObject({ state: 'done' });
    sim.current.target.simulator.change(relief);
    await perform(() => sim.current.shop.activities.removeVm({ identity }));
    sim.current.expectNothingLeft();
  });
});
