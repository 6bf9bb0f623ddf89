import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { fromBase64 } from '../../../../activities/backup/base64-stream.js';
import { fromGateway } from '../../../../activities/backup/gateway-snapshot.js';
import { proved } from '../../../../activities/backup/snapshot-proof.js';
import { NO_ETCD, snapshotSource } from '../../../../domain/backup/snapshot-source.js';
import { readSnapshotFile } from '../../../../lab/guest/etcd/snapshot-file.js';
import { all, streamOf } from '../../../activities/backup/streams.js';
import { VanillaLab } from './vanilla-lab.js';

let vanilla: VanillaLab;
beforeEach(async () => {
  vanilla = await VanillaLab.start();
});
afterEach(() => vanilla.close());

const source = snapshotSource('VANILLA', '0c0ffee0-0000-4000-8000-000000000001');
const run = (number: number, script: string) =>
  vanilla.login(number).run('sudo -n sh -s', `set -eu\n{\n${script}\n} </dev/null\n`);

test('the etcd of kubeadm gives a snapshot to whom has its certificates, and authorities come with it', async () => {
  if (source.kind !== 'shell') throw new Error('it has scripts');
  await vanilla.boot('CONTROL_PLANE', 'WORKER');
  await vanilla.up(1);

  const snapshot = await run(1, source.snapshot);
  const files = await run(1, source.files);
  await run(1, source.cleanUp);

  const content = await readSnapshotFile(await all(proved(fromGateway(streamOf(snapshot.stdout)))));
  expect(content?.objects['namespaces']?.map(({ metadata }) => metadata.name)).toContain('kube-system');
  expect(String(await all(fromBase64(streamOf(files.stdout))))).toContain('BEGIN PRIVATE KEY');
  expect((await run(1, 'ls /var/lib/clusterwright/backup')).stdout).toBe('');
  expect((await run(2, source.snapshot)).code).toBe(NO_ETCD);
});
