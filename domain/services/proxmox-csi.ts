/**
 * How the Proxmox CSI plugin names what it makes, and what it needs of nodes
 * (https://github.com/sergelogvinov/proxmox-csi-plugin, `pkg/utils/volume` and `docs/install.md`).
 */
import type { ClusterDefinition } from '../cluster-definition.js';

export const PROXMOX_CSI_DRIVER = 'csi.proxmox.sinextra.dev';

/** What the plugin calls the one Proxmox VE that it knows. */
export const CSI_REGION = 'proxmox';

/** The plugin's own choice of a VM that all of its volumes are named for; there must be none. */
export const CSI_VMID = 9999;

/** A volume that a cluster made on Proxmox VE. */
export interface CsiVolume {
  /** Such as `ceph-vm:vm-9999-pvc-3f0e…`. */
  readonly volume: string;
  /** The host that it lies on; `null`: its storage is shared. */
  readonly host: string | null;
  /** `namespace/name` of the claim that it was made for, to show to people. */
  readonly claim: string;
}

const NAME = new RegExp(
  String.raw`^(?:${CSI_VMID}/)?vm-${CSI_VMID}-pvc-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:\.(?:raw|qcow2))?$`,
);
const STORAGE = /^[A-Za-z][A-Za-z0-9._-]*$/;
const HOST = /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/;

/**
 * @param handle `region/zone/storage/disk`; without a zone it is on a shared storage.
 * @returns `undefined` for one that the plugin does not make in a cluster of ours.
 */
export function volumeOfHandle(handle: string): Pick<CsiVolume, 'volume' | 'host'> | undefined {
  const [region, zone = '', storage = '', ...rest] = handle.split('/');
  const disk = rest.join('/');
  if (region !== CSI_REGION || !STORAGE.test(storage) || !NAME.test(disk)) return undefined;
  if (zone !== '' && !HOST.test(zone)) return undefined;
  return { volume: `${storage}:${disk}`, host: zone === '' ? null : zone };
}

/** Whether a volume id has a name that only the plugin gives. */
export function isCsiVolume(volid: string): boolean {
  return NAME.test(volid.slice(volid.indexOf(':') + 1));
}

export function usesProxmoxCsi({ services }: Pick<ClusterDefinition, 'services'>): boolean {
  return services.some(
    (service) => service.type === 'STORAGE' && service.configuration.kind === 'PROXMOX_CSI',
  );
}

/** The plugin knows by them on which host a node is: a disk of a host's own storage can only be used there. */
export function csiNodeLabels(
  definition: Pick<ClusterDefinition, 'services'>,
  host: string,
): Readonly<Record<string, string>> {
  if (!usesProxmoxCsi(definition)) return {};
  return { 'topology.kubernetes.io/region': CSI_REGION, 'topology.kubernetes.io/zone': host };
}
