/** Has a Proxmox host download an image, and says what went wrong in words that lead to the cause. */
import { Context } from '@temporalio/activity';
import { ClusterwrightError, fail } from '../../../domain/errors.js';
import type { Checksum } from '../../../domain/image-source.js';
import { parseImageVolume } from '../../../domain/image-volume.js';
import type { ProxmoxClient } from '../client.js';
import { taskOutcome, waitForTask } from '../tasks.js';

export interface Download {
  readonly volume: string;
  readonly url: string;
  readonly checksum: Checksum;
}

/**
 * Waits until the file is there; one that is there already is only compared with the checksum.
 * @throws `IMAGE_CHECKSUM_MISMATCH`, `IMAGE_DOWNLOAD_FAILED`, `PROXMOX_PERMISSION` with the privileges that it takes.
 */
export async function download(client: ProxmoxClient, host: string, wanted: Download): Promise<void> {
  const { volume, url, checksum } = wanted;
  const { storage, content, file: filename } = parseImageVolume(volume);
  const activity = Context.current();
  try {
    const upid = await client.downloadUrl(
      {
        host,
        storage,
        content,
        filename,
        url,
        'checksum-algorithm': checksum.algorithm,
        checksum: checksum.hex,
      },
      activity.cancellationSignal,
    );
    activity.heartbeat({ upid });
    await waitForTask(client, upid);
  } catch (error) {
    throw downloadFailure(error, host, wanted);
  }
}

/** Waits for downloads of the file that somebody asked for before, such as a worker that is no more. */
export async function awaitDownloads(
  client: ProxmoxClient,
  volume: string,
  hosts: readonly string[],
): Promise<void> {
  const { file } = parseImageVolume(volume);
  const signal = Context.current().cancellationSignal;
  const lists = await Promise.all(hosts.map((host) => client.tasks(host, { source: 'active' }, signal)));
  for (const { type, id, endtime, upid } of lists.flat()) {
    // How it ended is seen by the file.
    if (type === 'download' && id === file && endtime === undefined) await taskOutcome(client, upid);
  }
}

function downloadFailure(error: unknown, host: string, { volume, url }: Download): unknown {
  if (!(error instanceof ClusterwrightError)) return error;
  const { code, message } = error;
  if (code === 'PROXMOX_PERMISSION') {
    const { storage } = parseImageVolume(volume);
    const needs = `Datastore.AllocateTemplate on /storage/${storage} and Sys.AccessNetwork on /nodes/${host}`;
    return fail('PROXMOX_PERMISSION', `a download needs ${needs}: ${message}`, { cause: error });
  }
  const mismatch = /checksum mismatch: (got '[0-9a-f]*' != expect '[0-9a-f]*'.*)$/s.exec(message)?.[1];
  if (mismatch !== undefined) {
    return fail('IMAGE_CHECKSUM_MISMATCH', `${url} as ${volume} on ${host}: ${mismatch}`, { cause: error });
  }
  const exit = /download failed: .*exit code (\d+)/s.exec(message)?.[1];
  if (exit !== undefined) {
    const why = WGET_EXIT[exit] ?? `wget ended with code ${exit}`;
    return fail('IMAGE_DOWNLOAD_FAILED', `${url} on ${host}: ${why} (${message})`, { cause: error });
  }
  return error;
}

/** "Exit Status" of wget's manual. */
const WGET_EXIT: Readonly<Record<string, string>> = {
  3: 'the file could not be written',
  4: 'the network failed',
  5: 'the certificate is not trusted there',
  6: 'the server wants a login',
  8: 'the server refused it',
};
