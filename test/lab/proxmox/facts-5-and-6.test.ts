import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { CLOUD_IMAGE, INSTALLER } from '../../../lab/images/lab-images.js';
import { qcow2Image } from '../../../lab/images/qcow2.js';
import { PVE_ADMIN } from '../../../lab/proxmox/privileges.js';
import { SimulatedCluster, type Form, type Reply } from './simulated-cluster.js';

const GIB = 2 ** 30;
const DOWNLOAD = '/nodes/hv5/storage/local/download-url';
const HEX = CLOUD_IMAGE.checksum.replace('sha256:', '');
const WANTED: Form = {
  content: 'import',
  filename: 'cw-noble.qcow2',
  url: CLOUD_IMAGE.url,
  'checksum-algorithm': 'sha256',
  checksum: HEX,
};

const GUEST_ONLY = 'guests@pve!only';
const TEMPLATES = 'templates@pve!only';
const MODIFIER = 'modifier@pve!sys';

let cluster: SimulatedCluster;

beforeEach(async () => {
  cluster = await SimulatedCluster.start({
    tokens: [
      { id: GUEST_ONLY, access: { '/vms': PVE_ADMIN, '/storage/local-zfs': PVE_ADMIN, '/sdn': PVE_ADMIN } },
      { id: TEMPLATES, access: { '/storage': ['Datastore.AllocateTemplate'] } },
      { id: MODIFIER, access: { '/': ['Datastore.AllocateTemplate', 'Sys.Audit', 'Sys.Modify'] } },
    ],
  });
});

afterEach(() => cluster.stop());

const files = async (node = 'hv5', content = 'import'): Promise<{ volid: string; size: number }[]> =>
  cluster.data('GET', `/nodes/${node}/storage/local/content`, { content });

async function uploaded(name: string, bytes: Uint8Array): Promise<void> {
  const reply = await cluster.upload(name, bytes, { content: 'import' });
  expect(await cluster.ended(reply.data as string)).toBe('OK');
}

describe('fact 5: import-from on create', () => {
  test('makes a disk of the image’s own size on any storage for disks, with no template VM', async () => {
    await uploaded('debian.qcow2', qcow2Image(2 * GIB, 'debian'));

    const status = await cluster.task('POST', '/nodes/hv5/qemu', {
      vmid: 100,
      scsi0: 'ceph-vm:0,import-from=local:import/debian.qcow2,discard=on',
    });

    expect(status).toBe('OK');
    expect((await cluster.config('hv5', 100))['scsi0']).toBe('ceph-vm:vm-100-disk-0,discard=on,size=2G');
  });

  test('copies the data outside the storage’s lock', async () => {
    await uploaded('debian.qcow2', qcow2Image(2 * GIB, 'debian'));
    cluster.latency.hold('proxmox.import');
    const importing = await cluster.data<string>('POST', '/nodes/hv5/qemu', {
      vmid: 100,
      scsi0: 'local-zfs:0,import-from=local:import/debian.qcow2',
    });
    await cluster.until('GET', '/nodes/hv5/storage/local-zfs/content?vmid=100', ({ data }) =>
      Array.isArray(data) ? data.length > 0 : false,
    );

    const other = await cluster.task('POST', '/nodes/hv5/qemu', { vmid: 101, scsi0: 'local-zfs:1' });
    cluster.latency.release('proxmox.import');

    expect([other, await cluster.ended(importing)]).toEqual(['OK', 'OK']);
  });

  test('fails in the worker for a file that is no image, and leaves neither disk nor VM', async () => {
    await uploaded('broken.qcow2', Buffer.from('no image'));

    const status = await cluster.task('POST', '/nodes/hv5/qemu', {
      vmid: 100,
      scsi0: 'local-zfs:0,import-from=local:import/broken.qcow2',
    });

    expect(status).toMatch(/^unable to create VM 100 - qemu-img: Could not open .*not in qcow2 format$/);
    expect(cluster.simulator.inspect()).toMatchObject({ vms: [], volumes: [] });
  });

  test.each([
    ['a file that is not there', 'local-zfs:0,import-from=local:import/none.qcow2', 500],
    ['a file of another host', 'local-zfs:0,import-from=local:import/elsewhere.qcow2', 500],
    ['an ISO image', 'local-zfs:0,import-from=local:iso/debian-12-live-installer.iso', 400],
    ['a size beside it', 'local-zfs:8,import-from=local:import/debian.qcow2', 400],
    ['a path on the host', 'local-zfs:0,import-from=/tmp/debian.qcow2', 500],
  ])('refuses %s before it claims the VMID', async (_what, scsi0, status) => {
    await uploaded('debian.qcow2', qcow2Image(GIB, 'debian'));
    const elsewhere = await cluster.upload(
      'elsewhere.qcow2',
      qcow2Image(GIB, 'x'),
      { content: 'import' },
      'hv6',
    );
    await cluster.ended(elsewhere.data as string);

    const reply = await cluster.request('POST', '/nodes/hv5/qemu', { vmid: 100, scsi0 });

    expect(reply.status).toBe(status);
    expect(await cluster.data('GET', '/cluster/nextid', { vmid: 100 })).toBe('100');
  });

  test('needs rights on the storage of the image', async () => {
    await uploaded('debian.qcow2', qcow2Image(GIB, 'debian'));

    const reply = await cluster.request(
      'POST',
      '/nodes/hv5/qemu',
      { vmid: 100, scsi0: 'local-zfs:0,import-from=local:import/debian.qcow2' },
      cluster.simulator.tokens[GUEST_ONLY],
    );

    expect([reply.status, reply.reason]).toEqual([
      403,
      'Permission check failed (/storage/local, Datastore.AllocateSpace|Datastore.Audit)',
    ]);
  });
});

describe('fact 6: download-url', () => {
  test('puts the file under its name on that host, in a task that carries the name', async () => {
    const upid = await cluster.data<string>('POST', DOWNLOAD, WANTED);
    const status = await cluster.ended(upid);

    expect(upid).toContain(':download:cw-noble.qcow2:');
    expect(status).toBe('OK');
    expect(await files()).toMatchObject([
      { volid: 'local:import/cw-noble.qcow2', size: CLOUD_IMAGE.bytes.length, format: 'qcow2' },
    ]);
    expect(await files('hv6')).toEqual([]);
  });

  test('shows nothing of a file that is half there, also after a loss of power', async () => {
    cluster.latency.hold('proxmox.download');
    const upid = await cluster.data<string>('POST', DOWNLOAD, WANTED);
    const during = await files();
    await cluster.restart();
    cluster.latency.release('proxmox.download');

    expect(during).toEqual([]);
    expect(await files()).toEqual([]);
    expect(await cluster.ended(upid)).toBe('unexpected status');
  });

  test('with a wrong checksum fails in Proxmox VE’s words and leaves nothing', async () => {
    const wrong = 'f'.repeat(64);

    const status = await cluster.task('POST', DOWNLOAD, { ...WANTED, checksum: wrong });

    expect(status).toBe(`checksum mismatch: got '${HEX}' != expect '${wrong}'`);
    expect(await files()).toEqual([]);
  });

  test('of a file that is there already only compares it', async () => {
    await cluster.task('POST', DOWNLOAD, WANTED);
    cluster.latency.hold('proxmox.download');

    const same = await cluster.task('POST', DOWNLOAD, WANTED);
    const other = await cluster.task('POST', DOWNLOAD, { ...WANTED, checksum: 'f'.repeat(64) });
    const { checksum: _c, 'checksum-algorithm': _a, ...unproved } = WANTED;
    const blind = await cluster.task('POST', DOWNLOAD, unproved);

    expect(same).toBe('OK');
    expect(other).toMatch(/^checksum mismatch: got .*, aborting$/);
    expect(blind).toBe("refusing to override existing file '/var/lib/vz/import/cw-noble.qcow2'");
    expect(await files()).toHaveLength(1);
  });

  test.each([
    ['snippets', { content: 'snippets' }, 400],
    ['an address that is no web address', { url: 'ftp://images.example/x.qcow2' }, 400],
    ['an unknown compression', { compression: 'xz' }, 400],
    ['a checksum without its algorithm', { 'checksum-algorithm': '' }, 400],
    ['a disk image named .img', { filename: 'noble.img' }, 400],
    ['an ISO image without its ending', { content: 'iso', filename: 'noble.qcow2' }, 400],
  ] as [string, Form, number][])('refuses %s', async (_what, change, status) => {
    const reply = await cluster.request('POST', DOWNLOAD, { ...WANTED, ...change });

    expect(reply.status).toBe(status);
    expect(await files()).toEqual([]);
  });

  test('to a storage without files, or without that content, is refused', async () => {
    const zfs = await cluster.request('POST', '/nodes/hv5/storage/local-zfs/download-url', WANTED);

    expect(zfs.reason).toBe("can't upload to storage type 'zfspool', not a file based storage!");
  });

  test('unpacks ISO images, and no disk images', async () => {
    const status = await cluster.task('POST', DOWNLOAD, { ...WANTED, compression: 'gz' });

    expect(status).toBe('decompression not supported for import');
  });

  test('needs the right to put files there, and the right to reach into the network', async () => {
    const ask = (token: string): Promise<Reply> =>
      cluster.request('POST', DOWNLOAD, WANTED, cluster.simulator.tokens[token]);

    const replies = [await ask(GUEST_ONLY), await ask(TEMPLATES), await ask(MODIFIER)];

    expect(replies.map(({ reason }) => reason)).toEqual([
      'Permission check failed (/storage/local, Datastore.AllocateTemplate)',
      'Permission check failed',
      'OK',
    ]);
  });

  describe('from a web server', () => {
    let server: Server;
    let origin = '';
    const image = qcow2Image(GIB, 'from the web');

    beforeAll(async () => {
      server = createServer((request, response) => {
        if (request.url === '/image.qcow2') response.end(image);
        else if (request.url === '/image.iso.gz') response.end(gzipSync(Buffer.from('iso')));
        else response.writeHead(404).end();
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    afterAll(() => {
      server.close();
    });

    test('fetches it for real', async () => {
      const checksum = createHash('sha512').update(image).digest('hex');

      const status = await cluster.task('POST', DOWNLOAD, {
        ...WANTED,
        url: `${origin}/image.qcow2`,
        'checksum-algorithm': 'sha512',
        checksum,
      });

      expect(status).toBe('OK');
      expect(await files()).toMatchObject([{ size: image.length }]);
    });

    test('unpacks what is compressed', async () => {
      const change = { content: 'iso', filename: 'a.iso', compression: 'gz', url: `${origin}/image.iso.gz` };

      const { checksum: _c, 'checksum-algorithm': _a, ...unproved } = WANTED;
      const status = await cluster.task('POST', DOWNLOAD, { ...unproved, ...change });

      const isos = await files('hv5', 'iso');
      expect(status).toBe('OK');
      expect(isos).toContainEqual(expect.objectContaining({ volid: 'local:iso/a.iso', size: 3 }));
    });

    test.each([
      ['a file that the server does not have', () => `${origin}/none.qcow2`, 8],
      ['a server that does not answer', () => 'http://127.0.0.1:1/image.qcow2', 4],
    ])('fails as wget does for %s', async (_what, url, exitCode) => {
      const status = await cluster.task('POST', DOWNLOAD, { ...WANTED, url: url() });

      expect(status).toMatch(
        new RegExp(`^download failed: command 'wget .*' failed: exit code ${exitCode}$`),
      );
      expect(await files()).toEqual([]);
    });
  });
});

describe('a file on a storage', () => {
  test('that a VM has in its drive can be deleted; the VM then does not start', async () => {
    const iso = `local:iso/${INSTALLER.file}`;
    await cluster.task('POST', '/nodes/hv5/qemu', { vmid: 100, ide2: `${iso},media=cdrom` });

    const deleted = await cluster.task(
      'DELETE',
      `/nodes/hv5/storage/local/content/${encodeURIComponent(iso)}`,
    );
    const started = await cluster.task('POST', '/nodes/hv5/qemu/100/status/start');

    expect(deleted).toBe('OK');
    expect(started).toContain(`volume '${iso}' does not exist`);
  });
});

describe('the conversion to a template', () => {
  test('turns disks into base volumes, of which linked clones can be made', async () => {
    await cluster.task('POST', '/nodes/hv5/qemu', { vmid: 100, name: 'golden', scsi0: 'local-zfs:4' });

    const status = await cluster.task('POST', '/nodes/hv5/qemu/100/template');
    const cloned = await cluster.task('POST', '/nodes/hv5/qemu/100/clone', { newid: 101 });

    expect([status, cloned]).toEqual(['OK', 'OK']);
    expect(await cluster.config('hv5', 100)).toMatchObject({
      template: 1,
      scsi0: 'local-zfs:base-100-disk-0,size=4G',
    });
    expect((await cluster.config('hv5', 101))['scsi0']).toBe(
      'local-zfs:base-100-disk-0/vm-101-disk-0,size=4G',
    );
  });

  test('is refused for a template, and for a VM that runs', async () => {
    await cluster.task('POST', '/nodes/hv5/qemu', { vmid: 100, scsi0: 'local-zfs:4' });
    await cluster.task('POST', '/nodes/hv5/qemu/100/status/start');

    const running = await cluster.request('POST', '/nodes/hv5/qemu/100/template');
    const template = await cluster.request('POST', '/nodes/hv5/qemu/9001/template');

    expect([running.reason, template.reason]).toEqual([
      "you can't convert a VM to template if VM is running",
      "you can't convert a template to a template",
    ]);
  });
});
