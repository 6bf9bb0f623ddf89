/** What is known of real Proxmox VE about high availability. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { SimulatedCluster, Form } from './simulated-cluster.js';
import {
  startWithTwoVms,
  VM,
  OTHER,
  RULES,
  RESOURCES,
  NO_CONSOLE,
  runs,
  isOff,
  refused,
  manage,
  THREE_HOSTS,
} from './two-vms.js';

let cluster: SimulatedCluster;

beforeEach(async () => {
  cluster = await startWithTwoVms();
});
afterEach(() => cluster.stop());

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
    await manage(cluster, 100, { state: 'stopped', max_restart: 3, comment: 'ours' });

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
    for (const vmid of [100, 101, 102, 103]) await manage(cluster, vmid, { state: 'stopped' });
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
    await manage(cluster, 100, { state: 'stopped' });
    cluster.latency.hold('proxmox.ha');

    const upid = await cluster.data<string>('POST', `${VM}/status/start`);
    const status = await cluster.ended(upid);
    const current = await cluster.data(`GET`, `${VM}/status/current`);

    expect([upid.split(':')[5], status]).toEqual(['hastart', 'OK']);
    expect(current).toMatchObject({ status: 'stopped', ha: { managed: 1, state: 'started' } });
    cluster.latency.release('proxmox.ha');
    await runs(cluster, VM);
  });

  test('is started again when somebody pulls its plug', async () => {
    await manage(cluster, 100);
    await runs(cluster, VM);

    cluster.simulator.powerOff(100);
    await runs(cluster, VM);

    expect(cluster.machines.events.filter((event) => event === 'on 100')).toHaveLength(2);
  });

  test('stays off once its state says so', async () => {
    await manage(cluster, 100);
    await runs(cluster, VM);

    await cluster.data('PUT', `${RESOURCES}/vm:100`, { state: 'disabled' });
    await isOff(cluster, VM);
    await cluster.until(
      'GET',
      '/cluster/ha/status/current',
      ({ data }) => serviceOf(data, 100) === 'stopped',
    );

    expect(cluster.machines.on.has(100)).toBe(false);
  });

  test('is stopped by a request, which changes what it is to be', async () => {
    await manage(cluster, 100);
    await runs(cluster, VM);

    const upid = await cluster.data<string>('POST', `${VM}/status/stop`);
    await isOff(cluster, VM);

    expect(upid.split(':')[5]).toBe('hastop');
    expect(await cluster.data('GET', `${RESOURCES}/vm:100`)).toMatchObject({ state: 'stopped' });
  });

  test('is known to the manager until it has noticed that it is not any more', async () => {
    await manage(cluster, 100, { state: 'stopped' });
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
    await manage(cluster, 100);
    await cluster.task('POST', `${OTHER}/migrate`, { target: 'hv5' });
    await manage(cluster, 101);
    await cluster.data('POST', RULES, {
      rule: 'apart',
      type: 'resource-affinity',
      resources: 'vm:100,vm:101',
      affinity: 'negative',
    });
    await runs(cluster, VM);

    cluster.simulator.change({ kind: 'node-offline', node: 'hv6' });

    await runs(cluster, '/nodes/hv7/qemu/100');
  });

  test('is moved by a request that is only queued', async () => {
    await manage(cluster, 100);
    await runs(cluster, VM);

    const upid = await cluster.data<string>('POST', `${VM}/migrate`, { target: 'hv7', online: 1 });

    expect([upid.split(':')[5], await cluster.ended(upid)]).toEqual(['hamigrate', 'OK']);
    await runs(cluster, '/nodes/hv7/qemu/100');
  });
});

function serviceOf(data: unknown, vmid: number): string | undefined {
  const services = data as { sid?: string; state?: string }[];
  return services.find(({ sid }) => sid === `vm:${vmid}`)?.state;
}
