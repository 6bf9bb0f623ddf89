/** What storage in the cluster needs of Proxmox VE and of the service's configuration: it is said before there are machines. */
import type { ClusterDefinition, TypedService } from '../../domain/cluster-definition.js';
import type { Fault } from '../../domain/errors.js';
import type { Inventory } from '../../domain/inventory.js';
import { CSI_VMID } from '../../domain/services/proxmox-csi.js';

type Storage = TypedService<'STORAGE'>;

export function storageFaults(
  { services }: Pick<ClusterDefinition, 'services'>,
  { storages, vmids }: Pick<Inventory, 'storages' | 'vmids'>,
  tokens: ReadonlyMap<string, string>,
): Fault[] {
  let first: Storage | undefined;
  return services.flatMap((service, index) => {
    if (service.type !== 'STORAGE' || service.configuration.kind !== 'PROXMOX_CSI') return [];
    const { proxmoxStorage: storage, token } = service.configuration;
    const pointer = `/services/${index}`;
    const faults: Fault[] = [];
    const at = (field: string, detail: string, code?: Fault['code']): void => {
      const where = `${pointer}/configuration/${field}`;
      faults.push({ pointer: where, detail, ...(code === undefined ? {} : { code }) });
    };
    const has = storages.some(({ name, content }) => name === storage && content.includes('images'));
    if (!has) at('proxmoxStorage', `no host has a storage "${storage}" for disk images`);
    if (token === null || !tokens.has(token))
      at('token', `there is no token "${token}" in CSI_TOKENS_PATH`, 'CSI_TOKEN_UNKNOWN');
    first ??= service;
    if (first.configuration.token !== token)
      at('token', `must be that of "${first.name}": the driver has one token for all classes`);
    if (vmids.includes(CSI_VMID)) {
      const detail = `VMID ${CSI_VMID} is taken, and the driver names its volumes for it: they could be destroyed with it`;
      faults.push({ pointer, detail });
    }
    return faults;
  });
}
