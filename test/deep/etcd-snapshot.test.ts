/** The snapshot that a real etcd gives through its JSON gateway, as the product reads it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { fromGateway } from '../../activities/backup/gateway-snapshot.js';
import { proved } from '../../activities/backup/snapshot-proof.js';
import { all, cut } from '../activities/backup/streams.js';
import { BUILD_TIMEOUT_MS, describeWithGo, goProgram, KUBERNETES } from './go-program.js';
import { freePort } from './s3-server.js';

describeWithGo([KUBERNETES], 'a snapshot of a real etcd', () => {
  let etcd: ChildProcess;
  let url: string;
  let folder: string;

  const post = (path: string, body: object): Promise<Response> =>
    fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) });

  beforeAll(async () => {
    const program = await goProgram(KUBERNETES);
    folder = mkdtempSync(join(tmpdir(), 'clusterwright-etcd-'));
    url = `http://127.0.0.1:${await freePort()}`;
    const peer = `http://127.0.0.1:${await freePort()}`;
    etcd = spawn(
      program,
      [
        ...['etcd', '--data-dir', join(folder, 'data'), '--name', 'one', '--log-level', 'error'],
        ...['--listen-client-urls', url, '--advertise-client-urls', url],
        ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
        ...['--initial-cluster', `one=${peer}`],
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    for (;;) {
      if (etcd.exitCode !== null) throw new Error(`etcd ended with ${etcd.exitCode}`);
      const health = await fetch(`${url}/health`).catch(() => undefined);
      if (health?.ok === true) return;
      await pause(100);
    }
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => {
    if (etcd.exitCode === null) {
      const ended = once(etcd, 'exit');
      etcd.kill('SIGKILL');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  test('is whole, proves itself, and holds what was written', async () => {
    const value = 'kept in the snapshot';
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    await post('/v3/kv/put', { key: base64('/registry/configmaps/a'), value: base64(value) });

    const answer = await post('/v3/maintenance/snapshot', {});
    const lines = Buffer.from(await answer.arrayBuffer());
    const snapshot = await all(proved(fromGateway(cut(lines, 10_000))));

    expect(snapshot.includes(value)).toBe(true);
    await expect(all(proved(cut(snapshot.subarray(0, -512), 10_000)))).rejects.toMatchObject({
      code: 'BACKUP_SNAPSHOT_FAILED',
    });
  });
});
