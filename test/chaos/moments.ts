/** The moments of a provision and of a decommission in which a process is killed. */
import type { FaultRule } from '../../lab/faults.js';

export interface Moment {
  readonly name: string;
  readonly rule: FaultRule;
}

const hold = { kind: 'hold' } as const;

const proxmox = (name: string, stage: FaultRule['stage'], match: string, skip = 0): Moment => ({
  name,
  rule: { target: 'proxmox', stage, match, skip, effect: hold },
});

const ssh = (name: string, stage: FaultRule['stage'], match: string): Moment => ({
  name,
  rule: { target: 'ssh', stage, match, effect: hold },
});

const kubernetes = (name: string, match: string): Moment => ({
  name,
  rule: { target: 'kubernetes', stage: 'before', match, effect: hold },
});

/** In the order in which a provision comes by; `after` is the worst moment: it is done, and nobody knows. */
export const PROVISION_MOMENTS: readonly Moment[] = [
  // The first look is that of the API, for the request itself.
  proxmox('plan: hosts are being read', 'before', '^GET /nodes$', 1),
  proxmox('claim-vm: the clone is not asked for yet', 'before', '^POST /nodes/[^/]+/qemu/9001/clone$'),
  proxmox('claim-vm: the clone runs, its UPID is lost', 'after', '^POST /nodes/[^/]+/qemu/9001/clone$', 1),
  proxmox(
    'upload-seed: the medium is there, the answer is lost',
    'after',
    '^POST /nodes/[^/]+/storage/local/upload$',
  ),
  proxmox('configure-vm: the change runs, its UPID is lost', 'after', '^POST /nodes/[^/]+/qemu/\\d+/config$'),
  proxmox('configure-vm: the disk grows, its UPID is lost', 'after', '^PUT /nodes/[^/]+/qemu/\\d+/resize$'),
  proxmox('start-vm: the VM runs, the UPID is lost', 'after', '^POST /nodes/[^/]+/qemu/\\d+/status/start$'),
  ssh('wait-for-ssh: the first login is under way', 'before', ': login '),
  ssh('cloud-init: its end is waited for', 'before', ': cloud-init status'),
  proxmox(
    'detach-seed: the medium is gone, the answer is lost',
    'after',
    '^DELETE /nodes/[^/]+/storage/local/content/',
  ),
  ssh('install-k3s: a script has run, its result is lost', 'after', ': sudo -n sh -s$'),
  ssh('start-server: the configuration is written, the service not started', 'after', 'k3s/config\\.yaml'),
  ssh('kubeconfig: the file is being read', 'before', "cat '/etc/rancher/k3s/k3s\\.yaml'$"),
  kubernetes('node-ready: the node is being read', 'GET /api/v1/nodes/'),
  kubernetes('validate: the checks run', 'GET /api/v1/namespaces'),
];

export const DECOMMISSION_MOMENTS: readonly Moment[] = [
  proxmox('remove-vm: the VM stops, its UPID is lost', 'after', '^POST /nodes/[^/]+/qemu/\\d+/status/stop$'),
  proxmox(
    'remove-vm: the VM is being destroyed, its UPID is lost',
    'after',
    '^DELETE /nodes/[^/]+/qemu/\\d+$',
  ),
  proxmox('verify-nothing-left: it is being looked for', 'before', '^GET /cluster/resources$', 2),
];

export interface BootMoment extends Moment {
  /** Clusters of this example come by. */
  readonly example: string;
}

/** What only clusters come by that are not made of a template alone. Each is waited for with a cluster of its own. */
export const BOOT_MOMENTS: readonly BootMoment[] = [
  {
    example: 'k3s-import',
    ...proxmox('claim-vm: a disk is being imported, its UPID is lost', 'after', '^POST /nodes/[^/]+/qemu$'),
  },
  {
    example: 'k3s-import',
    ...proxmox(
      'images: the host downloads, its UPID is lost',
      'after',
      '^POST /nodes/[^/]+/storage/local/download-url$',
    ),
  },
  {
    example: 'k3s-iso',
    ...proxmox(
      'claim-vm: the VM with an empty disk is not asked for yet',
      'before',
      '^POST /nodes/[^/]+/qemu$',
    ),
  },
  {
    example: 'k3s-iso',
    ...proxmox(
      'apply-firewall: a rule is there, the answer is lost',
      'after',
      '^POST /nodes/[^/]+/qemu/\\d+/firewall/rules$',
    ),
  },
  {
    example: 'k3s-iso',
    ...ssh('clean-up-boot: the installation medium is about to be taken out', 'after', ': cloud-init status'),
  },
  {
    example: 'k3s-pxe-isolated',
    ...ssh('nat: the rules are written, not loaded', 'after', '/etc/nftables\\.conf'),
  },
  {
    example: 'k3s-pxe-isolated',
    ...ssh(
      'pxe-service: the reservations are written, the service not started',
      'after',
      'dnsmasq\\.d/clusterwright-',
    ),
  },
];
