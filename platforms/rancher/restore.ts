/**
 * Putting a snapshot of etcd back, as K3s and RKE2 do it (https://docs.k3s.io/cli/etcd-snapshot and
 * https://docs.rke2.io/datastore/backup_restore): one server is started with `--cluster-reset` once and is the only member
 * then; the others lose their data and join as new ones.
 */
import type { GuestFile, GuestStep } from '../../domain/guest-step.js';
import type { RestorePaths } from '../../domain/restore/restore-paths.js';
import { PROGRAM_PATHS } from './program-paths.js';

export interface RancherServer {
  readonly program: 'k3s' | 'rke2';
  /** Of systemd. */
  readonly unit: string;
}

/** 8 GiB from a slow disk. */
const RESTORE_SECONDS = 3_600;
const STOP_SECONDS = 300;

/** The service stays off until it is enabled again: a machine that boots meanwhile must not come back with its old data. */
export function stopServerStep(server: RancherServer): GuestStep {
  const { unit } = server;
  return {
    id: 'stop-server',
    title: 'Stop the server',
    files: [],
    observe: null,
    act: [`systemctl disable ${unit}`, ...stop(server)].join('\n'),
    verify: `! systemctl is-active --quiet ${unit}`,
    timeoutSeconds: STOP_SECONDS,
  };
}

/** @param files configuration that the server is started with: it has the token that the snapshot is read with. */
export function restoreSnapshotStep(
  server: RancherServer,
  paths: RestorePaths,
  files: readonly GuestFile[],
): GuestStep {
  const { program } = server;
  const isDone = `test -e ${paths.folder}/restored`;
  return {
    id: 'restore-snapshot',
    title: 'Restore the snapshot of etcd',
    files,
    observe: isDone,
    act: [
      `if ! ${isDone}; then`,
      ...stop(server),
      ...setAside(server, paths),
      // Of a reset that was broken off: with it another one is refused.
      `rm -f ${databaseOf(program)}/reset-flag`,
      `${commandOf(server)} server --cluster-reset --cluster-reset-restore-path=${paths.snapshot}`,
      `touch ${paths.folder}/restored`,
      'fi',
      `rm -f ${paths.snapshot}`,
    ].join('\n'),
    verify: isDone,
    timeoutSeconds: RESTORE_SECONDS,
  };
}

/** Another member: without data it joins by its configuration. */
export function resetServerStep(server: RancherServer, paths: RestorePaths): GuestStep {
  const isDone = `test -e ${paths.folder}/reset`;
  return {
    id: 'reset-member',
    title: 'Set the data of the former member aside',
    files: [],
    observe: isDone,
    act: [
      `if ! ${isDone}; then`,
      ...stop(server),
      ...setAside(server, paths),
      `touch ${paths.folder}/reset`,
      'fi',
    ].join('\n'),
    verify: isDone,
    timeoutSeconds: STOP_SECONDS,
  };
}

/** An agent registers its node when it starts: the restored cluster may not know it. Its pods go on. */
export function reconnectAgentStep(unit: string, { folder }: RestorePaths): GuestStep {
  const isDone = `test -e ${folder}/reconnected`;
  return {
    id: 'reconnect-agent',
    title: 'Connect the agent to the restored cluster',
    files: [],
    observe: isDone,
    act: [
      `mkdir -p ${folder}`,
      `systemctl enable ${unit}`,
      `systemctl restart --no-block ${unit}`,
      `touch ${folder}/reconnected`,
    ].join('\n'),
    verify: isDone,
    timeoutSeconds: STOP_SECONDS,
  };
}

/** RKE2 runs etcd in a pod, and a pod goes on when its service stops; K3s has it in the service itself. */
function stop({ program, unit }: RancherServer): string[] {
  const service = `systemctl stop ${unit}`;
  return program === 'k3s' ? [service] : [service, PROGRAM_PATHS, 'rke2-killall.sh'];
}

function commandOf({ program }: RancherServer): string {
  return program === 'k3s' ? '/usr/local/bin/k3s' : program;
}

/** Once: what a broken attempt of this restore has made is not what was there before. */
function setAside({ program }: RancherServer, { folder, kept }: RestorePaths): string[] {
  const database = databaseOf(program);
  return [
    'umask 077',
    `mkdir -p ${folder}`,
    `if test -d ${database} && ! test -e ${kept}; then mv ${database} ${kept}; fi`,
    // So that what is made from here on is never taken for it.
    `mkdir -p ${kept}`,
  ];
}

/** Of etcd itself, below what K3s calls its database. */
export function etcdDatabase({ program }: RancherServer): string {
  return `${databaseOf(program)}/etcd/member/snap/db`;
}

function databaseOf(program: RancherServer['program']): string {
  return `/var/lib/rancher/${program}/server/db`;
}
