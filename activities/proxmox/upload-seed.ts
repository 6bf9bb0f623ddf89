/** Puts a machine's cloud-init medium where its VM can be given it. */
import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { fail } from '../../domain/errors.js';
import type { MachineIdentity } from '../../domain/machine.js';
import type { PlannedMachine } from '../../domain/plan.js';
import { upcastMachine } from '../../domain/upcast.js';
import { seedOf } from '../boot/seed.js';
import { seedImage } from '../cloud-init/seed-image.js';
import type { ProxmoxContext } from './dependencies.js';
import { hostOf, ledgeredMachine } from './owned-vm.js';
import { removeSeed } from './remove-seed.js';
import { seedVolumeId } from './seed-volume.js';
import { waitForTask } from './tasks.js';
import { isosOn } from './volumes.js';

export interface UploadSeedRequest {
  readonly identity: MachineIdentity;
  readonly machine: PlannedMachine;
  readonly address: string;
  readonly user: string;
  readonly sshAuthorizedKeys: readonly string[];
  readonly packages: readonly string[];
  readonly runCmd: readonly string[];
  /** Exported before the first line of `runCmd`. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The name of the medium says what is in it, so that one that is there already is the right one. */
export async function uploadSeed(
  context: ProxmoxContext,
  request: UploadSeedRequest,
): Promise<{ readonly volume: string }> {
  const { client, ledger } = context;
  const { isoStorage: storage } = request.machine;
  const machine = await ledgeredMachine(context, request.identity);
  const { row } = machine;
  const host = (await hostOf(context, machine)) ?? request.machine.host;
  const { content, sha256, volume } = uploadedSeed(request);
  const isThere = async (): Promise<boolean> =>
    (await isosOn(client, host, storage)).some(
      ({ volid, sizeBytes }) => volid === volume && sizeBytes === content.length,
    );

  if (row.seedVolume !== null && row.seedVolume !== volume) await removeSeed(context, machine);
  // Before anything is sent: what may be there has to be known to whoever cleans up.
  await ledger.update(row.uuid, { seedVolume: volume });
  if (await isThere()) return { volume };
  const name = volume.slice(volume.lastIndexOf('/') + 1);
  const upload = { host, storage, name, content, sha256 };
  await waitForTask(client, await client.uploadIso(upload, Context.current().cancellationSignal));
  if (!(await isThere())) throw fail('STEP_NOT_VERIFIED', `${volume} is not on ${host} after its upload`);
  return { volume };
}

/** The medium that is uploaded for the request. @throws `BOOT_DOCUMENT_INVALID` */
export function uploadedSeed(request: UploadSeedRequest) {
  const { identity, address, ...login } = request;
  const machine = upcastMachine(request.machine);
  const content = seedImage(seedOf({ identity, machine, address, login, isFetchedOnce: false }));
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { content, sha256, volume: seedVolumeId(machine.isoStorage, identity.uuid, sha256) };
}
