/** What a server of K3s or RKE2 applies by itself: the manifests in a folder of its own. */
import { parseAllDocuments } from 'yaml';
import { listNames, readText } from '../disk/root-files.js';
import { apiClient, messageOf, type ApiClient } from '../kubectl/api-client.js';
import { findResource, objectPath } from '../kubectl/resources.js';
import type { CommandCall } from '../shell/guest-command.js';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const QUERY = '?fieldManager=deploy@server&force=true';

/**
 * A file that cannot be applied is complained of, and the server goes on without it.
 * @param kubeconfig YAML of an administrator.
 */
export async function deployManifests(folder: string, kubeconfig: string, call: CommandCall): Promise<void> {
  const { system, signal, service } = call;
  const files = listNames(system.disk, folder).filter((name) => /^[^.].*\.(?:ya?ml|json)$/.test(name));
  for (const file of files) {
    try {
      const client = apiClient(system, kubeconfig, signal);
      await deploy(readText(system.disk, `${folder}/${file}`) ?? '', client);
    } catch (error) {
      signal.throwIfAborted();
      service?.log(`Failed to process config: failed to process ${file}: ${(error as Error).message}`);
    }
  }
}

async function deploy(text: string, client: ApiClient): Promise<void> {
  for (const document of parseAllDocuments(text)) {
    const manifest = (document as { toJS(): unknown }).toJS() as Manifest | null;
    if (manifest === null) continue;
    const { apiVersion, kind, metadata } = manifest;
    const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    // Charts are no resource here: the lab's packaged components stand for them.
    const resource = await findResource(client, kind, [base]);
    const path = objectPath(resource, metadata.namespace ?? 'default', metadata.name);
    const answer = await client.send({
      method: 'PATCH',
      path: path + QUERY,
      body: manifest,
      contentType: 'application/apply-patch+yaml',
    });
    if (answer.status >= 400) throw new Error(messageOf(answer.text));
  }
}
