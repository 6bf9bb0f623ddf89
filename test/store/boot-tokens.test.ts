import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import Database from 'libsql';
import { BOOT_WINDOW_SECONDS, type BootAnswer, type BootArming } from '../../store/boot-port.js';
import { aDatabasePath, aStore, ManualClock } from './store-builder.js';

const MAC = 'bc:24:11:aa:00:01';
const ADDRESS = '10.1.107.100';
const ELSEWHERE = '10.1.107.66';

function anArming(change: Partial<BootArming> = {}): BootArming {
  return {
    machineUuid: 'uuid-1',
    clusterUid: 'cluster-1',
    cluster: 'edge',
    machine: 'edge-server-1',
    mac: MAC,
    network: null,
    documents: {
      kind: 'nocloud',
      userData: '#cloud-config\nsecret: hunter2\n',
      metaData: 'instance-id: uuid-1\n',
      vendorData: '',
      networkConfig: 'version: 2\n',
    },
    ...change,
  };
}

function aNetworkBoot(change: Partial<BootArming> = {}): BootArming {
  const network = { address: ADDRESS, kernel: 'vmlinuz', initrd: 'initrd.img', kernelArguments: ['quiet'] };
  return anArming({ network, ...change });
}

function granted(answer: BootAnswer) {
  if (answer.kind !== 'granted') throw new Error(`refused: ${answer.reason}`);
  return answer.boot;
}

describe('arming', () => {
  test('again with the same keeps the token, with something else makes another one', async () => {
    const { boots } = await aStore();

    const first = await boots.arm(anArming());
    const same = await boots.arm(anArming());
    const other = await boots.arm(anArming({ documents: { kind: 'ignition', config: '{}' } }));

    expect(same.tokens).toEqual(first.tokens);
    expect(other.tokens.documents).not.toBe(first.tokens.documents);
    expect(await boots.redeem(first.tokens.documents, 'documents', ADDRESS)).toMatchObject({
      kind: 'refused',
      reason: 'unknown',
    });
    expect(await boots.get('uuid-1')).toEqual(other);
  });

  test('again, after the window of the token has closed, makes another one', async () => {
    const clock = new ManualClock();
    const { boots } = await aStore({ now: clock.now });
    const first = await boots.arm(anArming());
    await boots.redeem(first.tokens.documents, 'documents', ADDRESS);
    clock.advance(BOOT_WINDOW_SECONDS + 1);
    const over = await boots.get('uuid-1');

    const again = await boots.arm(anArming());

    expect(over?.isAlive).toBe(false);
    expect(again.isAlive).toBe(true);
    expect(again.tokens.documents).not.toBe(first.tokens.documents);
  });

  test('a token is told again by another process with the same key', async () => {
    const path = aDatabasePath();
    const armed = await (await aStore({ path })).boots.arm(anArming());

    const { boots } = await aStore({ path });

    expect((await boots.get('uuid-1'))?.tokens).toEqual(armed.tokens);
    granted(await boots.redeem(armed.tokens.documents, 'documents', ADDRESS));
  });

  test('neither a token nor a document is in the file', async () => {
    const path = aDatabasePath();
    const { boots } = await aStore({ path });

    const { tokens } = await boots.arm(aNetworkBoot());
    const begun = granted(await boots.begin(MAC, ADDRESS));

    const bytes = Buffer.concat([readFileSync(path), readFileSync(`${path}-wal`)]);
    expect(bytes.includes('edge-server-1')).toBe(true);
    for (const secret of [...Object.values(tokens), ...Object.values(begun.tokens), 'hunter2'])
      expect(bytes.includes(secret)).toBe(false);
  });

  test('documents that were sealed with another key are not readable, and can be replaced', async () => {
    const path = aDatabasePath();
    await (await aStore({ path })).boots.arm(anArming());
    const { boots } = await aStore({ path, secretsKey: Buffer.alloc(32, 8) });

    await expect(boots.get('uuid-1')).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' });
    await boots.arm(anArming());

    expect((await boots.get('uuid-1'))?.documents).toEqual(anArming().documents);
  });

  test('documents that were moved to another machine are not readable', async () => {
    const path = aDatabasePath();
    const { boots } = await aStore({ path });
    await boots.arm(anArming());
    await boots.arm(anArming({ machineUuid: 'uuid-2', documents: { kind: 'none' } }));
    const meddler = new Database(path);
    meddler.exec(
      "update boot_armings set sealed = (select sealed from boot_armings where machine_uuid = 'uuid-1') where machine_uuid = 'uuid-2'",
    );
    meddler.close();

    await expect(boots.get('uuid-2')).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' });
  });

  test('two machines that boot over the network cannot have one MAC address', async () => {
    const { boots } = await aStore();
    await boots.arm(aNetworkBoot());

    const second = boots.arm(aNetworkBoot({ machineUuid: 'uuid-2', machine: 'edge-server-2' }));

    await expect(second).rejects.toMatchObject({
      code: 'BOOT_CONFLICT',
      message: expect.stringContaining('edge-server-1'),
    });
  });
});

describe('a token', () => {
  test('is good for ten minutes after its first use, and before that for as long as it takes', async () => {
    const clock = new ManualClock();
    const { boots } = await aStore({ now: clock.now });
    const { tokens } = await boots.arm(anArming());

    clock.advance(7 * 24 * 3_600);
    const first = await boots.redeem(tokens.documents, 'documents', ADDRESS);
    clock.advance(BOOT_WINDOW_SECONDS);
    const last = await boots.redeem(tokens.documents, 'documents', ADDRESS);
    clock.advance(1);
    const late = await boots.redeem(tokens.documents, 'documents', ADDRESS);

    expect([first.kind, last.kind]).toEqual(['granted', 'granted']);
    expect(late).toEqual({ kind: 'refused', reason: 'expired', machine: 'edge-server-1' });
  });

  test('is bound to the address that used it first', async () => {
    const { boots } = await aStore();
    const { tokens } = await boots.arm(anArming());
    granted(await boots.redeem(tokens.documents, 'documents', ADDRESS));

    const other = await boots.redeem(tokens.documents, 'documents', ELSEWHERE);

    expect(other).toEqual({ kind: 'refused', reason: 'address', machine: 'edge-server-1' });
  });

  test('is good for nothing else', async () => {
    const { boots } = await aStore();
    const { tokens } = await boots.arm(anArming());

    const answers = await Promise.all([
      boots.redeem(tokens.documents, 'files', ADDRESS),
      boots.redeem(tokens.files, 'documents', ADDRESS),
      boots.redeem(`${tokens.documents}x`, 'documents', ADDRESS),
      boots.redeem('', 'documents', ADDRESS),
    ]);

    expect(answers.map((answer) => answer.kind)).toEqual(Array(4).fill('refused'));
  });

  test.each(['machine', 'cluster'] as const)('is revoked with its %s, and only it', async (what) => {
    const { boots } = await aStore();
    const gone = await boots.arm(anArming());
    const stays = await boots.arm(
      anArming({ machineUuid: 'uuid-2', clusterUid: 'cluster-2', mac: 'bc:24:11:aa:00:02' }),
    );

    await (what === 'machine' ? boots.disarm('uuid-1') : boots.disarmCluster('cluster-1'));

    expect(await boots.redeem(gone.tokens.documents, 'documents', ADDRESS)).toMatchObject({
      kind: 'refused',
    });
    expect(await boots.get('uuid-1')).toBeUndefined();
    granted(await boots.redeem(stays.tokens.documents, 'documents', ADDRESS));
  });
});

describe('a network boot', () => {
  test('begins for an armed MAC at its reserved address, and for nobody else', async () => {
    const { boots } = await aStore();
    await boots.arm(aNetworkBoot());
    await boots.arm(anArming({ machineUuid: 'uuid-2', mac: 'bc:24:11:aa:00:02' }));

    expect(granted(await boots.begin(MAC, ADDRESS))).toMatchObject({ machine: 'edge-server-1', boots: 1 });
    expect(await boots.begin(MAC, ELSEWHERE)).toMatchObject({ reason: 'address', machine: 'edge-server-1' });
    expect(await boots.begin('bc:24:11:aa:00:02', ADDRESS)).toMatchObject({ reason: 'unknown' });
    expect(await boots.begin('bc:24:11:aa:00:03', ADDRESS)).toMatchObject({ reason: 'unknown' });
  });

  test('has tokens that only its reserved address can use', async () => {
    const { boots } = await aStore();
    await boots.arm(aNetworkBoot());
    const { tokens } = granted(await boots.begin(MAC, ADDRESS));

    expect(await boots.redeem(tokens.files, 'files', ELSEWHERE)).toMatchObject({ reason: 'address' });
    granted(await boots.redeem(tokens.files, 'files', ADDRESS));
    granted(await boots.redeem(tokens.documents, 'documents', ADDRESS));
  });

  test('that asks twice is one boot; once its tokens are over it is another, with others', async () => {
    const clock = new ManualClock();
    const { boots } = await aStore({ now: clock.now });
    await boots.arm(aNetworkBoot());
    const first = granted(await boots.begin(MAC, ADDRESS));
    const repeated = granted(await boots.begin(MAC, ADDRESS));
    granted(await boots.redeem(first.tokens.files, 'files', ADDRESS));
    clock.advance(BOOT_WINDOW_SECONDS + 1);

    const second = granted(await boots.begin(MAC, ADDRESS));

    expect(repeated.tokens).toEqual(first.tokens);
    expect(second.boots).toBe(2);
    expect(second.tokens.files).not.toBe(first.tokens.files);
    expect(await boots.redeem(first.tokens.documents, 'documents', ADDRESS)).toMatchObject({
      reason: 'unknown',
    });
    granted(await boots.redeem(second.tokens.documents, 'documents', ADDRESS));
  });
});
