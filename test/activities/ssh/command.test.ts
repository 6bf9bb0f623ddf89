import { describe, expect, test } from '@jest/globals';
import type { Connection } from 'ssh2';
import { aConnection, NEVER_ABORTED, socketOf } from './ssh-server.js';

const HOW = { timeoutMs: 5_000, signal: NEVER_ABORTED };

describe('a command that ends', () => {
  test('gives its outputs, untouched, and its exit code', async () => {
    const { connection } = await aConnection(() => ({
      code: 3,
      stdout: ' out\n',
      stderr: 'err \u{1f600}\n',
    }));

    const result = await connection.run('x', HOW);

    expect(result).toEqual({ code: 3, stdout: ' out\n', stderr: 'err \u{1f600}\n', isTruncated: false });
  });

  test('gets its input byte for byte', async () => {
    const content = 'a\0b\n$(reboot)\'"`\u{1f600}';
    const { connection } = await aConnection(({ stdin }) => ({ stdout: stdin }));

    const result = await connection.run('x', { ...HOW, stdin: content });

    expect(result.stdout).toBe(content);
  });

  test('keeps the last 64 KiB of an output of 10 MB, cut between characters', async () => {
    const output = `${'\u{1f600}'.repeat(2_500_000)}end`;
    const { connection } = await aConnection(() => ({ stdout: output }));

    const result = await connection.run('x', { timeoutMs: 60_000, signal: NEVER_ABORTED });

    expect(result.isTruncated).toBe(true);
    expect(result.stdout).toMatch(/^(\u{1f600})+end$/u);
    expect(Buffer.byteLength(result.stdout)).toBeGreaterThan(64 * 1024 - 4);
    expect(Buffer.byteLength(result.stdout)).toBeLessThanOrEqual(64 * 1024);
  });
});

describe('a command whose outcome is not known', () => {
  test.each([
    ['the link dies', (client: Connection) => socketOf(client).destroy()],
    ['the server hangs up', (client: Connection) => client.end()],
  ])('%s while it runs', async (_, kill) => {
    const { connection } = await aConnection(({ client }) => {
      kill(client);
      return undefined;
    });

    const running = connection.run('x', HOW);

    await expect(running).rejects.toMatchObject({ code: 'SSH_OUTCOME_UNKNOWN' });
  });

  test('it is still running when the time is up', async () => {
    const { connection } = await aConnection(() => undefined);

    const running = connection.run('x', { ...HOW, timeoutMs: 100 });

    await expect(running).rejects.toMatchObject({
      code: 'SSH_OUTCOME_UNKNOWN',
      message: 'a command was still running after 0.1 s',
    });
  });

  test('a signal ended it', async () => {
    const { connection } = await aConnection(({ channel }) => {
      channel.exit('KILL');
      channel.end();
      return undefined;
    });

    const running = connection.run('x', HOW);

    await expect(running).rejects.toMatchObject({ code: 'SSH_OUTCOME_UNKNOWN', message: /KILL/ });
  });

  test('the channel closes without an exit code', async () => {
    const { connection } = await aConnection(({ channel }) => {
      channel.close();
      return undefined;
    });

    await expect(connection.run('x', HOW)).rejects.toMatchObject({ code: 'SSH_OUTCOME_UNKNOWN' });
  });
});

test('a silent link, on which no packet comes back any more, is noticed within seconds', async () => {
  const { connection } = await aConnection(({ client }) => {
    const socket = socketOf(client);
    socket.removeAllListeners('data');
    socket.pause();
    return undefined;
  });
  const running = connection.run('x', { timeoutMs: 600_000, signal: NEVER_ABORTED });

  await expect(running).rejects.toMatchObject({ code: 'SSH_OUTCOME_UNKNOWN' });
});

test('a command on a connection that is gone was certainly not started', async () => {
  const { connection, server } = await aConnection(() => ({}));
  connection.dispose();

  await expect(connection.run('x', HOW)).rejects.toMatchObject({ code: 'SSH_UNREACHABLE' });
  expect(server.commands).toEqual([]);
});

test('a cancelled command ends at once with the reason, and its channel is closed', async () => {
  const cancel = new AbortController();
  let isClosed: Promise<void> | undefined;
  const { connection } = await aConnection(({ channel }) => {
    isClosed = new Promise((resolve) => channel.on('close', () => resolve()));
    cancel.abort(new Error('cancelled by the test'));
    return undefined;
  });

  const running = connection.run('x', { ...HOW, signal: cancel.signal });

  await expect(running).rejects.toThrow('cancelled by the test');
  await isClosed;
});

test('several commands run on one connection at once', async () => {
  const { connection } = await aConnection(({ command }) => ({ stdout: command }));

  const results = await Promise.all(['a', 'b', 'c'].map((command) => connection.run(command, HOW)));

  expect(results.map(({ stdout }) => stdout)).toEqual(['a', 'b', 'c']);
});
