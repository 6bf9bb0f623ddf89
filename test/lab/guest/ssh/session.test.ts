import { generateKeyPair } from '../../../../activities/ssh/key-pair.js';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import ssh2, { type ClientChannel } from 'ssh2';
import { aMachine, aSeed, TestLab, until, type Login } from '../lab.js';

const lab = new TestLab();
const OTHER_KEYS = {
  ecdsa: ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 }),
  rsa: ssh2.utils.generateKeyPairSync('rsa', { bits: 2_048 }),
};
let login: Login;

beforeAll(async () => {
  const keys = Object.values(OTHER_KEYS).map((pair) => `      - ${pair.public}\n`);
  const config = `  - name: other\n    ssh_authorized_keys:\n${keys.join('')}`;
  lab.guests.powerOn(aMachine(1, { media: [aSeed(1, { config })] }));
  await lab.login('10.1.107.101');
});

beforeEach(async () => {
  login = await lab.login('10.1.107.101');
});

afterAll(async () => {
  await lab.close();
});

describe('logging in', () => {
  test.each(['ecdsa', 'rsa'] as const)('works with a key of type %s', async (type) => {
    const other = await lab.tryLogin('10.1.107.101', {
      username: 'other',
      privateKey: OTHER_KEYS[type].private,
    });

    expect(await other.stdout('whoami')).toBe('other\n');
  });

  test.each([
    ['another key', { privateKey: generateKeyPair('test').private }],
    ['the key of another user', { username: 'other' }],
    ['root, whose login is disabled', { username: 'root' }],
    ['a user without a shell', { username: 'daemon' }],
    ['nobody that the machine knows', { username: 'nobody-at-all' }],
    ['a password', { privateKey: undefined, password: 'secret' }],
  ])('is refused for %s', async (_, config) => {
    const attempt = lab.tryLogin('10.1.107.101', config as object);

    await expect(attempt).rejects.toThrow(/All configured authentication methods failed/);
  });

  test('is kept up by answers to keepalive requests', async () => {
    const watched = await lab.tryLogin('10.1.107.101', { keepaliveInterval: 5, keepaliveCountMax: 2 });
    let sent = 0;
    const isBroken = once(watched.client, 'close').then(() => true);

    const outcome = await Promise.race([
      isBroken,
      until(async () => {
        sent += 1;
        return sent > 20 && 'alive';
      }),
    ]);

    expect(outcome).toBe('alive');
    expect((await watched.run('true')).code).toBe(0);
  });

  test('is refused when others may write the file of keys', async () => {
    await login.run('chmod 666 ~/.ssh/authorized_keys');

    const attempt = lab.tryLogin('10.1.107.101');

    await expect(attempt).rejects.toThrow(/authentication/);
    await login.run('chmod 600 ~/.ssh/authorized_keys');
  });
});

describe('a command', () => {
  test('gives its outputs apart and its exit code', async () => {
    expect(await login.run('echo out; echo err >&2; exit 3')).toEqual({
      code: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  test('gets its input to the last byte', async () => {
    const input = 'ä\0\n'.repeat(100_000);

    const { stdout } = await login.run('sha256sum', input);

    const expected = (await import('node:crypto')).createHash('sha256').update(input).digest('hex');
    expect(stdout).toBe(`${expected}  -\n`);
  });

  test('that nobody knows ends with 127', async () => {
    expect((await login.run('no-such-command --flag')).code).toBe(127);
  });

  test('ends when its channel is closed', async () => {
    const channel = await login.start('cat; sudo touch /root/after-close');
    channel.resume();
    channel.close();
    await once(channel, 'close');

    expect((await login.run('sudo test -e /root/after-close')).code).toBe(1);
  });

  test('is cut off by a signal, and says so', async () => {
    // A daemon never ends by itself.
    const channel = await login.start('simulated-daemon < /dev/null; sudo touch /root/after-signal');
    const exit = once(channel, 'exit') as Promise<[number | null, string]>;
    channel.resume();
    channel.signal('TERM');
    const [code, signal] = await exit;

    expect([code, signal]).toEqual([null, 'SIGTERM']);
    expect((await login.run('sudo test -e /root/after-signal')).code).toBe(1);
  });

  test('does not leave its variables or its directory to the next one', async () => {
    await login.run('cd /tmp; export LEFT=1');

    expect(await login.stdout('pwd; echo "[$LEFT]"')).toBe('/home/operator\n[]\n');
  });
});

describe('a fault', () => {
  test('before a command drops the connection, and nothing was done', async () => {
    lab.faults.add({
      target: 'ssh',
      stage: 'before',
      match: '^edge-1: touch ~/before$',
      effect: { kind: 'drop' },
    });

    const result = await login.run('touch ~/before');
    const next = await lab.login('10.1.107.101');

    expect(result.code).toBeNull();
    expect((await next.run('test -e ~/before')).code).toBe(1);
  });

  test('after a command drops the connection, and it was done', async () => {
    lab.faults.add({
      target: 'ssh',
      stage: 'after',
      match: '^edge-1: touch ~/after$',
      effect: { kind: 'drop' },
    });

    const result = await login.run('touch ~/after');
    const next = await lab.login('10.1.107.101');

    expect(result.code).toBeNull();
    expect((await next.run('test -e ~/after')).code).toBe(0);
  });

  test('answers in the command’s place', async () => {
    lab.faults.add({
      target: 'ssh',
      stage: 'before',
      match: 'uptime',
      effect: { kind: 'status', status: 9, message: 'disk is broken' },
    });

    expect(await login.run('uptime')).toEqual({ code: 9, stdout: '', stderr: 'disk is broken\n' });
  });

  test('holds a command until it is let go', async () => {
    const id = lab.faults.add({
      target: 'ssh',
      stage: 'before',
      match: 'echo held',
      effect: { kind: 'hold' },
    });

    const running = login.run('echo held');
    await lab.faults.hit(id);
    lab.faults.remove(id);

    expect((await running).stdout).toBe('held\n');
  });
});

describe('a shell for a person', () => {
  async function aShell(terminal: object | false): Promise<{ channel: ClientChannel; text: () => string }> {
    const channel = await new Promise<ClientChannel>((resolve, reject) => {
      login.client.shell(terminal as never, {}, (error, opened) =>
        error === undefined ? resolve(opened) : reject(error),
      );
    });
    let seen = '';
    channel.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    channel.stderr.resume();
    return { channel, text: () => seen };
  }

  test('echoes, prompts, and remembers where one is', async () => {
    const { channel, text } = await aShell({ term: 'xterm' });
    let code: number | undefined;
    channel.on('exit', (status: number) => (code = status));

    channel.write('cd /tmq\x7fp\r');
    await until(async () => text().includes('operator@edge-1:/tmp$ '));
    channel.write('pwd\rexit 5\r');
    await once(channel, 'close');

    expect(text()).toMatch(/^Welcome to Ubuntu/);
    expect(text()).toContain('\r\n/tmp\r\n');
    expect(code).toBe(5);
  });

  test('runs what it is sent without a terminal', async () => {
    const { channel, text } = await aShell(false);

    channel.end('A=1\necho $A\nwhoami\n');
    await once(channel, 'close');

    expect(text()).toBe('1\noperator\n');
  });

  test('is interrupted by a key', async () => {
    const { channel, text } = await aShell({ term: 'xterm' });

    channel.write('simulated-daemon\r');
    await until(async () => text().includes('simulated-daemon\r\n'));
    channel.write('\x03');
    channel.write('echo back\r');

    await until(async () => text().includes('\nback\r\n'));
    channel.end('exit\r');
    await once(channel, 'close');
  });
});

test('files cannot be transferred by SFTP', async () => {
  const opening = new Promise((resolve, reject) => {
    login.client.sftp((error, sftp) => (error === undefined ? resolve(sftp) : reject(error)));
  });

  await expect(opening).rejects.toThrow();
});

test('ports are not forwarded', async () => {
  const opening = new Promise((resolve, reject) => {
    login.client.forwardOut('127.0.0.1', 1, '127.0.0.1', 22, (error, channel) =>
      error === undefined ? resolve(channel) : reject(error),
    );
  });

  await expect(opening).rejects.toThrow();
});

test('all connections break when the power goes', async () => {
  const other = new TestLab();
  other.guests.powerOn(aMachine(2, { media: [aSeed(2)] }));
  const one = await other.login('10.1.107.102');
  const running = one.run('simulated-daemon');

  await one.run('true');
  other.guests.powerOff(102);

  expect((await running).code).toBeNull();
  await expect(other.dial('10.1.107.102')).rejects.toThrow(/HostUnreachable/);
  await other.close();
});
