/** How each distribution gives a snapshot of its etcd, and which files of a machine belong to it. Pure. */
import type { ClusterType } from '../cluster-definition.js';
import { shellWord } from '../services/shell-word.js';

export type SnapshotSource =
  /** Scripts for a root shell of a control-plane machine. What they print is text: nothing between translates it. */
  | {
      readonly kind: 'shell';
      /** What `snapshot` prints: the snapshot in base64, or the answer of etcd's JSON gateway that carries it. */
      readonly encoding: 'base64' | 'gateway';
      readonly snapshot: string;
      /** Prints a tar archive, of whatever compression, in base64. */
      readonly files: string;
      /** Takes away what the other two left; safe to repeat. */
      readonly cleanUp: string;
    }
  /** The machine's own API streams it. */
  | { readonly kind: 'talos' };

/** Exit code of a script on a machine whose cluster keeps its state elsewhere than in etcd: EX_DATAERR of sysexits.h. */
export const NO_ETCD = 65;

/** @param id of the backup: a UUID. */
export function snapshotSource(type: ClusterType, id: string): SnapshotSource {
  switch (type) {
    case 'K3S':
      return rancher('k3s', id);
    case 'RKE2':
      return rancher('rke2', id);
    case 'VANILLA':
      return kubeadm(id);
    case 'OKD':
      return okd(id);
    case 'TALOS':
      return { kind: 'talos' };
  }
}

/** https://docs.k3s.io/cli/etcd-snapshot; RKE2 has the same command. It adds the node's name and the time to the name. */
function rancher(program: 'k3s' | 'rke2', id: string): SnapshotSource {
  const command = `/usr/local/bin/${program} etcd-snapshot`;
  const server = `/var/lib/rancher/${program}/server`;
  const folder = `${server}/db/snapshots`;
  const name = `clusterwright-${id}`;
  const cleanUp = [
    `for file in ${folder}/${name}-*; do`,
    // By the program where it still knows the snapshot: it keeps a list of them in the cluster.
    `  if test -e "$file"; then ${command} delete --dir ${folder} "$(basename "$file")" >&2 || rm -f "$file"; fi`,
    'done',
    removal(workFolder(id)),
  ].join('\n');
  return {
    kind: 'shell',
    encoding: 'base64',
    snapshot: [
      `test -d ${server}/db/etcd || exit ${NO_ETCD}`,
      cleanUp,
      `${command} save --name ${name} --dir ${folder} >&2`,
      `base64 -w 0 ${folder}/${name}-*`,
    ].join('\n'),
    files: archive(workFolder(id), server, ['cred', 'tls', 'token']),
    cleanUp,
  };
}

/** https://etcd.io/docs/v3.5/dev-guide/api_grpc_gateway: etcd runs in a container that has no shell. */
function kubeadm(id: string): SnapshotSource {
  const pki = '/etc/kubernetes/pki/etcd';
  return {
    kind: 'shell',
    encoding: 'gateway',
    snapshot: [
      `test -d /var/lib/etcd/member || exit ${NO_ETCD}`,
      [
        'curl -sS --fail --no-buffer -X POST -d "{}"',
        `--cacert ${pki}/ca.crt --cert ${pki}/healthcheck-client.crt --key ${pki}/healthcheck-client.key`,
        'https://127.0.0.1:2379/v3/maintenance/snapshot',
      ].join(' '),
    ].join('\n'),
    files: archive(workFolder(id), '/etc/kubernetes', ['pki', 'encryption']),
    cleanUp: removal(workFolder(id)),
  };
}

/** https://docs.okd.io/latest/backup_and_restore/control_plane_backup_and_restore/backing-up-etcd.html */
function okd(id: string): SnapshotSource {
  const folder = workFolder(id);
  const cleanUp = removal(folder);
  return {
    kind: 'shell',
    encoding: 'base64',
    snapshot: [
      `test -d /var/lib/etcd/member || exit ${NO_ETCD}`,
      cleanUp,
      `/usr/local/bin/cluster-backup.sh ${folder} >&2`,
      `base64 -w 0 ${folder}/snapshot_*.db`,
    ].join('\n'),
    files: `base64 -w 0 ${folder}/static_kuberesources_*.tar.gz`,
    cleanUp,
  };
}

/**
 * An archive of those of the names that are there. It is whole before any of it is printed: of a pipe only the last
 * command tells how it ended.
 */
function archive(work: string, folder: string, names: readonly string[]): string {
  return [
    'umask 077',
    `mkdir -p ${work}`,
    `cd ${folder}`,
    'set --',
    `for name in ${names.map(shellWord).join(' ')}; do`,
    '  if test -e "$name"; then set -- "$@" "$name"; fi',
    'done',
    `tar -cf ${work}/files.tar "$@"`,
    `base64 -w 0 ${work}/files.tar`,
  ].join('\n');
}

/** Root's alone, and gone when the backup is taken. */
function workFolder(id: string): string {
  return `/var/lib/clusterwright/backup/${id}`;
}

function removal(folder: string): string {
  return `rm -rf ${folder}`;
}
