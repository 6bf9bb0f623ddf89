/** Backups in a bucket of S3, or of anything that speaks it. */
import { S3mini, S3ServiceError } from 's3mini';
import { Agent, fetch as undiciFetch } from 'undici';
import type { DestinationSettings } from '../../../domain/backup/destination.js';
import { ClusterwrightError, fail } from '../../../domain/errors.js';
import type { BackupDestination, StoredObject } from './destination.js';

/** S3 takes parts from 5 MiB on, 10,000 of them: this allows for 78 GiB, and is what is held in memory. */
const PART_BYTES = 8 * 1024 * 1024;
/** Of one call: a part over a slow line. */
const CALL_TIMEOUT_MS = 5 * 60_000;
const CONNECT_TIMEOUT_MS = 10_000;
const LIST_PAGE = 1_000;
const NOT_FOUND = 404;
/** The server is busy or ailing: 408, 429 and those of 500 on pass. */
const PASSING = new Set([408, 425, 429]);

type S3Settings = Extract<DestinationSettings, { readonly kind: 's3' }>;

export function s3Destination(settings: S3Settings): BackupDestination {
  const { prefix: root } = settings;
  const agent = new Agent({
    connect: {
      timeout: CONNECT_TIMEOUT_MS,
      ...(settings.caCertificate === null ? {} : { ca: settings.caCertificate }),
    },
  });
  // One client a call: its signal is that of the activity, as the library takes none.
  const clientFor = (signal: AbortSignal): S3mini =>
    new S3mini({
      endpoint: `${settings.endpoint}/${settings.bucket}`,
      region: settings.region,
      accessKeyId: settings.accessKeyId,
      secretAccessKey: settings.secretAccessKey,
      fetch: fetchWith(agent, signal),
    });
  const calling = async <T>(
    key: string,
    signal: AbortSignal,
    work: (s3: S3mini) => Promise<T>,
  ): Promise<T> => {
    signal.throwIfAborted();
    try {
      return await work(clientFor(signal));
    } catch (error) {
      signal.throwIfAborted();
      throw translated(error, settings, key);
    }
  };

  return {
    put: async (key, content, signal) => {
      const path = root + key;
      const parts = partsOf(content);
      const first = await parts.next();
      const second = first.done === true ? first : await parts.next();
      if (second.done === true) {
        const whole = first.done === true ? Buffer.alloc(0) : first.value;
        await calling(key, signal, (s3) => s3.putObject(path, whole));
        return;
      }
      const uploadId = await calling(key, signal, (s3) => s3.getMultipartUploadId(path));
      try {
        const sent: { partNumber: number; etag: string }[] = [];
        const send = async (part: Buffer): Promise<void> => {
          const partNumber = sent.length + 1;
          sent.push(await calling(key, signal, (s3) => s3.uploadPart(path, uploadId, part, partNumber)));
        };
        await send(first.value as Buffer);
        await send(second.value);
        for await (const part of parts) await send(part);
        await calling(key, signal, (s3) => s3.completeMultipartUpload(path, uploadId, sent));
      } catch (error) {
        // Also of a run that is being cancelled: parts are paid for until somebody removes them.
        const undo = AbortSignal.timeout(CALL_TIMEOUT_MS);
        await calling(key, undo, (s3) => s3.abortMultipartUpload(path, uploadId)).catch(() => undefined);
        throw error;
      }
    },

    get: (key, signal) =>
      calling(key, signal, async (s3) => {
        const response = await s3.getObjectResponse(root + key);
        if (response?.body == null) return undefined;
        return received(response.body as AsyncIterable<Uint8Array>, signal, (error) =>
          translated(error, settings, key),
        );
      }),

    list: (prefix, signal) =>
      calling(prefix, signal, async (s3) => {
        const objects: StoredObject[] = [];
        let token: string | undefined;
        do {
          const page = await s3.listObjectsPaged('/', root + prefix, LIST_PAGE, token);
          // Nothing at all is no empty list: what is not seen must not be taken for gone.
          if (page == null)
            throw fail('BACKUP_DESTINATION_REJECTED', `there is no bucket ${settings.bucket}`);
          for (const { Key, Size } of page.objects ?? []) {
            objects.push({ key: Key.slice(root.length), bytes: bytesOf(Size) });
          }
          token = page.nextContinuationToken;
        } while (token !== undefined);
        return objects.toSorted((a, b) => (a.key < b.key ? -1 : 1));
      }),

    remove: async (key, signal) => {
      await calling(key, signal, (s3) => s3.deleteObject(root + key));
    },

    removePartial: (prefix, signal) =>
      calling(prefix, signal, async (s3) => {
        for (const { key, uploadId } of uploadsIn(
          await s3.listMultipartUploads('/', root + prefix, 'GET', { prefix: root + prefix }),
        )) {
          if (key.startsWith(root + prefix)) await s3.abortMultipartUpload(key, uploadId);
        }
      }),
  };
}

/** The content in parts of one size but the last. */
async function* partsOf(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of content) {
    waiting.push(chunk);
    bytes += chunk.length;
    while (bytes >= PART_BYTES) {
      const all = Buffer.concat(waiting);
      yield all.subarray(0, PART_BYTES);
      waiting = [all.subarray(PART_BYTES)];
      bytes -= PART_BYTES;
    }
  }
  if (bytes > 0) yield Buffer.concat(waiting);
}

async function* received(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  failure: (error: unknown) => unknown,
): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
  } catch (error) {
    signal.throwIfAborted();
    throw failure(error);
  }
}

function fetchWith(agent: Agent, signal: AbortSignal): typeof fetch {
  const call = async (input: string | URL, init: Parameters<typeof undiciFetch>[1]): Promise<unknown> =>
    undiciFetch(input, {
      ...init,
      dispatcher: agent,
      // The body is read under it, too: a large object takes longer than a call, and has the signal alone.
      signal:
        init?.method === 'GET' ? signal : AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]),
    });
  return call as unknown as typeof fetch;
}

/** One upload comes as an object, several as a list. */
function uploadsIn(answer: unknown): { readonly key: string; readonly uploadId: string }[] {
  const result = Object.values((answer ?? {}) as Record<string, unknown>)
    .concat([answer])
    .find(
      (value) => typeof value === 'object' && value !== null && ('Upload' in value || 'upload' in value),
    ) as Record<string, unknown> | undefined;
  const uploads = result?.['Upload'] ?? result?.['upload'] ?? [];
  return (Array.isArray(uploads) ? uploads : [uploads]).flatMap((upload: unknown) => {
    const { Key, key, UploadId, uploadId } = upload as Readonly<Record<string, unknown>>;
    const [name, id] = [Key ?? key, UploadId ?? uploadId];
    return typeof name === 'string' && typeof id === 'string' ? [{ key: name, uploadId: id }] : [];
  });
}

/** What the content threw stays what it is. */
function translated(error: unknown, { endpoint, bucket }: S3Settings, key: string): unknown {
  if (error instanceof ClusterwrightError) return error;
  const where = `${endpoint}/${bucket}, ${key}`;
  if (error instanceof S3ServiceError) {
    const isPassing = error.status >= 500 || PASSING.has(error.status);
    const code = isPassing ? 'BACKUP_DESTINATION_FAILED' : 'BACKUP_DESTINATION_REJECTED';
    const said = error.status === NOT_FOUND ? `there is no such bucket: ${error.message}` : error.message;
    return fail(code, `${where}: ${said}`, { cause: error });
  }
  return fail('BACKUP_DESTINATION_FAILED', `${where}: ${messages(error).join(': ')}`, { cause: error });
}

/** What `fetch` throws says "fetch failed"; why is in its cause. */
function messages(error: unknown): string[] {
  const { message, cause } = (error ?? {}) as { readonly message?: unknown; readonly cause?: unknown };
  const own = typeof message === 'string' ? message : String(error);
  return cause === undefined ? [own] : [own, ...messages(cause)];
}

/** Declared as a number, and a text where it comes out of XML. */
function bytesOf(size: number | string): number {
  return Number(size);
}
