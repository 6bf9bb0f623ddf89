import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { snapshotSource } from '../../../domain/backup/snapshot-source.js';
import { CLUSTER_TYPES, type ClusterType } from '../../../domain/cluster-definition.js';

const ID = '0c0ffee0-0000-4000-8000-000000000001';

function shell(type: ClusterType) {
  const source = snapshotSource(type, ID);
  if (source.kind !== 'shell') throw new Error(`${type} has no scripts`);
  return source;
}

describe('how a snapshot is taken', () => {
  test('of K3s: by its own command, under a name of its own, and nothing is left', () => {
    const { encoding, snapshot, cleanUp } = shell('K3S');

    expect(encoding).toBe('base64');
    expect(snapshot.split('\n')).toEqual([
      'test -d /var/lib/rancher/k3s/server/db/etcd || exit 65',
      ...cleanUp.split('\n'),
      `/usr/local/bin/k3s etcd-snapshot save --name clusterwright-${ID} --dir /var/lib/rancher/k3s/server/db/snapshots >&2`,
      `base64 -w 0 /var/lib/rancher/k3s/server/db/snapshots/clusterwright-${ID}-*`,
    ]);
    expect(cleanUp).toContain('/usr/local/bin/k3s etcd-snapshot delete');
  });

  test('of RKE2: likewise, by its own', () => {
    expect(shell('RKE2')).toEqual(
      JSON.parse(JSON.stringify(shell('K3S')).replaceAll('k3s', 'rke2')) as object,
    );
  });

  test('of kubeadm: by the JSON gateway of etcd, with the certificate that health checks have', () => {
    const { encoding, snapshot } = shell('VANILLA');

    expect(encoding).toBe('gateway');
    expect(snapshot.split('\n').at(-1)).toBe(
      'curl -sS --fail --no-buffer -X POST -d "{}" --cacert /etc/kubernetes/pki/etcd/ca.crt' +
        ' --cert /etc/kubernetes/pki/etcd/healthcheck-client.crt --key /etc/kubernetes/pki/etcd/healthcheck-client.key' +
        ' https://127.0.0.1:2379/v3/maintenance/snapshot',
    );
  });

  test('of OKD: by the script that it comes with', () => {
    expect(shell('OKD').snapshot).toContain(
      `/usr/local/bin/cluster-backup.sh /var/lib/clusterwright/backup/${ID} >&2`,
    );
    expect(shell('OKD').files).toContain('static_kuberesources_');
  });

  test('of Talos: by its API, and it has no files', () => {
    expect(snapshotSource('TALOS', ID)).toEqual({ kind: 'talos' });
  });

  test.each(CLUSTER_TYPES.filter((type) => type !== 'TALOS'))(
    'of %s is what a POSIX shell understands',
    (type) => {
      const { snapshot, files, cleanUp } = shell(type);
      for (const script of [snapshot, files, cleanUp]) {
        const { status, stderr } = spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' });

        expect([status, stderr]).toEqual([0, '']);
      }
    },
  );
});
