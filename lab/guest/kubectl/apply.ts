/** `kubectl apply --server-side -f FILE`. */
import { parseAllDocuments } from 'yaml';
import { failWith, type Outcome } from '../shell/guest-command.js';
import { messageOf } from './api-client.js';
import type { KubectlCall } from './command.js';
import { findResource, objectPath } from './resources.js';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly items?: readonly Manifest[];
}

export async function apply({ client, options, namespace, call }: KubectlCall): Promise<Outcome> {
  const file = options.value('f');
  if (file === undefined) return failWith(1, 'error: must specify one of -f and -k');
  if (!options.has('server-side')) return failWith(1, 'error: only server-side apply is known here');
  let text: string;
  try {
    text = await call.files.readFile(call.path(file));
  } catch {
    return failWith(1, `error: the path "${file}" does not exist`);
  }
  const documents = parseAllDocuments(text);
  const wrong = Array.isArray(documents) ? documents.find(({ errors }) => errors.length > 0) : undefined;
  if (wrong !== undefined || !Array.isArray(documents))
    return failWith(1, `error: error parsing ${file}: ${wrong?.errors[0]?.message ?? 'no documents'}`);
  const manifests = documents
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest): manifest is Manifest => manifest !== null)
    .flatMap((manifest) => manifest.items ?? [manifest]);
  const manager = encodeURIComponent(options.value('field-manager') ?? 'kubectl');
  const query = `?fieldManager=${manager}&force=${options.has('force-conflicts')}`;
  let stdout = '';
  for (const manifest of manifests) {
    const { apiVersion, kind, metadata } = manifest;
    const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const resource = await findResource(client, kind, [base]);
    const path = objectPath(resource, metadata.namespace ?? namespace, metadata.name);
    const answer = await client.send({
      method: 'PATCH',
      path: path + query,
      body: manifest,
      contentType: 'application/apply-patch+yaml',
    });
    if (answer.status >= 400)
      return { code: 1, stdout, stderr: `Error from server: ${messageOf(answer.text)}\n` };
    stdout += `${resource.singular}/${metadata.name} serverside-applied\n`;
  }
  return { code: 0, stdout };
}
