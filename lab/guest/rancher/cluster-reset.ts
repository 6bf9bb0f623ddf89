/** `k3s server --cluster-reset --cluster-reset-restore-path=FILE` (https://docs.k3s.io/cli/etcd-snapshot): this server is the only member afterwards, with the state of the snapshot. */
import { isThere, putFile, removeAll } from '../disk/root-files.js';
import { ROOT } from '../disk/inode.js';
import { readSnapshotFile, SNAPSHOT_PROOF_BYTES } from '../etcd/snapshot-file.js';
import type { CommandCall } from '../shell/guest-command.js';
import type { RancherBootstrap } from './cluster.js';
import type { RancherProgram } from './distribution.js';
import { RancherFatal } from './fatal.js';
import { configuredToken } from './join.js';
import { nodeIdentity } from './node.js';
import { parseToken } from './token.js';

const RESTORING = 'starting kubernetes: preparing server: start managed database: etcd:';

/** The server ends when it is done, and is to be started without the flag. @throws RancherFatal */
export async function resetCluster(program: RancherProgram, { system, signal }: CommandCall): Promise<void> {
  const { distribution, configuration, version } = program;
  const { disk, machine } = system;
  const node = nodeIdentity(configuration, system, version);
  const database = `${distribution.dataFolder}/server/db`;
  if (system.openPorts().includes(distribution.supervisorPort)) {
    throw new RancherFatal(`listen tcp :${distribution.supervisorPort}: bind: address already in use`);
  }
  if (isThere(disk, `${database}/reset-flag`)) {
    throw new RancherFatal(
      `cluster-reset was successfully performed, please remove the cluster-reset flag and start ${distribution.program} normally, if you need to perform another cluster reset, you must first manually delete the ${database}/reset-flag file`,
    );
  }
  const path = configuration.text('cluster-reset-restore-path');
  if (path === undefined)
    throw new RancherFatal(`${RESTORING} the lab resets a cluster from a snapshot only`);
  if (!isThere(disk, path)) throw new RancherFatal(`${RESTORING} snapshot path ${path} does not exist`);
  const file = disk.readFile(path, ROOT);
  const content = await readSnapshotFile(file);
  if (content?.bootstrap === undefined) {
    throw new RancherFatal(`${RESTORING} expected sha256, got something else: snapshot is corrupt`);
  }
  const token = configuredToken(configuration, system);
  const { password } = content.bootstrap as RancherBootstrap;
  if (token !== undefined && parseToken(token).password !== password) {
    throw new RancherFatal(`${RESTORING} bootstrap data already found and encrypted with different token`);
  }
  await system.latency.wait(distribution.startsIn.server, machine.name, signal);
  signal.throwIfAborted();
  if (isThere(disk, `${database}/etcd`)) {
    const kept = `${database}/etcd-old-${Math.floor(Date.now() / 1_000)}`;
    removeAll(disk, kept);
    disk.rename(`${database}/etcd`, kept, ROOT);
  }
  const cluster = await system.clusters.restore(content);
  cluster.addMember(node.name, machine.diskId, true);
  // The snapshot without the proof that is behind it.
  putFile(disk, `${database}/etcd/member/snap/db`, file.subarray(0, -SNAPSHOT_PROOF_BYTES), { mode: 0o600 });
  putFile(disk, `${database}/cluster-id`, `${cluster.record.id}\n`, { mode: 0o600 });
  putFile(disk, `${database}/reset-flag`, '');
}
