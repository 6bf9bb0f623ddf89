/** What is known of real Proxmox VE about its proxy, quorum, removal, high availability and migration. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DEFAULT_INVENTORY } from '../../../lab/proxmox/lab-inventory.js';
import { PVE_ADMIN } from '../../../lab/proxmox/privileges.js';
import type { ProxmoxSimulatorOptions } from '../../../lab/proxmox/simulator.js';
import { SimulatedCluster, type Form, type Reply } from './simulated-cluster.js';

const VM = '/nodes/hv6/qemu/100';
const OTHER = '/nodes/hv6/qemu/101';
const RULES = '/cluster/ha/rules';
const RESOURCES = '/cluster/ha/resources';
const NO_CONSOLE = 'tenant@pve!vms';
const THREE_HOSTS = { ...DEFAULT_INVENTORY, hosts: DEFAULT_INVENTORY.hosts.slice(1) };

let cluster: SimulatedCluster;

async function begin(options: Partial<ProxmoxSimulatorOptions> = {}): Promise<void> {
  cluster = await SimulatedCluster.start({
    inventory: THREE_HOSTS,
    timing: { haIntervalMs: 15, storageLockMs: 30, statusIntervalMs: 50 },
    tokens: [{ id: NO_CONSOLE, access: { '/': PVE_ADMIN.filter((one) => one !== 'Sys.Console') } }],
    ...options,
  });
  // Disks on shared storage: such VMs can go anywhere.
  for (const vmid of [100, 101]) await cluster.task('POST', '/nodes/hv6/qemu/9002/clone', { newid: vmid });
}

beforeEach(() => begin());
afterEach(() => cluster.stop());

const runs = (path: string): Promise<Reply> =>
  cluster.until('GET', `${path}/status/current`, ({ data }) => statusOf(data) === 'running');
const isOff = (path: string): Promise<Reply> =>
  cluster.until('GET', `${path}/status/current`, ({ data }) => statusOf(data) === 'stopped');

function statusOf(data: unknown): string | undefined {
  return (data as { status?: string } | null)?.status;
}

function refused(reply: Reply): string {
  return `${reply.status} ${reply.reason}`;
}

async function manage(vmid: number, properties: Form = {}): Promise<void> {
  await cluster.data('POST', RESOURCES, { sid: `vm:${vmid}`, ...properties });
}

/** A call to the address of another host than the first. */
function through(url: string, path: string): Promise<Reply> {
  return cluster.send(`${url}/api2/json${path}`, {
    method: 'GET',
    headers: { authorization: `PVEAPIToken=${cluster.simulator.token}` },
  });
}

describe('fact 15: every host serves the whole cluster at its own address', () => {
  beforeEach(async () => {
    await cluster.stop();
    await begin({ addresses: 3 });
  });

  test('and passes on what is about another host', async () => {
    const [, second = ''] = cluster.simulator.urls;

    const reply = await through(second, `${VM}/config`);

    expect(cluster.simulator.urls).toHaveLength(3);
    expect(new Set(cluster.simulator.urls).size).toBe(3);
    expect(reply.status).toBe(200);
    const status = (await through(second, '/cluster/status')).data as { name: string; local?: number }[];
    expect(status.filter(({ local }) => local === 1).map(({ name }) => name)).toEqual(['hv6']);
  });

  test('one that is offline refuses connections; calls about it are answered 595 by the others', async () => {
    const [, second = ''] = cluster.simulator.urls;
    cluster.simulator.change({ kind: 'node-offline', node: 'hv6' });

    await expect(through(second, '/version')).rejects.toMatchObject({
      cause: expect.objectContaining({ code: expect.stringMatching(/^ECONNREFUSED|^UND_ERR_SOCKET/) }),
    });
    expect(refused(await cluster.request('GET', `${VM}/config`))).toBe('595 No route to host');
    const nodes = await cluster.data<{ node: string; status: string }[]>('GET', '/nodes');
    expect(nodes).toContainEqual(expect.objectContaining({ node: 'hv6', status: 'offline' }));

    cluster.simulator.change({ kind: 'node-online', node: 'hv6' });
    expect((await through(second, '/version')).status).toBe(200);
  });

  test('one that hangs is given up by the others with 596, and never answers itself', async () => {
    const [, second = ''] = cluster.simulator.urls;
    cluster.simulator.change({ kind: 'node-hanging', node: 'hv6' });
    const hanging = through(second, '/version').then(
      () => 'answered',
      () => 'cut',
    );

    const reply = await cluster.request('POST', `${VM}/status/start`);

    expect(refused(reply)).toBe('596 Connection timed out');
    cluster.simulator.change({ kind: 'node-offline', node: 'hv6' });
    expect(await hanging).toBe('cut');
  });

  test('a body of more than 512 KiB, and more than 64 headers, are refused', async () => {
    const body = await cluster.request('PUT', `${VM}/config`, { description: 'x'.repeat(512 * 1_024) });
    const many = Object.fromEntries(Array.from({ length: 70 }, (_, index) => [`x-${index}`, '1']));

    const headers = await cluster.send(`${cluster.simulator.url}/api2/json/version`, {
      method: 'GET',
      headers: { authorization: `PVEAPIToken=${cluster.simulator.token}`, ...many },
    });

    expect(refused(body)).toBe('501 for data too large');
    expect(headers.reason).toBe('too many http header lines (> 64)');
  });
});

describe('fact 16: without quorum', () => {
  beforeEach(() => cluster.simulator.change({ kind: 'quorum-lost' }));

  test.each([
    ['PUT', `${VM}/config`, { name: 'other' }],
    ['POST', '/nodes/hv6/qemu', { vmid: 102 }],
    ['POST', `${VM}/status/start`, {}],
    ['DELETE', VM, {}],
    ['POST', RESOURCES, { sid: 'vm:100' }],
  ])('%s %s is refused', async (method, path, form) => {
    const reply = await cluster.request(method, path, form);

    expect(refused(reply)).toBe('500 cluster not ready - no quorum?');
  });

  test('everything can be read, and the status says so', async () => {
    const status = await cluster.data<{ type: string; quorate?: number }[]>('GET', '/cluster/status');

    expect(status.find(({ type }) => type === 'cluster')?.quorate).toBe(0);
    expect(await cluster.config('hv6', 100)).toHaveProperty('scsi0');
  });

  test('most hosts being offline is being without quorum', async () => {
    cluster.simulator.change({ kind: 'quorum-regained' });
    cluster.simulator.change({ kind: 'node-offline', node: 'hv7' });
    const withTwo = await cluster.request('PUT', `${VM}/config`, { name: 'one' });
    cluster.simulator.change({ kind: 'node-offline', node: 'hv6' });

    const withOne = await cluster.request('POST', RESOURCES, { sid: 'vm:100' });

    expect(withTwo.status).toBe(200);
    expect(refused(withOne)).toBe('500 cluster not ready - no quorum?');
  });
});

describe('fact 17: the removal of a VM', () => {
  test('that high availability manages wants purge, which leaves its rules as they are', async () => {
    await manage(100, { state: 'stopped' });
    await manage(101, { state: 'stopped' });
    await cluster.data('POST', RULES, {
      rule: 'apart',
      type: 'resource-affinity',
      resources: 'vm:100,vm:101',
      affinity: 'negative',
    });

    const without = await cluster.request('DELETE', VM);
    const status = await cluster.task('DELETE', VM, { purge: 1 });

    expect(without.reason).toBe(
      'unable to remove VM 100 - used in HA resources and purge parameter not set.',
    );
    expect(status).toBe('OK');
    const sids = (await cluster.data<{ sid: string }[]>('GET', RESOURCES)).map(({ sid }) => sid);
    expect(sids).toEqual(['vm:101']);
    expect(await cluster.data('GET', `${RULES}/apart`)).toMatchObject({ resources: 'vm:100,vm:101' });
  });

  test('takes its firewall along, so that the next VM of the number begins without', async () => {
    await cluster.data('POST', `${VM}/firewall/rules`, { type: 'in', action: 'ACCEPT' });

    await cluster.task('DELETE', VM);
    await cluster.task('POST', '/nodes/hv6/qemu', { vmid: 100 });

    expect(await cluster.data('GET', `${VM}/firewall/rules`)).toEqual([]);
  });

  test('leaves a disk of another VM alone that is attached to it, and a disk that it lost sight of', async () => {
    await cluster.data('PUT', `${OTHER}/config`, { scsi1: 'ceph-vm:4' });
    const disk = String((await cluster.config('hv6', 101))['scsi1']).split(',')[0] ?? '';
    await cluster.data('PUT', `${VM}/config`, { scsi1: disk });

    await cluster.task('DELETE', VM, { purge: 1 });

    const left = cluster.simulator.inspect().volumes.map(({ volid }) => volid);
    expect(left).toContain(disk);
    expect(left.filter((volid) => volid.includes('vm-100-'))).toEqual([]);
  });
});

describe('fact 18: whether a VMID is free', () => {
  test('is told by nextid, to a token that sees no VM, at any moment', async () => {
    const blind = { id: 'blind@pve!none', access: {} };
    await cluster.stop();
    await begin({ tokens: [blind] });
    const token = cluster.simulator.tokens[blind.id] ?? '';

    const taken = await cluster.request('GET', '/cluster/nextid', { vmid: 100 }, token);
    const free = await cluster.request('GET', '/cluster/nextid', { vmid: 102 }, token);

    expect(taken.body?.errors).toEqual({ vmid: 'VM 100 already exists' });
    expect(free.data).toBe('102');
    expect((await cluster.request('GET', '/cluster/resources', { type: 'vm' }, token)).data).toEqual([]);
  });
});

describe('fact 19: high availability', () => {
  test('has no groups any more', async () => {
    expect((await cluster.request('GET', '/cluster/ha/groups')).status).toBe(501);
  });

  test.each([
    ['POST', RESOURCES, { sid: 'vm:100' }],
    ['PUT', `${RESOURCES}/vm:100`, { state: 'stopped' }],
    ['DELETE', `${RESOURCES}/vm:100`, {}],
    ['POST', RULES, { rule: 'apart', type: 'resource-affinity', resources: 'vm:100' }],
    ['DELETE', `${RULES}/apart`, {}],
  ])('asks for as much as a shell to be changed: %s %s', async (method, path, form) => {
    const reply = await cluster.request(method, path, form, cluster.simulator.tokens[NO_CONSOLE]);

    expect(refused(reply)).toBe('403 Permission check failed (/, Sys.Console)');
  });

  test('keeps what it is told, and refuses what it cannot', async () => {
    await manage(100, { state: 'stopped', max_restart: 3, comment: 'ours' });

    expect(await cluster.data('GET', `${RESOURCES}/100`)).toMatchObject({
      sid: 'vm:100',
      type: 'vm',
      state: 'stopped',
      max_restart: 3,
      comment: 'ours',
    });
    const again = await cluster.request('POST', RESOURCES, { sid: 'vm:100' });
    expect(again.reason).toContain("resource ID 'vm:100' already defined");
    const unknown = await cluster.request('POST', RESOURCES, { sid: 'vm:999' });
    expect(unknown.reason).toContain("'vm:999' does not exist");
    const stale = await cluster.request('PUT', `${RESOURCES}/vm:100`, { state: 'started', digest: 'old' });
    expect(stale.reason).toContain('detected modified configuration');
  });
});

describe('fact 20: a rule of high availability', () => {
  const apart = (resources: string): Form => ({
    rule: 'apart',
    type: 'resource-affinity',
    resources,
    affinity: 'negative',
  });

  beforeEach(async () => {
    for (const vmid of [102, 103]) await cluster.task('POST', '/nodes/hv6/qemu/9002/clone', { newid: vmid });
    for (const vmid of [100, 101, 102, 103]) await manage(vmid, { state: 'stopped' });
  });

  test('is refused with more resources than there are hosts, with one alone, and with unmanaged ones', async () => {
    const many = await cluster.request('POST', RULES, apart('vm:100,vm:101,vm:102,vm:103'));
    const one = await cluster.request('POST', RULES, apart('vm:100'));
    const unmanaged = await cluster.request('POST', RULES, apart('vm:100,vm:9002'));

    expect([many.status, many.body?.errors]).toEqual([
      400,
      { resources: 'rule defines more resources than available nodes' },
    ]);
    expect(one.body?.errors?.['resources']).toContain('less than two resources');
    expect(unmanaged.reason).toBe('cannot use unmanaged resource(s) vm:9002.');
  });

  test('is switched off as a whole when the cluster loses the host that it needs', async () => {
    await cluster.data('POST', RULES, apart('vm:100,vm:101,vm:102'));
    const before = await cluster.data('GET', `${RULES}/apart`);
    await cluster.restart({ inventory: { ...THREE_HOSTS, hosts: THREE_HOSTS.hosts.slice(0, 2) } });

    const after = await cluster.data('GET', `${RULES}/apart`);

    expect(before).not.toHaveProperty('errors');
    expect(after).toMatchObject({
      resources: 'vm:100,vm:101,vm:102',
      errors: { resources: ['rule defines more resources than available nodes'] },
    });
    expect(await cluster.data('GET', `${VM}/migrate`)).toMatchObject({ not_allowed_nodes: {} });
  });

  test('on hosts takes each resource once, and does not go with one on resources and several priorities', async () => {
    const onHosts = { type: 'node-affinity', resources: 'vm:100' };
    await cluster.data('POST', RULES, { ...onHosts, rule: 'first', nodes: 'hv5:2,hv6', strict: 1 });

    const twice = await cluster.request('POST', RULES, { ...onHosts, rule: 'second', nodes: 'hv7' });
    const both = await cluster.request('POST', RULES, apart('vm:100,vm:101'));

    expect(await cluster.data('GET', `${RULES}/first`)).toMatchObject({ nodes: 'hv5:2,hv6', strict: 1 });
    expect(twice.body?.errors?.['resources']).toContain('already used in another node affinity rule');
    expect(both.body?.errors?.['resources']).toContain('multiple priorities');
  });

  test('loses a resource that is managed no more', async () => {
    await cluster.data('POST', RULES, apart('vm:100,vm:101,vm:102'));

    await cluster.data('DELETE', `${RESOURCES}/vm:102`);

    expect(await cluster.data('GET', RULES, { resource: 'vm:100' })).toEqual([
      expect.objectContaining({ rule: 'apart', resources: 'vm:100,vm:101' }),
    ]);
    expect(await cluster.data('GET', RULES, { resource: 'vm:102' })).toEqual([]);
  });
});

describe('fact 21: a VM that high availability manages', () => {
  test('is started by a request that is only queued', async () => {
    await manage(100, { state: 'stopped' });
    cluster.latency.hold('proxmox.ha');

    const upid = await cluster.data<string>('POST', `${VM}/status/start`);
    const status = await cluster.ended(upid);
    const current = await cluster.data(`GET`, `${VM}/status/current`);

    expect([upid.split(':')[5], status]).toEqual(['hastart', 'OK']);
    expect(current).toMatchObject({ status: 'stopped', ha: { managed: 1, state: 'started' } });
    cluster.latency.release('proxmox.ha');
    await runs(VM);
  });

  test('is started again when somebody pulls its plug', async () => {
    await manage(100);
    await runs(VM);

    cluster.simulator.powerOff(100);
    await runs(VM);

    expect(cluster.machines.events.filter((event) => event === 'on 100')).toHaveLength(2);
  });

  test('stays off once its state says so', async () => {
    await manage(100);
    await runs(VM);

    await cluster.data('PUT', `${RESOURCES}/vm:100`, { state: 'disabled' });
    await isOff(VM);
    await cluster.until(
      'GET',
      '/cluster/ha/status/current',
      ({ data }) => serviceOf(data, 100) === 'stopped',
    );

    expect(cluster.machines.on.has(100)).toBe(false);
  });

  test('is stopped by a request, which changes what it is to be', async () => {
    await manage(100);
    await runs(VM);

    const upid = await cluster.data<string>('POST', `${VM}/status/stop`);
    await isOff(VM);

    expect(upid.split(':')[5]).toBe('hastop');
    expect(await cluster.data('GET', `${RESOURCES}/vm:100`)).toMatchObject({ state: 'stopped' });
  });

  test('is known to the manager until it has noticed that it is not any more', async () => {
    await manage(100, { state: 'stopped' });
    await cluster.until(
      'GET',
      '/cluster/ha/status/current',
      ({ data }) => serviceOf(data, 100) === 'stopped',
    );
    cluster.latency.hold('proxmox.ha');
    await cluster.data('DELETE', `${RESOURCES}/vm:100`);

    const meanwhile = await cluster.request('GET', '/cluster/ha/status/current');

    expect(serviceOf(meanwhile.data, 100)).toBe('deleting');
    cluster.latency.release('proxmox.ha');
    await cluster.until(
      'GET',
      '/cluster/ha/status/current',
      ({ data }) => serviceOf(data, 100) === undefined,
    );
  });

  test('is brought up on another host when its own is gone, away from what it has to be apart from', async () => {
    await manage(100);
    await cluster.task('POST', `${OTHER}/migrate`, { target: 'hv5' });
    await manage(101);
    await cluster.data('POST', RULES, {
      rule: 'apart',
      type: 'resource-affinity',
      resources: 'vm:100,vm:101',
      affinity: 'negative',
    });
    await runs(VM);

    cluster.simulator.change({ kind: 'node-offline', node: 'hv6' });

    await runs('/nodes/hv7/qemu/100');
  });

  test('is moved by a request that is only queued', async () => {
    await manage(100);
    await runs(VM);

    const upid = await cluster.data<string>('POST', `${VM}/migrate`, { target: 'hv7', online: 1 });

    expect([upid.split(':')[5], await cluster.ended(upid)]).toEqual(['hamigrate', 'OK']);
    await runs('/nodes/hv7/qemu/100');
  });
});

describe('fact 22: a migration', () => {
  test('is asked for its conditions: what is local, and which resources are in the way', async () => {
    await cluster.task('POST', `${OTHER}/migrate`, { target: 'hv7' });
    for (const vmid of [100, 101]) await manage(vmid, { state: 'stopped' });
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
    await runs('/nodes/hv6/qemu/104');
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
    await begin({ tokens: [{ id: 'tenant@pve!net', access }] });

    const token = cluster.simulator.tokens['tenant@pve!net'] ?? '';
    const reply = await cluster.request('PUT', `${PATH}/options`, { enable: 1 }, token);

    expect(refused(reply)).toBe('403 Permission check failed (/vms/100, VM.Config.Network)');
    expect(await cluster.data('GET', '/cluster/firewall/options')).toMatchObject({ enable: 1 });
    cluster.simulator.setFirewall(false);
    expect(await cluster.data('GET', '/cluster/firewall/options')).toMatchObject({ enable: 0 });
  });
});

function serviceOf(data: unknown, vmid: number): string | undefined {
  const services = data as { sid?: string; state?: string }[];
  return services.find(({ sid }) => sid === `vm:${vmid}`)?.state;
}
