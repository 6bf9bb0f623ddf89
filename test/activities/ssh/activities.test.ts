import { generateKeyPair } from '../../../activities/ssh/key-pair.js';
import { describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import ssh2 from 'ssh2';
import { createSshActivities } from '../../../activities/ssh/activities.js';
import { readGuestFile } from '../../../activities/ssh/read-guest-file.js';
import type { Store } from '../../../store/store.js';
import { aStore, aReservation } from '../../store/store-builder.js';
import { ShellGuest } from './shell-guest.js';
import { aServer, aTcpServer, NEVER_ABORTED, SshServer, USER_KEYS, type Answer } from './ssh-server.js';

const LOGIN = { clusterUid: 'uid-1', machineUuid: 'm-1', address: '127.0.0.1', user: 'ubuntu' };
const TOKEN = 'fedcba9876543210'.repeat(4);

async function aStoreWithKeys(): Promise<Store> {
  const store = await aStore();
  await store.machines.reserve(aReservation(['m-1']));
  await store.secrets.put('uid-1', 'ssh-private-key', USER_KEYS.private);
  await store.secrets.put('uid-1', 'join-token', TOKEN);
  return store;
}

async function aWorld(answer: Answer) {
  const store = await aStoreWithKeys();
  const { port, server } = await aServer(answer);
  const access = { store, proxyUrl: null, port };
  return { store, server, access, activities: createSshActivities(access), environment: anEnvironment() };
}

function anEnvironment() {
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const heartbeats: unknown[] = [];
  environment.on('heartbeat', (details: unknown) => heartbeats.push(details));
  /** Resolves at the next heartbeat that tells what is looked for. */
  const heard = (pattern: RegExp): Promise<void> =>
    new Promise((resolve) => {
      environment.on('heartbeat', (details: unknown) => {
        if (pattern.test(String(details))) resolve();
      });
    });
  return Object.assign(environment, { heartbeats, heard });
}

/** A port that nobody listens on. */
async function aClosedPort(): Promise<number> {
  const server = new SshServer(() => ({}));
  const port = await server.listen();
  await server.close();
  return port;
}

describe('waitForSsh', () => {
  test('waits for a machine that comes up later, says what it waits for, and pins its host key', async () => {
    const store = await aStoreWithKeys();
    const port = await aClosedPort();
    const { waitForSsh } = createSshActivities({ store, proxyUrl: null, port });
    const environment = anEnvironment();
    const refused = environment.heard(/ECONNREFUSED/);
    const waiting = environment.run(waitForSsh, LOGIN);
    await refused;

    await new SshServer(() => ({})).listen(port);
    await waiting;

    expect((await store.machines.get('m-1'))?.sshHostKey).toMatch(/^[A-Za-z0-9+/]{43}$/);
  });

  test('waits while the key is refused, as it is until cloud-init has installed it', async () => {
    const store = await aStoreWithKeys();
    const strict = new SshServer(() => ({}), { publicKey: generateKeyPair('test').public });
    const port = await strict.listen();
    const { waitForSsh } = createSshActivities({ store, proxyUrl: null, port });
    const environment = anEnvironment();
    const refused = environment.heard(/authentication/);
    const waiting = environment.run(waitForSsh, LOGIN);
    await refused;
    expect((await store.machines.get('m-1'))?.sshHostKey).toBeNull();
    await strict.close();

    await new SshServer(() => ({})).listen(port);

    await waiting;
  });

  test('does not wait for a machine that shows another host key', async () => {
    const { store, activities, environment } = await aWorld(() => ({}));
    await store.machines.update('m-1', { sshHostKey: 'A'.repeat(43) });

    const waiting = environment.run(activities.waitForSsh, LOGIN);

    await expect(waiting).rejects.toMatchObject({ code: 'SSH_HOST_KEY_CHANGED' });
    expect((await store.machines.get('m-1'))?.sshHostKey).toBe('A'.repeat(43));
  });

  test('stops when it is cancelled, between two attempts and within one', async () => {
    const store = await aStoreWithKeys();
    const between = anEnvironment();
    const refused = between.heard(/ECONNREFUSED/);
    const access = { store, proxyUrl: null };
    const first = between.run(
      createSshActivities({ ...access, port: await aClosedPort() }).waitForSsh,
      LOGIN,
    );
    await refused;
    between.cancel();
    const within = anEnvironment();
    const silentPort = await aTcpServer(() => within.cancel());

    const second = within.run(createSshActivities({ ...access, port: silentPort }).waitForSsh, LOGIN);

    await expect(first).rejects.toMatchObject({ name: 'CancelledFailure' });
    await expect(second).rejects.toMatchObject({ name: 'CancelledFailure' });
  });

  test('says which machine the ledger does not know', async () => {
    const { activities, environment } = await aWorld(() => ({}));

    const waiting = environment.run(activities.waitForSsh, { ...LOGIN, machineUuid: 'm-2' });

    await expect(waiting).rejects.toMatchObject({ code: 'IDENTITY_MISMATCH' });
  });
});

describe('waitForCloudInit', () => {
  const report = (change: object): string => JSON.stringify({ status: 'done', errors: [], ...change });

  test('returns the messages of errors that it recovered from, without secrets', async () => {
    const { activities, environment } = await aWorld(() => ({
      code: 2,
      stdout: report({ recoverable_errors: { WARNING: [`bad key ${TOKEN}`] } }),
    }));

    const result = await environment.run(activities.waitForCloudInit, LOGIN);

    expect(result).toEqual({ warnings: ['bad key [redacted]'] });
  });

  test('waits across a reboot and a report that it is still running', async () => {
    let asked = 0;
    const { activities, environment } = await aWorld(({ client }) => {
      asked += 1;
      if (asked === 1) {
        client.end();
        return undefined;
      }
      return { stdout: report(asked === 2 ? { status: 'running' } : {}) };
    });

    const result = await environment.run(activities.waitForCloudInit, LOGIN);

    expect(result).toEqual({ warnings: [] });
    expect(asked).toBe(3);
    expect(environment.heartbeats).toContain('cloud-init is still running');
  });

  test('fails with the errors and the last 20 lines of the log', async () => {
    const log = Array.from({ length: 30 }, (_, index) => `line ${index + 1}\n`).join('');
    const { activities, environment } = await aWorld(({ command }) =>
      command.startsWith('cloud-init')
        ? { code: 1, stdout: report({ status: 'error', errors: ['no package'] }) }
        : { stdout: log },
    );

    const waiting = environment.run(activities.waitForCloudInit, LOGIN);

    await expect(waiting).rejects.toMatchObject({
      code: 'CLOUD_INIT_FAILED',
      message: expect.stringMatching(/^no package\nline 11\n[^]*line 30$/),
    });
  });
});

describe('runGuestStep', () => {
  const step = {
    id: 'configure',
    title: 'Configure',
    files: [{ path: '/etc/app/token', mode: '0600', content: '{{secret:join-token}}\n' }],
    observe: 'test -f done',
    act: 'printf "" > done',
    verify: 'test -f done',
    timeoutSeconds: 30,
  };

  test('fills in the secrets of the cluster, and does nothing the second time', async () => {
    const { activities, environment, server, guest } = await aGuestWorld();

    const first = await environment.run(activities.runGuestStep, { ...LOGIN, step });
    const second = await environment.run(activities.runGuestStep, { ...LOGIN, step });

    expect([first, second]).toEqual([{ changed: true }, { changed: false }]);
    expect(guest.read('/etc/app/token')).toBe(`${TOKEN}\n`);
    expect(server.commands.join('\n')).not.toContain(TOKEN);
    expect(environment.heartbeats.length).toBeGreaterThan(0);
  });

  test('beats while a command runs, and stops when it is cancelled', async () => {
    const store = await aStoreWithKeys();
    const environment = anEnvironment();
    const { port } = await aServer(() => undefined);
    const { runGuestStep } = createSshActivities({ store, proxyUrl: null, port });
    environment.on('heartbeat', () => {
      if (environment.heartbeats.length >= 3) environment.cancel();
    });

    const running = environment.run(runGuestStep, { ...LOGIN, step });

    await expect(running).rejects.toMatchObject({ name: 'CancelledFailure' });
  });

  async function aGuestWorld() {
    const guest = new ShellGuest();
    return { ...(await aWorld(guest.answer)), guest };
  }
});

describe('readGuestFile', () => {
  test('gives the content of a file, and refuses one that is too long or missing', async () => {
    const guest = new ShellGuest();
    guest.write('/etc/kubeconfig', 'x'.repeat(100));
    const { access, environment } = await aWorld(guest.answer);
    const read = (path: string, maxBytes: number) =>
      environment.run(readGuestFile, access, { ...LOGIN, path, maxBytes, signal: NEVER_ABORTED });

    expect(await read('/etc/kubeconfig', 100)).toBe('x'.repeat(100));
    await expect(read('/etc/kubeconfig', 99)).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      message: expect.stringContaining('longer than 99 bytes'),
    });
    await expect(read('/etc/nothing', 99)).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      message: expect.stringContaining('No such file'),
    });
  });
});

describe('secrets of a cluster', () => {
  test('many who make SSH keys at once agree on one pair, whose halves belong together', async () => {
    const store = await aStore();
    const { createSshKeys } = createSshActivities({ store, proxyUrl: null });

    const made = await Promise.all(Array.from({ length: 5 }, () => createSshKeys({ clusterUid: 'uid-1' })));

    const lines = new Set(made.map(({ publicKey }) => publicKey));
    const sealed = ssh2.utils.parseKey((await store.secrets.get('uid-1', 'ssh-private-key')) ?? '');
    expect(lines.size).toBe(1);
    expect(sealed).not.toBeInstanceOf(Error);
    expect([...lines][0]).toBe(
      `ssh-ed25519 ${(sealed as ssh2.ParsedKey).getPublicSSH().toString('base64')} clusterwright`,
    );
  });

  test('the join token is made once, and is not returned', async () => {
    const store = await aStore();
    const { createJoinToken } = createSshActivities({ store, proxyUrl: null });

    const returned = await createJoinToken({ clusterUid: 'uid-1' });

    const token = await store.secrets.get('uid-1', 'join-token');
    await createJoinToken({ clusterUid: 'uid-1' });
    expect(returned).toBeUndefined();
    expect(token).toMatch(/^[0-9a-f]{64}$/);
    expect(await store.secrets.get('uid-1', 'join-token')).toBe(token);
  });
});
