/** What the service knows of a cluster, secrets included, as one text: with it a cluster can be made anew from nothing. */
import { fail } from '../../domain/errors.js';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { Store } from '../../store/store.js';

export const RECORDS_FORMAT = 1;

/** @returns JSON. It holds secrets in the clear: it leaves the process encrypted only. */
export async function clusterRecordsOf(
  store: Store,
  { clusterUid, definition }: { readonly clusterUid: string; readonly definition: ClusterDefinition },
): Promise<string> {
  const machines = await store.machines.ofCluster(clusterUid);
  const secrets: Record<string, string> = {};
  for (const name of await store.secrets.names(clusterUid)) {
    const value = await store.secrets.get(clusterUid, name);
    if (value !== undefined) secrets[name] = value;
  }
  if (secrets['kubeconfig'] === undefined) {
    throw fail('KUBECONFIG_NOT_READY', `cluster "${definition.name}" is not formed yet`);
  }
  return JSON.stringify({
    format: RECORDS_FORMAT,
    clusterUid,
    definition,
    machines: await Promise.all(
      machines.map(async (machine) => ({
        ...machine,
        volumes: await store.machines.volumesOf(machine.uuid),
      })),
    ),
    addresses: await store.addresses.ofCluster(clusterUid),
    dnsRecords: await store.dns.ofCluster(clusterUid),
    secrets,
  });
}
