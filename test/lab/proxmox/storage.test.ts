import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SimulatedCluster } from './simulated-cluster.js';

const CONTENT = '/nodes/hv5/storage/local/content';

let cluster: SimulatedCluster;

beforeAll(async () => {
  cluster = await SimulatedCluster.start();
  await cluster.clone(100);
});

afterAll(() => cluster.stop());

async function uploaded(name: string, bytes: Uint8Array, fields?: Record<string, string>): Promise<string> {
  const reply = await cluster.upload(name, bytes, fields);
  return cluster.ended(reply.data as string);
}

describe('the storages', () => {
  test('are seen by every host, the shared ones as one', async () => {
    const hv5 = await cluster.data<{ storage: string; shared: number; used: number }[]>(
      'GET',
      '/nodes/hv5/storage',
    );
    const images = await cluster.data<{ storage: string }[]>('GET', '/nodes/hv5/storage', {
      content: 'images',
    });

    expect(hv5.map(({ storage, shared }) => [storage, shared])).toEqual([
      ['local', 0],
      ['local-zfs', 0],
      ['ceph-vm', 1],
    ]);
    expect(images.map(({ storage }) => storage)).toEqual(['local-zfs', 'ceph-vm']);
  });

  test('count a linked clone only for what it has of its own', async () => {
    const before = await cluster.data<{ used: number }>('GET', '/nodes/hv5/storage/local-zfs/status');
    await cluster.clone(150);

    const after = await cluster.data<{ used: number }>('GET', '/nodes/hv5/storage/local-zfs/status');

    expect(after.used).toBe(before.used);
  });

  test('list their disks with owner and parent', async () => {
    const disks = await cluster.data('GET', '/nodes/hv5/storage/local-zfs/content', {
      vmid: 100,
      content: 'images',
    });

    expect(disks).toEqual([
      {
        volid: 'local-zfs:base-9001-disk-0/vm-100-disk-0',
        content: 'images',
        format: 'raw',
        size: 8 * 2 ** 30,
        ctime: expect.any(Number),
        vmid: 100,
        parent: 'base-9001-disk-0@__base__',
      },
    ]);
  });

  test('that do not exist are refused', async () => {
    const reply = await cluster.request('GET', '/nodes/hv5/storage/nowhere/content');

    expect(reply.reason).toBe("storage 'nowhere' does not exist");
  });
});

describe('an upload', () => {
  test('ends on the host that was asked, and on no other', async () => {
    const status = await uploaded('seed.iso', new Uint8Array(358));

    const here = await cluster.data<{ volid: string; size: number }[]>('GET', CONTENT, { content: 'iso' });
    const there = await cluster.data<{ volid: string }[]>('GET', '/nodes/hv6/storage/local/content', {
      content: 'iso',
    });
    expect(status).toBe('OK');
    expect(here).toContainEqual(
      expect.objectContaining({ volid: 'local:iso/seed.iso', size: 358, format: 'iso' }),
    );
    expect(there.map(({ volid }) => volid)).not.toContain('local:iso/seed.iso');
  });

  test('of the same name replaces the file', async () => {
    await uploaded('seed.iso', new Uint8Array(10));

    const status = await uploaded('seed.iso', new Uint8Array(20));

    const info = await cluster.data('GET', `${CONTENT}/${encodeURIComponent('local:iso/seed.iso')}`);
    expect(status).toBe('OK');
    expect(info).toEqual({ path: '/var/lib/vz/template/iso/seed.iso', size: 20, used: 20, format: 'iso' });
  });

  test('is kept from directories by its name', async () => {
    await uploaded('../../etc/pass wd.iso', new Uint8Array(1));

    const names = await cluster.data<{ volid: string }[]>('GET', CONTENT, { content: 'iso' });
    expect(names.map(({ volid }) => volid)).toContain('local:iso/pass_wd.iso');
  });

  test('with the right checksum is taken, with a wrong one not', async () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const checksum = createHash('sha256').update(bytes).digest('hex');
    const fields = { content: 'iso', 'checksum-algorithm': 'sha256' };

    const right = await uploaded('right.iso', bytes, { ...fields, checksum: checksum.toUpperCase() });
    const wrong = await uploaded('wrong.iso', bytes, { ...fields, checksum: '00' });

    expect(right).toBe('OK');
    expect(wrong).toBe(`checksum mismatch: got '${checksum}' != expect '00'`);
    expect((await cluster.data<{ volid: string }[]>('GET', CONTENT)).map(({ volid }) => volid)).not.toContain(
      'local:iso/wrong.iso',
    );
  });

  test.each([
    ['snippets', 'user-data.yml', 'content'],
    ['images', 'disk.raw', 'content'],
    ['iso', 'seed.txt', 'filename'],
    ['import', 'disk.img', 'filename'],
  ])('of %s named %s is refused', async (content, name, parameter) => {
    const reply = await cluster.upload(name, new Uint8Array(1), { content });

    expect(reply.status).toBe(400);
    expect(Object.keys(reply.body?.errors ?? {})).toEqual([parameter]);
  });

  test('whose fields come after the file is refused, as they are not read any more', async () => {
    const body =
      '--b\r\nContent-Disposition: form-data; name="filename"; filename="a.iso"\r\n\r\nx\r\n' +
      '--b\r\nContent-Disposition: form-data; name="content"\r\n\r\niso\r\n--b--\r\n';

    const reply = await cluster.send(`${cluster.simulator.url}/api2/json/nodes/hv5/storage/local/upload`, {
      method: 'POST',
      headers: {
        authorization: `PVEAPIToken=${cluster.simulator.token}`,
        'content-type': 'multipart/form-data; boundary=b',
      },
      body,
    });

    expect(reply.body?.errors).toEqual({ content: 'property is missing and it is not optional' });
  });

  test('to a storage for disks is refused', async () => {
    const reply = await cluster.send(`${cluster.simulator.url}/api2/json/nodes/hv5/storage/ceph-vm/upload`, {
      method: 'POST',
      headers: {
        authorization: `PVEAPIToken=${cluster.simulator.token}`,
        'content-type': 'multipart/form-data; boundary=b',
      },
      body:
        '--b\r\nContent-Disposition: form-data; name="content"\r\n\r\niso\r\n' +
        '--b\r\nContent-Disposition: form-data; name="filename"; filename="a.iso"\r\n\r\nx\r\n--b--\r\n',
    });

    expect(reply.reason).toBe("can't upload to storage type 'rbd'");
  });
});

describe('the removal of a volume', () => {
  test('is a task', async () => {
    await uploaded('gone.iso', new Uint8Array(1));

    const status = await cluster.task('DELETE', `${CONTENT}/${encodeURIComponent('local:iso/gone.iso')}`);

    const left = await cluster.data<{ volid: string }[]>('GET', CONTENT);
    expect(status).toBe('OK');
    expect(left.map(({ volid }) => volid)).not.toContain('local:iso/gone.iso');
  });

  test('succeeds for a file that is gone already', async () => {
    const status = await cluster.task('DELETE', `${CONTENT}/${encodeURIComponent('local:iso/never.iso')}`);

    expect(status).toBe('OK');
  });

  test('with delay answers null once it is done in time, and takes an unescaped path', async () => {
    await uploaded('quick.iso', new Uint8Array(1));

    const data = await cluster.data('DELETE', `${CONTENT}/local:iso/quick.iso`, { delay: 5 });

    expect(data).toBeNull();
  });

  test('of a base volume under linked clones is refused', async () => {
    const volid = encodeURIComponent('local-zfs:base-9001-disk-0');

    const status = await cluster.task('DELETE', `/nodes/hv5/storage/local-zfs/content/${volid}`);

    expect(status).toBe("base volume 'base-9001-disk-0' is still in use by linked clones");
  });
});
