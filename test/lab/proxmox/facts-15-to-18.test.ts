/** What is known of real Proxmox VE about its proxy, quorum, removal and free VMIDs. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { SimulatedCluster, Reply } from './simulated-cluster.js';
import { startWithTwoVms, VM, OTHER, RULES, RESOURCES, refused, manage } from './two-vms.js';

let cluster: SimulatedCluster;

beforeEach(async () => {
  cluster = await startWithTwoVms();
});
afterEach(() => cluster.stop());

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
    cluster = await startWithTwoVms({ addresses: 3 });
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
    await manage(cluster, 100, { state: 'stopped' });
    await manage(cluster, 101, { state: 'stopped' });
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
    cluster = await startWithTwoVms({ tokens: [blind] });
    const token = cluster.simulator.tokens[blind.id] ?? '';

    const taken = await cluster.request('GET', '/cluster/nextid', { vmid: 100 }, token);
    const free = await cluster.request('GET', '/cluster/nextid', { vmid: 102 }, token);

    expect(taken.body?.errors).toEqual({ vmid: 'VM 100 already exists' });
    expect(free.data).toBe('102');
    expect((await cluster.request('GET', '/cluster/resources', { type: 'vm' }, token)).data).toEqual([]);
  });
});
