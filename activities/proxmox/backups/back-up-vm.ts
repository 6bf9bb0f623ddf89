/** Backs a VM of ours up to a storage of Proxmox VE, and sees that the backup is there. */
import { Context } from '@temporalio/activity';
import { fail, type ClusterwrightError } from '../../../domain/errors.js';
import type { MachineIdentity } from '../../../domain/machine.js';
import type { VmBackupMode } from '../../../domain/vm-backup/vm-backup-request.js';
import { vmBackupNotes, type VmBackup, type VmBackupMark } from '../../../domain/vm-backup/vm-backup.js';
import type { ProxmoxClient } from '../client.js';
import { requireUnlocked } from '../config-lock.js';
import type { ProxmoxContext } from '../dependencies.js';
import { taskError } from '../errors.js';
import type { LocatedVm } from '../locate.js';
import { ledgeredMachine, ownedVm } from '../owned-vm.js';
import { requireQuorum } from '../quorum.js';
import { askedTask, taskOutcome } from '../tasks.js';
import { findBackup, requirePlace } from './find-backups.js';
import { runningBackups } from './running-backups.js';

export interface BackUpVmRequest {
  readonly identity: MachineIdentity;
  /** Tells this backup from all others of the machine. */
  readonly backupId: string;
  readonly storage: string;
  readonly mode: VmBackupMode;
}

const MODES = { SNAPSHOT: 'snapshot', SUSPEND: 'suspend', STOP: 'stop' } as const;
/** Progress is written line by line, and why a guest failed comes last. */
const MOST_LOG_LINES = 10_000;

/**
 * A backup that is there already is not made again. On a host one of ours runs at a time: Proxmox VE would have the
 * others wait, and give up after three hours.
 * @throws `VM_BACKUP_FAILED`, `VM_BACKUP_STORAGE_UNFIT`, `VM_LOCKED`
 */
export async function backUpVm(context: ProxmoxContext, request: BackUpVmRequest): Promise<VmBackup> {
  const { client, limiter } = context;
  const { identity, backupId, storage } = request;
  const activity = Context.current();
  const machine = await ledgeredMachine(context, identity);
  const { clusterUid, uuid: machineUuid, name } = identity;
  const mark = { clusterUid, machineUuid, backupId, machine: name };
  const made = await findBackup(client, storage, mark);
  if (made !== undefined) return made;
  const { host } = (await ownedVm(context, machine)).address;
  return limiter.run(
    [{ key: `vm-backups:${host}`, most: 1 }],
    async () => {
      const vm = await ownedVm(context, machine);
      await requirePlace(client, vm.address.host, storage);
      // What an earlier attempt asked for may still run: it is ours, or in the way of ours.
      for (const upid of await runningBackups(client, vm.address)) await taskOutcome(client, upid);
      const finished = await findBackup(client, storage, mark);
      if (finished !== undefined) return finished;
      await requireUnlocked(client, await ownedVm(context, machine));
      await requireQuorum(client);
      return make(client, vm, request, mark);
    },
    {
      owner: clusterUid,
      signal: activity.cancellationSignal,
      onWait: (waitingFor, ahead) => activity.heartbeat({ waitingFor, ahead }),
    },
  );
}

async function make(
  client: ProxmoxClient,
  { address }: LocatedVm,
  { storage, mode }: BackUpVmRequest,
  mark: VmBackupMark,
): Promise<VmBackup> {
  const { host, vmid } = address;
  const upid = await askedTask(client, address, 'vzdump', async () => {
    const options = { storage, mode: MODES[mode], notes: vmBackupNotes(mark) };
    const answer = await client.backUpVm(address, options, Context.current().cancellationSignal);
    if (answer === 'OK') throw fail('PROXMOX_CONTENTION', `VM ${vmid} is not on ${host} any more`);
    return answer;
  });
  const ended = await taskOutcome(client, upid);
  // What is seen decides, whatever the task says.
  const made = await findBackup(client, storage, mark);
  if (made !== undefined) return made;
  switch (ended.kind) {
    case 'succeeded':
      // Not made again: each of them would fill the storage, and be as little known as ours.
      throw fail(
        'VM_BACKUP_FAILED',
        `${upid} succeeded, and "${storage}" has no backup of VM ${vmid} with its notes`,
      );
    case 'unknown':
      throw ended.error;
    case 'failed':
      throw await failure(client, upid, vmid, ended.error);
  }
}

/** The task only says that there were errors; which one is in its log. */
async function failure(
  client: ProxmoxClient,
  upid: string,
  vmid: number,
  error: ClusterwrightError,
): Promise<ClusterwrightError> {
  const log = await client.taskLog(upid, MOST_LOG_LINES, Context.current().cancellationSignal);
  const pattern = new RegExp(`^ERROR: Backup of VM ${vmid} failed - (.*)$`);
  const reason = log.flatMap(({ t }) => pattern.exec(t)?.[1] ?? []).at(-1);
  const known = reason === undefined ? error : taskError(upid, reason);
  if (known.code !== 'PROXMOX_TASK_FAILED') return known;
  return fail('VM_BACKUP_FAILED', `VM ${vmid}: ${reason ?? error.message}`, { cause: error });
}
