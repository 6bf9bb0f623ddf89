import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { BOOT_WINDOW_SECONDS } from '../../../store/boot-port.js';
import {
  ADDRESS,
  aNetworkBoot,
  anArming,
  BOOT_URL,
  ELSEWHERE,
  get,
  KERNEL,
  MAC,
  startBoot,
  type BootUnderTest,
} from './boot-under-test.js';

let boot: BootUnderTest;
beforeEach(async () => {
  boot = await startBoot();
});
afterEach(() => boot.close());

const NOT_FOUND = { status: 404, text: 'not found\n' };

async function refusalOf(path: string, from: string | null = ADDRESS) {
  const { status, body } = await get(boot, path, from);
  return { status, text: body.toString() };
}

/** Tokens of a network boot that has begun. */
async function begun() {
  await boot.store.boots.arm(aNetworkBoot());
  await get(boot, `/ipxe/${MAC}`);
  const armed = await boot.store.boots.get('uuid-1');
  if (armed === undefined) throw new Error('it is not armed');
  return armed.tokens;
}

describe('a network boot', () => {
  test.each(['bc-24-11-aa-00-01', 'bc:24:11:aa:00:01', 'BC:24:11:AA:00:01'])(
    'a firmware that says it is %s is given its script',
    async (mac) => {
      await boot.store.boots.arm(aNetworkBoot());

      const { status, headers, body } = await get(boot, `/ipxe/${mac}`);

      const { tokens } = (await boot.store.boots.get('uuid-1')) ?? {};
      expect(status).toBe(200);
      expect(headers['content-type']).toBe('text/plain; charset=utf-8');
      expect(headers['cache-control']).toBe('no-store');
      expect(body.toString().split('\n')).toEqual([
        '#!ipxe',
        `kernel ${BOOT_URL}/files/${tokens?.files}/vmlinuz initrd=initrd.img console=ttyS0 quiet ds=nocloud-net;s=${BOOT_URL}/nocloud/${tokens?.documents}/`,
        `initrd ${BOOT_URL}/files/${tokens?.files}/initrd.img`,
        'boot',
        '',
      ]);
    },
  );

  test('from firmware to configuration, and once more within the window', async () => {
    const { files, documents } = await begun();

    const fetchAll = async (): Promise<void> => {
      const kernel = await get(boot, `/files/${files}/vmlinuz`);
      expect(kernel.headers['content-length']).toBe(String(KERNEL.length));
      expect(kernel.body.equals(KERNEL)).toBe(true);
      expect((await get(boot, `/files/${files}/initrd.img`)).body.toString()).toBe('initrd');
      expect((await get(boot, `/nocloud/${documents}/user-data`)).body.toString()).toContain('edge-server-1');
      expect((await get(boot, `/ipxe/${MAC}`)).body.toString()).toContain(files);
    };
    await fetchAll();
    await fetchAll();
  });

  test('a machine that boots again, long after, has other tokens, and the old ones are worthless', async () => {
    const before = await begun();
    await get(boot, `/files/${before.files}/vmlinuz`);
    boot.clock.advance(BOOT_WINDOW_SECONDS + 1);

    const over = await refusalOf(`/files/${before.files}/vmlinuz`);
    const again = await get(boot, `/ipxe/${MAC}`);

    expect(over).toEqual(NOT_FOUND);
    expect(again.status).toBe(200);
    expect(again.body.toString()).not.toContain(before.files);
    expect(await refusalOf(`/nocloud/${before.documents}/user-data`)).toEqual(NOT_FOUND);
  });

  test.each([
    ['a MAC that nobody knows', '/ipxe/bc:24:11:aa:00:02', ADDRESS],
    ['another address', `/ipxe/${MAC}`, ELSEWHERE],
    ['no MAC', '/ipxe/everything', ADDRESS],
    ['half a MAC', '/ipxe/bc:24:11', ADDRESS],
    ['mixed spelling', '/ipxe/bc:24-11:aa:00:01', ADDRESS],
    ['SQL', `/ipxe/${encodeURIComponent(`${MAC}' or '1'='1`)}`, ADDRESS],
    ['nothing', '/ipxe/', ADDRESS],
  ])('%s is told no more than that there is nothing', async (_title, path, from) => {
    await boot.store.boots.arm(aNetworkBoot());

    expect(await refusalOf(path, from)).toEqual(NOT_FOUND);
  });

  test('a machine that has a disk to boot is none to the firmware', async () => {
    await boot.store.boots.arm(anArming());

    expect(await refusalOf(`/ipxe/${MAC}`)).toEqual(NOT_FOUND);
  });

  test('without its kernel there is no script, and the log says which file is missing', async () => {
    await boot.store.boots.arm(aNetworkBoot());
    rmSync(join(boot.folder, 'initrd.img'));

    const { status } = await get(boot, `/ipxe/${MAC}`);

    expect(status).toBe(503);
    expect(boot.log.at(-1)).toContain('BOOT_FILES_PATH has no file \\"initrd.img\\"');
  });

  test('of a thousand machines each gets its own', async () => {
    const hex = (n: number): string => n.toString(16).padStart(2, '0');
    const machines = Array.from({ length: 1_000 }, (_, n) => ({
      uuid: `many-${n}`,
      mac: `bc:24:11:bb:${hex(n >> 8)}:${hex(n & 255)}`,
      address: `10.2.${n >> 8}.${n & 255}`,
    }));
    for (const { uuid, mac, address } of machines) {
      const network = { address, kernel: 'vmlinuz', initrd: null, kernelArguments: [`machine=${uuid}`] };
      await boot.store.boots.arm(aNetworkBoot({ machineUuid: uuid, machine: uuid, mac, network }));
    }

    const answers: string[] = [];
    for (let from = 0; from < machines.length; from += 100) {
      const batch = machines.slice(from, from + 100);
      const got = await Promise.all(batch.map(({ mac, address }) => get(boot, `/ipxe/${mac}`, address)));
      answers.push(...got.map(({ body }) => body.toString()));
    }

    expect(answers.every((script, n) => script.includes(` machine=many-${n} `))).toBe(true);
    expect(new Set(answers.map((script) => /files\/([^/]+)/.exec(script)?.[1])).size).toBe(1_000);
  });
});

describe('files', () => {
  test.each([
    ['a file of the folder that the machine does not boot', 'other'],
    ['a path out of the folder', '..%2Fsecret'],
    ['a path out of the folder, as it is', '../secret'],
    ['an absolute path', '%2Fetc%2Fpasswd'],
    ['a NUL character', 'vmlinuz%00.txt'],
    ['a folder', 'sub'],
    ['the folder itself', '.'],
    ['the list of files', ''],
    ['a broken escape', '%ff'],
  ])('%s is not served', async (_title, name) => {
    const { files } = await begun();

    expect(await refusalOf(`/files/${files}/${name}`)).toEqual(NOT_FOUND);
  });

  test('what is no regular file is not served, whatever its name', async () => {
    const network = { address: ADDRESS, kernel: 'sub', initrd: null, kernelArguments: [] };
    await boot.store.boots.arm(aNetworkBoot({ network }));

    expect((await get(boot, `/ipxe/${MAC}`)).status).toBe(503);
  });

  test('a link is followed, as the folder is its owner’s', async () => {
    const { files } = await begun();
    rmSync(join(boot.folder, 'initrd.img'));
    symlinkSync('other', join(boot.folder, 'initrd.img'));

    expect((await get(boot, `/files/${files}/initrd.img`)).body.toString()).toBe('of another machine');
  });

  test('an empty file is an empty answer', async () => {
    const { files } = await begun();
    writeFileSync(join(boot.folder, 'initrd.img'), '');

    const { status, headers, body } = await get(boot, `/files/${files}/initrd.img`);

    expect([status, headers['content-length'], body.length]).toEqual([200, '0', 0]);
  });

  test('the token of the files opens no document, and the other way round', async () => {
    const { files, documents } = await begun();

    expect(await refusalOf(`/nocloud/${files}/user-data`)).toEqual(NOT_FOUND);
    expect(await refusalOf(`/files/${documents}/vmlinuz`)).toEqual(NOT_FOUND);
  });

  test('a machine that goes away in the middle leaves the service as it was', async () => {
    const { files } = await begun();
    await new Promise<void>((resolve) => {
      const socket = connect(boot.port, '127.0.0.1', () => {
        socket.write(
          `GET /files/${files}/vmlinuz HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${ADDRESS}\r\n\r\n`,
        );
      });
      socket.once('data', () => socket.resetAndDestroy());
      socket.once('close', () => resolve());
    });

    expect((await get(boot, `/files/${files}/vmlinuz`)).body.equals(KERNEL)).toBe(true);
  });
});

describe('documents', () => {
  test.each([
    ['meta-data', 'instance-id: uuid-1\n'],
    ['user-data', '#cloud-config\nhostname: edge-server-1\n'],
    ['vendor-data', ''],
    ['network-config', 'version: 2\n'],
  ])('%s is served', async (name, text) => {
    const { tokens } = await boot.store.boots.arm(anArming());

    const { status, body } = await get(boot, `/nocloud/${tokens.documents}/${name}`);

    expect([status, body.toString()]).toEqual([200, text]);
  });

  test('an Ignition document is served as JSON, and is no file of NoCloud', async () => {
    const config = '{"ignition":{"version":"3.3.0"}}';
    const { tokens } = await boot.store.boots.arm(anArming({ documents: { kind: 'ignition', config } }));

    const { headers, body } = await get(boot, `/ignition/${tokens.documents}`);

    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(body.toString()).toBe(config);
    expect(await refusalOf(`/nocloud/${tokens.documents}/user-data`)).toEqual(NOT_FOUND);
  });

  test('the first who asks is the only one who may ask again, for ten minutes', async () => {
    const { tokens } = await boot.store.boots.arm(anArming());
    const path = `/nocloud/${tokens.documents}/user-data`;

    const first = await get(boot, path);
    const other = await refusalOf(path, ELSEWHERE);
    boot.clock.advance(BOOT_WINDOW_SECONDS);
    const last = await get(boot, path);
    boot.clock.advance(1);
    const late = await refusalOf(path);

    expect([first.status, last.status]).toEqual([200, 200]);
    expect([other, late]).toEqual([NOT_FOUND, NOT_FOUND]);
  });

  test('nothing is served any more once the machine is disarmed', async () => {
    const { tokens } = await boot.store.boots.arm(anArming());
    await get(boot, `/nocloud/${tokens.documents}/meta-data`);

    await boot.store.boots.disarm('uuid-1');

    expect(await refusalOf(`/nocloud/${tokens.documents}/meta-data`)).toEqual(NOT_FOUND);
  });

  test.each(['passwd', 'constructor', '__proto__', 'user-data%00', '', 'User-Data'])(
    'there is no document "%s"',
    async (name) => {
      const { tokens } = await boot.store.boots.arm(anArming());

      expect(await refusalOf(`/nocloud/${tokens.documents}/${name}`)).toEqual(NOT_FOUND);
    },
  );
});

describe('callers', () => {
  test.each(['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND'])(
    '%s is refused, and does not use up a token',
    async (method) => {
      const { tokens } = await boot.store.boots.arm(anArming());

      const refused = await get(boot, `/nocloud/${tokens.documents}/user-data`, ELSEWHERE, { method });

      expect(refused.status).toBe(405);
      expect(refused.headers.allow).toBe('GET');
      expect((await get(boot, `/nocloud/${tokens.documents}/user-data`)).status).toBe(200);
    },
  );

  test('an address that somebody only claims to have is not believed', async () => {
    const strict = await startBoot({ trustedProxies: ['10.9.9.9'] });
    await strict.store.boots.arm(aNetworkBoot());

    const { status } = await get(strict, `/ipxe/${MAC}`, ADDRESS);

    expect(status).toBe(404);
    await strict.close();
  });

  test('of a chain of addresses only what trusted proxies say is believed', async () => {
    await boot.store.boots.arm(aNetworkBoot());

    expect((await get(boot, `/ipxe/${MAC}`, `${ADDRESS}, ${ELSEWHERE}`)).status).toBe(404);
    expect((await get(boot, `/ipxe/${MAC}`, `${ELSEWHERE}, ${ADDRESS}`)).status).toBe(200);
  });

  test('an IPv4 address in the dress of IPv6 is the same address', async () => {
    await boot.store.boots.arm(aNetworkBoot());

    expect((await get(boot, `/ipxe/${MAC}`, `::ffff:${ADDRESS}`)).status).toBe(200);
  });

  test('headers without end are refused', async () => {
    const { status } = await get(boot, '/ipxe/x', ADDRESS, { headers: { 'x-filler': 'x'.repeat(20_000) } });

    expect(status).toBe(431);
  });

  test('a path without end is refused', async () => {
    expect((await get(boot, `/nocloud/${'x'.repeat(20_000)}/user-data`)).status).toBe(431);
  });

  test.each([
    '/',
    '/ipxe',
    '/files',
    '/nocloud',
    '/ignition/',
    '/healthz',
    '/api/v1/clusters',
    '//',
    '/%2e%2e',
  ])('there is nothing to list at %s', async (path) => {
    await boot.store.boots.arm(aNetworkBoot());

    expect(await refusalOf(path)).toEqual(NOT_FOUND);
  });
});

describe('the log', () => {
  test('has each answer and each refusal with its machine, and no token', async () => {
    const { files, documents } = await begun();
    await get(boot, `/files/${files}/vmlinuz`);
    await get(boot, `/nocloud/${documents}/user-data`);
    await get(boot, `/nocloud/${documents}/user-data`, ELSEWHERE);
    await get(boot, '/ipxe/bc:24:11:aa:00:02');

    const lines = boot.log.map((line) => JSON.parse(line) as Record<string, unknown>);
    const told = lines.map(({ what, machine, status, reason }) => [what, machine, status, reason]);
    expect(told.slice(1)).toEqual([
      ['ipxe', 'edge-server-1', 200, undefined],
      ['files', 'edge-server-1', 200, undefined],
      ['nocloud', 'edge-server-1', 200, undefined],
      ['nocloud', 'edge-server-1', 404, expect.stringContaining('address')],
      ['ipxe', null, 404, 'not armed'],
    ]);
    expect(lines.at(-1)).toMatchObject({ mac: 'bc:24:11:aa:00:02', from: ADDRESS });
    for (const token of [files, documents]) expect(boot.log.join('')).not.toContain(token.slice(0, 12));
  });
});

describe('a file that a kernel argument names', () => {
  const network = {
    address: ADDRESS,
    kernel: 'sub/kernel',
    initrd: null,
    kernelArguments: ['coreos.live.rootfs_url={{file:sub/rootfs.img}}', 'quiet'],
  };

  beforeEach(() => {
    for (const name of ['kernel', 'rootfs.img', 'other']) writeFileSync(join(boot.folder, 'sub', name), name);
  });

  test('is served with the token that stands in its address', async () => {
    await boot.store.boots.arm(anArming({ network }));

    const { body } = await get(boot, `/ipxe/${MAC}`);

    const { tokens } = (await boot.store.boots.get('uuid-1')) ?? {};
    const folder = `/files/${tokens?.files}/sub`;
    expect(body.toString()).toContain(` coreos.live.rootfs_url=${BOOT_URL}${folder}/rootfs.img quiet`);
    expect((await get(boot, `${folder}/rootfs.img`)).body.toString()).toBe('rootfs.img');
    expect((await get(boot, `${folder}/kernel`)).body.toString()).toBe('kernel');
    expect(await refusalOf(`${folder}/other`)).toEqual(NOT_FOUND);
    expect(await refusalOf(`${folder}/../vmlinuz`)).toEqual(NOT_FOUND);
  });

  test('is missed before the machine boots without it', async () => {
    rmSync(join(boot.folder, 'sub', 'rootfs.img'));
    await boot.store.boots.arm(anArming({ network }));

    expect((await get(boot, `/ipxe/${MAC}`)).status).toBe(503);
  });
});
