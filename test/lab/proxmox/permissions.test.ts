import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DEFAULT_INVENTORY } from '../../../lab/proxmox/lab-inventory.js';
import { PVE_ADMIN, PVE_AUDITOR } from '../../../lab/proxmox/privileges.js';
import { SimulatedCluster } from './simulated-cluster.js';

const AUDITOR = 'auditor@pve!read';
const FRESH = 'nobody@pve!fresh';
const POOLED = 'tenant@pve!pool';

let cluster: SimulatedCluster;

beforeAll(async () => {
  cluster = await SimulatedCluster.start({
    inventory: { ...DEFAULT_INVENTORY, pools: ['tenant'] },
    tokens: [
      { id: AUDITOR, access: { '/': PVE_AUDITOR } },
      { id: FRESH, access: {} },
      {
        id: POOLED,
        access: {
          '/pool/tenant': PVE_ADMIN,
          '/vms/9001': ['VM.Clone', 'VM.Audit'],
          '/storage': ['Datastore.AllocateSpace', 'Datastore.Audit'],
          '/sdn/zones': ['SDN.Use'],
        },
      },
    ],
  });
  await cluster.clone(100, { name: 'other', pool: 'tenant' });
  await cluster.clone(101, { name: 'stranger' });
});

afterAll(() => cluster.stop());

function secret(id: string): string {
  return cluster.simulator.tokens[id] ?? '';
}

describe('a token that may only read', () => {
  test.each([
    ['DELETE', '/nodes/hv5/qemu/100', '/vms/100, VM.Allocate'],
    ['POST', '/nodes/hv5/qemu/100/status/start', '/vms/100, VM.PowerMgmt'],
    ['PUT', '/nodes/hv5/qemu/100/resize', '/vms/100, VM.Config.Disk'],
    ['POST', '/nodes/hv5/qemu/9001/clone', '/vms/9001, VM.Clone'],
    ['POST', '/nodes/hv5/storage/local/upload', '/storage/local, Datastore.AllocateTemplate'],
    ['DELETE', '/nodes/hv5/storage/local/content/iso%2Fx.iso', '/storage/local, Datastore.Allocate'],
  ])('is told which privilege it lacks: %s %s', async (method, path, lacking) => {
    const reply = await cluster.request(method, path, {}, secret(AUDITOR));

    expect([reply.status, reply.reason]).toEqual([403, `Permission check failed (${lacking})`]);
  });

  test('sees all VMs', async () => {
    const all = await cluster.data<readonly unknown[]>('GET', '/cluster/resources', { type: 'vm' });

    const reply = await cluster.request('GET', '/cluster/resources', { type: 'vm' }, secret(AUDITOR));

    expect(all.length).toBeGreaterThan(1);
    expect(reply.data).toHaveLength(all.length);
  });
});

describe('a fresh token with privilege separation', () => {
  test('has no permissions and silently sees nothing', async () => {
    const permissions = await cluster.request('GET', '/access/permissions', {}, secret(FRESH));
    const resources = await cluster.request('GET', '/cluster/resources', { type: 'vm' }, secret(FRESH));

    expect(permissions.data).toEqual({});
    expect(resources.data).toEqual([]);
  });

  test('can still ask whether a VMID is taken', async () => {
    const reply = await cluster.request('GET', '/cluster/nextid', { vmid: 100 }, secret(FRESH));

    expect(reply.body?.errors).toEqual({ vmid: 'VM 100 already exists' });
  });
});

describe('a token with rights on a pool', () => {
  test('has them on the VMs in it and on no others', async () => {
    const own = await cluster.request('GET', '/nodes/hv5/qemu/100/config', {}, secret(POOLED));
    const other = await cluster.request('GET', '/nodes/hv5/qemu/101/config', {}, secret(POOLED));

    expect(own.status).toBe(200);
    expect(other.reason).toBe('Permission check failed (/vms/101, VM.Audit)');
  });

  test('makes VMs in it, and none outside', async () => {
    const inside = await cluster.request(
      'POST',
      '/nodes/hv5/qemu/9001/clone',
      { newid: 110, pool: 'tenant' },
      secret(POOLED),
    );
    const outside = await cluster.request(
      'POST',
      '/nodes/hv5/qemu/9001/clone',
      { newid: 111 },
      secret(POOLED),
    );

    expect(await cluster.ended(inside.data as string)).toBe('OK');
    expect(outside.reason).toBe('Permission check failed (/vms/111, VM.Allocate)');
  });

  test('sees its own tasks only', async () => {
    const reply = await cluster.request('GET', '/nodes/hv5/tasks', { source: 'all' }, secret(POOLED));

    const users = (reply.data as { tokenid: string }[]).map((task) => task.tokenid);
    expect(new Set(users)).toEqual(new Set(['pool']));
  });
});

describe('the default token', () => {
  test('lists its privileges', async () => {
    const permissions = await cluster.data<Record<string, Record<string, number>>>(
      'GET',
      '/access/permissions',
    );

    expect(permissions['/']).toMatchObject({ 'VM.Allocate': 1, 'Sys.Audit': 1, 'SDN.Use': 1 });
    expect(permissions['/']).not.toHaveProperty('VM.Monitor');
  });

  test.each(['args', 'hookscript', 'affinity', 'hostpci0'])(
    'cannot set %s, which only root@pam can',
    async (option) => {
      const reply = await cluster.request('PUT', '/nodes/hv5/qemu/100/config', { [option]: 'x' });

      expect([reply.status, reply.reason]).toEqual([500, `only root can set '${option}' config`]);
    },
  );

  test('can neither set nor delete nor skip a lock', async () => {
    const set = await cluster.request('PUT', '/nodes/hv5/qemu/100/config', { lock: 'backup' });
    const cleared = await cluster.request('PUT', '/nodes/hv5/qemu/100/config', { delete: 'lock' });
    const skipped = await cluster.request('DELETE', '/nodes/hv5/qemu/100', { skiplock: 1 });

    expect(set.reason).toBe("only root can set 'lock' config");
    expect(cleared.reason).toBe("only root can set 'lock' config");
    expect(skipped.body?.errors).toEqual({ skiplock: 'Only root may use this option.' });
  });
});
