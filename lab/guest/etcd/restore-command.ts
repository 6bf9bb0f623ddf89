/** `etcdctl snapshot restore` of etcd 3.5: a data directory with one member, of a snapshot (https://etcd.io/docs/v3.5/op-guide/recovery/). */
import { ROOT } from '../disk/inode.js';
import { isThere, putFile } from '../disk/root-files.js';
import { failWith, succeed, type CommandCall, type Outcome } from '../shell/guest-command.js';
import { parseOptions, valued, type ParsedOptions } from '../shell/options.js';
import { readSnapshotFile, SNAPSHOT_PROOF_BYTES } from './snapshot-file.js';

const OPTIONS = [
  ...[valued('data-dir'), valued('name'), valued('initial-cluster'), valued('initial-advertise-peer-urls')],
];
const DEFAULT_NAME = 'default';

/** @param folders what the program sees of the machine's disk. */
export async function etcdctl(
  args: readonly string[],
  { system, signal }: CommandCall,
  folders: readonly string[],
): Promise<Outcome> {
  const { disk, machine } = system;
  const options = parseOptions(args, { declared: OPTIONS });
  const [noun, verb, path = ''] = options.operands;
  if (noun !== 'snapshot' || verb !== 'restore')
    return failWith(1, `Error: unknown command "${noun ?? ''}" for "etcdctl"`);
  const isSeen = (file: string): boolean => folders.some((folder) => file.startsWith(`${folder}/`));
  const folder = options.value('data-dir') ?? '';
  const name = options.value('name') ?? DEFAULT_NAME;
  if (!isSeen(path) || !isThere(disk, path))
    return failWith(1, `Error: open ${path}: no such file or directory`);
  if (!isSeen(folder)) return failWith(1, 'Error: the data directory would be gone with the container');
  if (isThere(disk, folder)) return failWith(1, `Error: data-dir "${folder}" not empty or could not be read`);
  const objection = memberObjection(name, options);
  if (objection !== undefined) return failWith(1, `Error: ${objection}`);
  const file = disk.readFile(path, ROOT);
  const content = await readSnapshotFile(file);
  if (content === undefined) return failWith(1, 'Error: expected sha256, got something else');
  await system.latency.wait('guest.static-pods', machine.name, signal);
  signal.throwIfAborted();
  const cluster = await system.kubeadmClusters.restore(content, { name, diskId: machine.diskId });
  // The snapshot without the proof that is behind it.
  putFile(disk, `${folder}/member/snap/db`, file.subarray(0, -SNAPSHOT_PROOF_BYTES), { mode: 0o600 });
  putFile(disk, `${folder}/member/cluster-id`, `${cluster.record.id}\n`, { mode: 0o600 });
  return succeed();
}

/** A member has to be one of its own cluster, with the address under which it is known there. */
function memberObjection(name: string, options: ParsedOptions): string | undefined {
  const members = (options.value('initial-cluster') ?? '').split(',');
  const urls = options.value('initial-advertise-peer-urls') ?? '';
  if (!members.some((member) => member.startsWith(`${name}=`)))
    return `couldn't find local name "${name}" in the initial cluster configuration`;
  return members.includes(`${name}=${urls}`)
    ? undefined
    : `--initial-cluster has ${members.join(',')} but missing from --initial-advertise-peer-urls=${urls}`;
}
