/** What is known of real Proxmox VE about migration, its options and the firewalls of VMs. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { PVE_ADMIN } from '../../../lab/proxmox/privileges.js';
import type { SimulatedCluster, Form } from './simulated-cluster.js';
import { startWithTwoVms, VM, OTHER, RULES, runs, refused, manage } from './two-vms.js';

let cluster: SimulatedCluster;

beforeEach(async () => {
  cluster = await startWithTwoVms();
});
afterEach(() => cluster.stop());

describe('fact 22: a migration', () => {
  test('is asked for its conditions: what is local, and which resources are in the way', async () => {
    await cluster.task('POST', `${OTHER}/migrate`, { target: 'hv7' });
    for (const vmid of [100, 101]) await manage(cluster, vmid, { state: 'stopped' });
    await cluster.data('POST', RULES, {
      rule: 'apart',
      type: 'resource-affinity',
      resources: 'vm:100,vm:101',
      affinity: 'negative',
    });
    const upload = await cluster.upload('seed.iso', new Uint8Array(1), { content: 'iso' }, 'hv6');
    await cluster.ended(upload.data as string);
    await cluster.data('PUT', `${VM}/config`, { ide2: 'local:iso/seed.iso,media=cdrom' });

    const conditions = await cluster.data('GET', `${VM}/migrate`);

    expect(conditions).toMatchObject({
      running: 0,
      allowed_nodes: ['hv5'],
      not_allowed_nodes: {
        hv7: { 'blocking-ha-resources': [{ sid: 'vm:101', cause: 'resource-affinity' }] },
      },
      local_disks: [{ volid: 'local:iso/seed.iso', cdrom: 1 }],
    });
  });

  test('takes no local medium along, and local disks of a VM that runs only when told so', async () => {
    await cluster.clone(104);
    const local = '/nodes/hv5/qemu/104';
    await cluster.task('POST', `${local}/status/start`);

    const offline = await cluster.request('POST', `${local}/migrate`, { target: 'hv6' });
    const plain = await cluster.request('POST', `${local}/migrate`, { target: 'hv6', online: 1 });
    const status = await cluster.task('POST', `${local}/migrate`, {
      target: 'hv6',
      online: 1,
      'with-local-disks': 1,
    });

    expect(offline.reason).toBe("can't migrate running VM without --online");
    expect(plain.reason).toBe("can't live migrate attached local disks without with-local-disks option");
    expect(status).toBe('OK');
    expect(await cluster.config('hv6', 104)).not.toHaveProperty('lock');
    await runs(cluster, '/nodes/hv6/qemu/104');
    expect(cluster.simulator.inspect().volumes).toContainEqual({
      node: 'hv6',
      volid: 'local-zfs:vm-104-disk-0',
    });
  });

  test('holds the lock of the VM, and is over on the target only when it has ended', async () => {
    cluster.latency.hold('proxmox.migrate');
    const upid = await cluster.data<string>('POST', `${VM}/migrate`, { target: 'hv7' });
    await cluster.until('GET', `${VM}/config`, ({ data }) => (data as { lock?: string }).lock === 'migrate');

    const meanwhile = await cluster.request('GET', '/nodes/hv7/qemu/100/config');
    const change = await cluster.request('PUT', `${VM}/config`, { name: 'other' });

    expect(meanwhile.status).toBe(500);
    expect(change.reason).toBe('VM is locked (migrate)');
    cluster.latency.release('proxmox.migrate');
    expect(await cluster.ended(upid)).toBe('OK');
    expect(await cluster.config('hv7', 100)).toHaveProperty('scsi0');
  });

  test.each(['force', 'migration_type', 'migration_network'])('has %s for root alone', async (option) => {
    const value = option === 'force' ? 1 : option === 'migration_type' ? 'insecure' : '10.0.0.0/8';

    const reply = await cluster.request('POST', `${VM}/migrate`, { target: 'hv7', [option]: value });

    expect(reply.body?.errors).toEqual({ [option]: 'Only root may use this option.' });
  });
});

describe('fact 23: the options of the datacenter', () => {
  test('say whether Proxmox VE balances by itself', async () => {
    const before = await cluster.data('GET', '/cluster/options');

    cluster.simulator.setCrs({ ha: 'dynamic', 'ha-auto-rebalance': 1 });

    expect(before).not.toHaveProperty('crs');
    expect(await cluster.data('GET', '/cluster/options')).toMatchObject({
      crs: { ha: 'dynamic', 'ha-auto-rebalance': 1 },
    });
  });
});

describe('the firewall of a VM', () => {
  const PATH = `${VM}/firewall`;
  const add = (rule: Form): Promise<unknown> => cluster.data('POST', `${PATH}/rules`, rule);
  const comments = async (): Promise<unknown[]> =>
    (await cluster.data<{ comment: string }[]>('GET', `${PATH}/rules`)).map(({ comment }) => comment);

  test('takes each new rule at the top, switched off unless it says otherwise', async () => {
    await add({ type: 'in', action: 'DROP', comment: 'first' });
    await add({
      type: 'in',
      action: 'ACCEPT',
      enable: 1,
      proto: 'tcp',
      dport: '22,6443,30000:32767',
      source: '10.1.107.0/24',
      comment: 'second',
      pos: 9,
    });

    const rules = await cluster.data('GET', `${PATH}/rules`);

    expect(rules).toEqual([
      expect.objectContaining({ pos: 0, enable: 1, proto: 'tcp', dport: '22,6443,30000:32767' }),
      expect.objectContaining({ pos: 1, enable: 0, action: 'DROP' }),
    ]);
  });

  test('moves, changes and removes rules by their position, compared by the digest', async () => {
    for (const comment of ['a', 'b', 'c']) await add({ type: 'in', action: 'DROP', comment });
    const { digest } = await cluster.data<{ digest: string }>('GET', `${PATH}/rules/0`);

    await cluster.data('PUT', `${PATH}/rules/0`, { moveto: 3, digest });
    const stale = await cluster.request('DELETE', `${PATH}/rules/0`, { digest });
    await cluster.data('PUT', `${PATH}/rules/1`, { comment: 'd', enable: 1 });
    await cluster.data('DELETE', `${PATH}/rules/0`);

    expect(stale.reason).toBe('detected modified configuration - file changed by other user? Try again.');
    expect(await comments()).toEqual(['d', 'c']);
    const beyond = await cluster.request('DELETE', `${PATH}/rules/7`);
    expect(beyond.reason).toBe('no rule at position 7');
  });

  test.each<[Form, Record<string, unknown>]>([
    [{ type: 'in', action: 'DROP', dport: '22' }, { proto: 'missing property' }],
    [
      { type: 'in', action: 'DROP', proto: 'esp', dport: '22' },
      { dport: "protocol 'esp' does not support ports" },
    ],
    [
      { type: 'in', action: 'DROP', proto: 'tcp', dport: '22222222' },
      { dport: expect.stringContaining('invalid port') },
    ],
    [
      { type: 'in', action: 'DROP', source: '10.0.0.0/40' },
      { source: expect.stringContaining('not a valid') },
    ],
    [{ type: 'in', action: 'MAYBE' }, { action: "unknown action 'MAYBE'" }],
    [{ action: 'DROP' }, { type: expect.stringContaining('missing') }],
  ])('refuses %j', async (rule, errors) => {
    const reply = await cluster.request('POST', `${PATH}/rules`, rule);

    expect([reply.status, reply.body?.errors]).toEqual([400, errors]);
  });

  test('has options that are set and taken back, and are a clone’s too', async () => {
    await cluster.data('PUT', `${PATH}/options`, { enable: 1, policy_in: 'DROP', macfilter: 0 });
    await cluster.data('PUT', `${PATH}/options`, { delete: 'macfilter' });

    await cluster.task('POST', `${VM}/clone`, { newid: 105, full: 1 });

    const expected = { enable: 1, policy_in: 'DROP', digest: expect.stringMatching(/^[0-9a-f]{40}$/) };
    expect(await cluster.data('GET', `${PATH}/options`)).toEqual(expected);
    expect(await cluster.data('GET', '/nodes/hv6/qemu/105/firewall/options')).toEqual(expected);
  });

  test('is changed by whoever may change the network of the VM, and works only with the datacenter’s', async () => {
    const access = { '/': PVE_ADMIN.filter((one) => one !== 'VM.Config.Network') };
    await cluster.stop();
    cluster = await startWithTwoVms({ tokens: [{ id: 'tenant@pve!net', access }] });

    const token = cluster.simulator.tokens['tenant@pve!net'] ?? '';
    const reply = await cluster.request('PUT', `${PATH}/options`, { enable: 1 }, token);

    expect(refused(reply)).toBe('403 Permission check failed (/vms/100, VM.Config.Network)');
    expect(await cluster.data('GET', '/cluster/firewall/options')).toMatchObject({ enable: 1 });
    cluster.simulator.setFirewall(false);
    expect(await cluster.data('GET', '/cluster/firewall/options')).toMatchObject({ enable: 0 });
  });
});
