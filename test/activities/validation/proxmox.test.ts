import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createProxmoxClient, type ProxmoxClient } from '../../../activities/proxmox/client.js';
import { waitForTask } from '../../../activities/proxmox/tasks.js';
import { createProxmoxValidation } from '../../../activities/validation/activities.js';
import type { CheckResult } from '../../../domain/validation/result.js';
import { clusterTag, macOf, OWNER_TAG, ownershipMark } from '../../../domain/machine.js';
import { simulatorTarget, type SimulatorTarget } from '../../contract/proxmox/simulator-target.js';
import { BALANCER, SERVERS, WORKER } from '../../domain/validation/subject.js';
import { aStore } from '../../store/store-builder.js';
import { aRequest, CLUSTER_UID, evidenceOf, inActivity, statuses } from './observe-request.js';

const MACHINES = [...SERVERS, WORKER, BALANCER];
const HOSTS = ['hv5', 'hv6', 'hv7', 'hv5', 'hv6'];
const FIRST = 20_000;

const uuidOf = (index: number): string => `00000000-0000-4000-8000-00000000000${index}`;
const addressOf = (index: number) => ({ host: HOSTS[index] ?? '', vmid: FIRST + index });

let proxmox: SimulatorTarget;
let client: ProxmoxClient;
/** What each machine was made with. */
const machineOf = (index: number) => {
  const { name = '', role } = MACHINES[index] ?? {};
  const identity = { clusterUid: CLUSTER_UID, name, uuid: uuidOf(index) };
  const isService = role === 'SERVICE';
  return {
    name,
    description: ownershipMark(identity),
    tags: `${OWNER_TAG};${clusterTag('edge')}`,
    smbios1: `uuid=${uuidOf(index)}`,
    cores: isService ? 1 : 2,
    memory: isService ? 1_024 : 4_096,
    net0: `virtio=${macOf(uuidOf(index))},bridge=vmbr0`,
    onboot: 1,
    scsi0: 'ceph-vm:8',
  };
};

beforeAll(async () => {
  proxmox = await simulatorTarget();
  client = createProxmoxClient({
    endpoints: [{ url: proxmox.url, trust: proxmox.trust }],
    token: proxmox.token,
  });
  await inActivity(async () => {
    for (let index = 0; index < MACHINES.length; index += 1) {
      await waitForTask(client, await client.createVm(addressOf(index), machineOf(index)));
      await waitForTask(client, await client.startVm(addressOf(index)));
    }
  });
});
afterAll(async () => {
  await client.close();
  await proxmox.close();
});

let ledger: Awaited<ReturnType<typeof aStore>>['machines'];
beforeEach(async () => {
  ({ machines: ledger } = await aStore());
  await ledger.reserve({
    ...{ clusterUid: CLUSTER_UID, cluster: 'edge', range: { from: FIRST, to: FIRST + 99 }, avoid: [] },
    machines: MACHINES.map(({ name }, index) => ({ name, uuid: uuidOf(index), host: HOSTS[index] ?? '' })),
  });
});

const validate = (): Promise<CheckResult[]> =>
  inActivity(() => createProxmoxValidation({ client, ledger }).validateProxmox(aRequest('PROXMOX')));

/** What the status daemon has told by now: it is asked until it is so. */
async function seenAs(id: string, status: string): Promise<CheckResult[]> {
  const end = Date.now() + 30_000;
  for (;;) {
    const results = await validate();
    if (statuses(results)[id] === status || Date.now() > end) return results;
  }
}

test('machines as they were made pass', async () => {
  const results = await seenAs('vm-running', 'passed');

  expect(results.filter(({ status }) => status !== 'passed')).toEqual([]);
  expect(results.length).toBeGreaterThan(12);
});

describe('is failed by', () => {
  const change = async (index: number, options: Record<string, string | number>): Promise<void> => {
    await inActivity(async () => {
      const config = await client.vmConfig(addressOf(index));
      const upid = await client.changeConfig(addressOf(index), { digest: config.digest ?? '', ...options });
      await waitForTask(client, upid);
    });
  };

  test.each([
    ['vm-identity', { tags: 'somebody-else' }, /lacks the tag "clusterwright"/],
    ['vm-network', { net0: `virtio=${macOf(uuidOf(0))},bridge=vmbr0,tag=99` }, /VLAN 99, not none/],
    ['vm-start-at-boot', { onboot: 0 }, /onboot is not set/],
  ])(
    '%s, and by nothing else',
    async (id, options, says) => {
      await change(0, options);
      const results = await validate();
      const wanted = machineOf(0);
      await change(
        0,
        Object.fromEntries(Object.keys(options).map((key) => [key, wanted[key as keyof typeof wanted]])),
      );

      expect(results.filter(({ status }) => status !== 'passed').map((result) => result.id)).toEqual([id]);
      expect(evidenceOf(results, id)[0]).toMatch(says);
    },
    60_000,
  );

  test('another size than that of its group', async () => {
    const request = aRequest('PROXMOX');
    const [group, ...others] = request.definition.nodeGroups;
    const template = { ...group?.template, cores: 8 } as NonNullable<typeof group>['template'];
    const nodeGroups = group === undefined ? [] : [{ ...group, template }, ...others];
    const definition = { ...request.definition, nodeGroups };
    const activities = createProxmoxValidation({ client, ledger });

    const results = await inActivity(() => activities.validateProxmox({ ...request, definition }));

    expect(evidenceOf(results, 'vm-size')).toEqual(
      SERVERS.map(({ name }) => `${name}: it has 2 cores, not 8`),
    );
  });

  test('a VM that is off', async () => {
    await inActivity(async () => waitForTask(client, await client.stopVm(addressOf(3))));
    const results = await seenAs('vm-running', 'failed');
    await inActivity(async () => waitForTask(client, await client.startVm(addressOf(3))));

    expect(statuses(results)).toMatchObject({ 'vm-running': 'failed', 'vm-exists': 'passed' });
    expect(evidenceOf(results, 'vm-running')).toEqual(['edge-worker-1: VM 20003 is stopped']);
  });
});

describe('a backup job of Proxmox VE', () => {
  const PLAIN = { schedule: '02:00', storage: 'local' };
  const ALL_BUT = MACHINES.map((_machine, index) => FIRST + index).slice(2);

  test.each([
    ['all guests', { all: 1 }, 3],
    ['guests by VMID', { vmid: `${FIRST},${FIRST + 2},999` }, 2],
    ['one member, and others', { vmid: `${FIRST},${FIRST + 3}` }, 0],
    ['all guests but some', { all: 1, exclude: ALL_BUT.join(',') }, 2],
    ['guests of one host', { all: 1, node: 'hv5' }, 0],
    ['a pool that has none', { pool: 'others' }, 0],
    ['all guests, and is off', { all: 1, enabled: 0 }, 0],
  ] as const)('that takes %s', async (_what, job, members) => {
    proxmox.simulator.putBackupJob('nightly', { ...PLAIN, ...job });
    const results = await validate();
    proxmox.simulator.putBackupJob('nightly', { ...PLAIN, enabled: 0 });

    const named = SERVERS.map(({ name }) => name).slice(0, members);
    expect(statuses(results)['backup-jobs']).toBe(members === 0 ? 'passed' : 'failed');
    if (members === 3) {
      expect(evidenceOf(results, 'backup-jobs')).toEqual([
        `nightly: it backs up ${named.join(', ')} (02:00)`,
      ]);
    }
  });
});

test('a machine that the ledger does not know has no VM, and is not looked for by its name', async () => {
  const { machines: empty } = await aStore();
  const activities = createProxmoxValidation({ client, ledger: empty });

  const results = await inActivity(() => activities.validateProxmox(aRequest('PROXMOX')));

  expect(statuses(results)).toMatchObject({ 'vm-exists': 'failed', 'vm-identity': 'unknown' });
  expect(evidenceOf(results, 'vm-exists')[0]).toBe('edge-server-1: it has no VMID');
});
