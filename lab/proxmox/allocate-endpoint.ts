/** `POST /nodes/{node}/storage/{storage}/content`: makes an empty disk, as storage drivers of Kubernetes do. */
import { die, refuseParameters } from './api-error.js';
import { hostNamed } from './cluster.js';
import type { Cluster } from './cluster.js';
import { NODE, STORAGE, TEXT, VMID, type Endpoint } from './endpoint.js';
import { volumeId } from './storages.js';

const KIB = 1024;
const UNITS: Readonly<Record<string, number>> = { '': KIB, M: KIB ** 2, G: KIB ** 3 };

export function allocateEndpoint(cluster: Cluster): Endpoint {
  return {
    method: 'POST',
    path: '/nodes/{node}/storage/{storage}/content',
    parameters: {
      node: NODE,
      storage: STORAGE,
      vmid: VMID,
      filename: TEXT,
      size: { type: 'string', pattern: /^\d+[MG]?$/ },
      format: { type: 'string', optional: true, values: ['raw', 'qcow2', 'subvol', 'vmdk'] },
    },
    permit: (session, path) =>
      session.check(`/storage/${path.get('storage') ?? ''}`, 'Datastore.AllocateSpace'),
    handle: async ({ params }) => {
      const node = hostNamed(cluster, params.required('node')).name;
      const storage = cluster.storages.get(params.required('storage'));
      const vmid = Number(params.required('vmid'));
      const name = params.required('filename');
      if (!storage.content.includes('images'))
        refuseParameters({ storage: `storage '${storage.id}' does not support VM images` });
      if (!name.startsWith(`vm-${vmid}-`)) die(`illegal name '${name}' - should be 'vm-${vmid}-*'`);
      const [, amount, unit = ''] = /^(\d+)([MG]?)$/.exec(params.required('size')) ?? [];
      const sizeBytes = Number(amount) * (UNITS[unit] ?? KIB);
      const volume = await cluster.tasks.inline((job) =>
        cluster.storages.locked(storage.id, node, job.signal, async (signal) => {
          if (cluster.storages.find(`${storage.id}:${name}`, node) !== undefined)
            die(`unable to create image: '${name}' exists already`);
          await cluster.latency.wait(
            'proxmox.allocate',
            name,
            signal,
            cluster.storages.lockOf(storage.id, node),
          );
          const made = {
            name,
            content: 'images',
            format: 'raw',
            vmid,
            sizeBytes,
            parent: null,
            image: '',
          } as const;
          return cluster.storages.add(storage.id, node, made);
        }),
      );
      return volumeId(volume);
    },
  };
}
