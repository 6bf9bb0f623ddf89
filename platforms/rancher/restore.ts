/**
 * Putting a snapshot of etcd back, as K3s does it (https://docs.k3s.io/cli/etcd-snapshot): one server is started with
 * `--cluster-reset` once and is the only member then; the others lose their data and join as new ones.
 */
import type { GuestFile, GuestStep } from '../../domain/guest-step.js';
import type { RestorePaths } from '../../domain/restore/restore-paths.js';

export interface RancherServer {
  readonly program: 'k3s';
  /** Of systemd. */
  readonly unit: string;
}

/** 8 GiB from a slow disk. */
const RESTORE_SECONDS = 3_600;
const STOP_SECONDS = 300;

/** The service stays off until it is enabled again: a machine that boots meanwhile must not come back with its old data. */
export function stopServerStep({ unit }: RancherServer): GuestStep {
  return {
    id: 'stop-server',
    title: 'Stop the server',
    files: [],
    observe: null,
    act: `systemctl disable ${unit}\nsystemctl stop ${unit}`,
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
  const { program, unit } = server;
  const isDone = `test -e ${paths.folder}/restored`;
  return {
    id: 'restore-snapshot',
    title: 'Restore the snapshot of etcd',
    files,
    observe: isDone,
    act: [
      `if ! ${isDone}; then`,
      `systemctl stop ${unit}`,
      ...setAside(server, paths),
      // Of a reset that was broken off: with it another one is refused.
      `rm -f ${databaseOf(program)}/reset-flag`,
      `/usr/local/bin/${program} server --cluster-reset --cluster-reset-restore-path=${paths.snapshot}`,
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
      `systemctl stop ${server.unit}`,
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

function databaseOf(program: RancherServer['program']): string {
  return `/var/lib/rancher/${program}/server/db`;
}
