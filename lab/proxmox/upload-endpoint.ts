/** `POST /nodes/{node}/storage/{storage}/upload`: ISO images, container templates and disk images; never snippets. */
import { createHash } from 'node:crypto';
import { die } from './api-error.js';
import { hostNamed } from './cluster.js';
import type { Cluster } from './cluster.js';
import { NODE, STORAGE, TEXT } from './endpoint.js';
import type { Call, Endpoint } from './endpoint.js';
import { CHECKSUM, FILE_CONTENTS, fileName, placeFile, type FileContent } from './file-content.js';
import type { Job } from './tasks.js';

export function uploadEndpoint(cluster: Cluster): Endpoint {
  return {
    method: 'POST',
    path: '/nodes/{node}/storage/{storage}/upload',
    takesUpload: true,
    parameters: {
      node: NODE,
      storage: STORAGE,
      content: { ...TEXT, values: FILE_CONTENTS },
      filename: { ...TEXT, maxLength: 255 },
      ...CHECKSUM,
    },
    permit: (session, path) =>
      session.check(`/storage/${path.get('storage') ?? ''}`, 'Datastore.AllocateTemplate'),
    handle: (call) => upload(cluster, call),
  };
}

/** @returns the UPID of the `imgcopy` task. A file of the same name is overwritten. */
function upload(cluster: Cluster, call: Call): string {
  const { params, session } = call;
  const node = hostNamed(cluster, params.required('node')).name;
  const storage = cluster.storages.get(params.required('storage'));
  if (storage.type !== 'dir') die(`can't upload to storage type '${storage.type}'`);
  if (call.upload === null) die('missing temporary file name');
  const { bytes } = call.upload;
  const content = params.required('content') as FileContent;
  const name = fileName(content, params.required('filename'));
  if (!storage.content.includes(content))
    die(`storage '${storage.id}' does not support '${content}' content`);
  return cluster.tasks.start({ node, type: 'imgcopy', id: '', user: session.tokenId }, async (job) => {
    job.print(`file size is: ${bytes.length}`);
    verifyChecksum(call, bytes, job);
    job.checkpoint();
    await cluster.latency.wait('proxmox.upload', name, job.signal);
    placeFile(cluster, { storage, node, content, name }, bytes);
    job.print('finished file import successfully');
  });
}

function verifyChecksum({ params }: Call, bytes: Uint8Array, job: Job): void {
  const algorithm = params.text('checksum-algorithm');
  if (algorithm === undefined) return;
  const expected = params.required('checksum');
  const got = createHash(algorithm).update(bytes).digest('hex');
  if (got !== expected.toLowerCase()) die(`checksum mismatch: got '${got}' != expect '${expected}'`);
  job.print('calculating checksum...OK, checksum verified');
}
