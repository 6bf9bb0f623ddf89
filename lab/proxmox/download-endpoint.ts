/** `POST /nodes/{node}/storage/{storage}/download-url`: the host itself fetches the file, by `wget`. */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { fetchImage } from '../images/fetch-image.js';
import { die, refusePermission } from './api-error.js';
import { hostNamed } from './cluster.js';
import type { Cluster } from './cluster.js';
import { FLAG, NODE, OPTIONAL_TEXT, STORAGE, TEXT } from './endpoint.js';
import type { Call, Endpoint } from './endpoint.js';
import { CHECKSUM, FILE_CONTENTS, fileName, placeFile, type FileContent } from './file-content.js';
import type { LabStorage } from './lab-inventory.js';
import type { Session } from './privileges.js';
import { volumePath } from './storages.js';
import type { Job } from './tasks.js';

interface Download {
  readonly node: string;
  readonly storage: LabStorage;
  readonly content: FileContent;
  readonly name: string;
  /** Where the file ends up on the host. */
  readonly path: string;
  readonly url: string;
  readonly checksum: { readonly algorithm: string; readonly expected: string } | null;
  readonly compression: string | null;
  readonly verifyCertificates: boolean;
}

export function downloadEndpoint(cluster: Cluster): Endpoint {
  return {
    method: 'POST',
    path: '/nodes/{node}/storage/{storage}/download-url',
    parameters: {
      node: NODE,
      storage: STORAGE,
      url: { ...TEXT, pattern: /^https?:\/\/.*/ },
      content: { ...TEXT, values: FILE_CONTENTS },
      filename: { ...TEXT, maxLength: 255 },
      ...CHECKSUM,
      compression: { ...OPTIONAL_TEXT, values: ['gz', 'lzo', 'zst', 'bz2'] },
      'verify-certificates': FLAG,
    },
    permit: (session, path) => {
      session.check(`/storage/${path.get('storage') ?? ''}`, 'Datastore.AllocateTemplate');
      if (!mayReachNetwork(session, path.get('node') ?? '')) refusePermission();
    },
    handle: (call) => {
      const wanted = downloadOf(cluster, call);
      const { node, name } = wanted;
      return cluster.tasks.start({ node, type: 'download', id: name, user: call.session.tokenId }, (job) =>
        download(cluster, wanted, job),
      );
    },
  };
}

/** A download tells about the network that the host is in. */
function mayReachNetwork(session: Session, node: string): boolean {
  return session.has('/', 'Sys.Audit', 'Sys.Modify') || session.has(`/nodes/${node}`, 'Sys.AccessNetwork');
}

function downloadOf(cluster: Cluster, { params }: Call): Download {
  const node = hostNamed(cluster, params.required('node')).name;
  const storage = cluster.storages.get(params.required('storage'));
  const content = params.required('content') as FileContent;
  if (storage.type !== 'dir')
    die(`can't upload to storage type '${storage.type}', not a file based storage!`);
  if (!storage.content.includes(content))
    die(`storage '${storage.id}' is not configured for content-type '${content}'`);
  const name = fileName(content, params.required('filename'));
  const algorithm = params.text('checksum-algorithm');
  return {
    node,
    storage,
    content,
    name,
    path: volumePath({ name: `${content}/${name}`, content }, storage),
    url: params.required('url'),
    checksum: algorithm === undefined ? null : { algorithm, expected: params.required('checksum') },
    compression: params.text('compression') ?? null,
    verifyCertificates:
      params.text('verify-certificates') === undefined || params.flag('verify-certificates'),
  };
}

/** The file gets its name only at the end: one that is half there is never seen. */
async function download(cluster: Cluster, wanted: Download, job: Job): Promise<void> {
  const { node, storage, content, name, path, url, checksum, compression } = wanted;
  if (compression !== null && content !== 'iso') die(`decompression not supported for ${content}`);
  if (compression !== null && compression !== 'gz') die('no decompression method found');
  job.print(`downloading ${url} to ${path}`);
  if (isThere(cluster, wanted, job)) return;
  job.checkpoint();
  const signal = AbortSignal.any([job.signal, job.interruption]);
  await cluster.latency.wait('proxmox.download', name, signal);
  const fetched = await fetchImage(url, { verifyCertificates: wanted.verifyCertificates, signal });
  if (fetched.kind === 'failed') {
    const command = `wget --progress=dot:giga -O ${path}.tmp.${process.pid} ${url}`;
    die(`download failed: command '${command}' failed: exit code ${fetched.exitCode}`);
  }
  if (checksum !== null) {
    const got = digest(checksum.algorithm, fetched.bytes);
    if (got !== checksum.expected.toLowerCase())
      die(`checksum mismatch: got '${got}' != expect '${checksum.expected}'`);
    job.print('calculating checksum...OK, checksum verified');
  }
  const bytes = compression === null ? fetched.bytes : unpacked(fetched.bytes);
  placeFile(cluster, { storage, node, content, name }, bytes);
  job.print(`download of '${url}' to '${path}' finished`);
}

/** Of a file that is there already only the checksum is looked at. @throws ApiError when it is another one. */
function isThere(
  cluster: Cluster,
  { node, storage, content, name, path, checksum }: Download,
  job: Job,
): boolean {
  const volume = cluster.storages.find(`${storage.id}:${content}/${name}`, node);
  if (volume === undefined) return false;
  if (checksum === null) die(`refusing to override existing file '${path}'`);
  const got = digest(checksum.algorithm, cluster.contents.get(volume.id) ?? new Uint8Array());
  if (got !== checksum.expected.toLowerCase())
    die(`checksum mismatch: got '${got}' != expect '${checksum.expected}', aborting`);
  job.print('calculating checksum of existing file...OK, got correct file already, no need to download');
  return true;
}

function digest(algorithm: string, bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('hex');
}

function unpacked(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes);
  } catch {
    return die('decompression failed: gzip: not in gzip format');
  }
}
