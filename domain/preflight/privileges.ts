/** Which privileges of Proxmox VE 9 a cluster needs, on which paths, and for what. */
import type { ClusterDefinition } from '../cluster-definition.js';
import { parseImageSource } from '../image-source.js';
import type { Plan } from '../plan.js';
import { imageOf } from '../planning/host-objection.js';

export interface RequiredPrivilege {
  /** Of the access control list, such as `/storage/local`. */
  readonly path: string;
  readonly privilege: string;
  /** What cannot be done without it. */
  readonly feature: string;
}

export interface PrivilegeInput {
  readonly definition: ClusterDefinition;
  /** `null`: nothing could be planned; what the definition names is all that is known then. */
  readonly plan: Plan | null;
  readonly isoStorage: string;
  readonly importStorage: string;
}

/** Zone that a bridge belongs to which no software-defined network has made. */
const LOCAL_ZONE = '/sdn/zones/localnetwork';

const MACHINE_PRIVILEGES: Readonly<Record<string, string>> = {
  'VM.Allocate': 'make and remove VMs',
  'VM.Audit': 'see VMs',
  'VM.PowerMgmt': 'start and stop VMs',
  'VM.Config.Disk': 'attach disks',
  'VM.Config.CPU': 'set processors',
  'VM.Config.Memory': 'set memory',
  'VM.Config.Network': 'set interfaces and firewall',
  'VM.Config.Options': 'set name, tags, description, boot order and protection',
  'VM.Config.HWType': 'set UUID and machine type',
  'VM.Config.CDROM': 'attach and detach media',
  'VM.Config.Cloudinit': "take a template's cloud-init drive off",
};

/** Each once, ordered by path. */
export function requiredPrivileges(input: PrivilegeInput): RequiredPrivilege[] {
  const all = [
    ...MANAGEMENT,
    ...Object.entries(MACHINE_PRIVILEGES).map(([privilege, feature]) => ({
      path: '/vms',
      privilege,
      feature,
    })),
    ...storagePrivileges(input),
    ...networkPrivileges(input),
    ...templatePrivileges(input),
    ...downloadPrivileges(input),
  ];
  const unique = new Map(all.map((one) => [`${one.path} ${one.privilege}`, one]));
  return [...unique.values()].sort((a, b) => compare(a.path, b.path) || compare(a.privilege, b.privilege));
}

const MANAGEMENT: readonly RequiredPrivilege[] = [
  { path: '/', privilege: 'Sys.Audit', feature: 'see hosts, tasks, quorum and clocks' },
];

function storagePrivileges({ definition, plan, isoStorage }: PrivilegeInput): RequiredPrivilege[] {
  const disks = new Set(
    plan === null
      ? definition.nodeGroups.flatMap(
          ({ template }) => template.storage ?? templateOf(template)?.storage ?? [],
        )
      : plan.machines.map(({ storage }) => storage),
  );
  const media =
    plan === null ||
    plan.machines.some(
      ({ boot }) => boot.method !== 'PXE' && (boot.delivery === 'MEDIUM' || boot.iso !== null),
    );
  return [
    ...[...disks].flatMap((storage) => [
      on(storage, 'Datastore.AllocateSpace', 'make disks'),
      // Whoever destroys a VM may free its disks; one that was left behind is a volume like any other.
      on(storage, 'Datastore.Allocate', 'free disks that a removal left'),
      on(storage, 'Datastore.Audit', 'see disks and free space'),
    ]),
    ...(media
      ? [
          on(isoStorage, 'Datastore.AllocateTemplate', 'upload media'),
          on(isoStorage, 'Datastore.Allocate', 'delete media'),
          on(isoStorage, 'Datastore.Audit', 'see media'),
        ]
      : []),
  ];
}

function networkPrivileges({ definition: { network, nodeGroups } }: PrivilegeInput): RequiredPrivilege[] {
  const attachments = nodeGroups.flatMap((group) => [
    {
      bridge: group.network.bridge ?? network.bridge,
      vlan: group.network.privateVLAN ?? network.privateVLAN,
    },
    ...group.network.interfaces.map(({ bridge, privateVLAN }) => ({ bridge, vlan: privateVLAN })),
  ]);
  return attachments.flatMap(({ bridge, vlan }) => {
    const path = `${LOCAL_ZONE}/${bridge}`;
    return [
      { path, privilege: 'SDN.Audit', feature: `see bridge ${bridge}` },
      {
        path: vlan === null ? path : `${path}/${vlan}`,
        privilege: 'SDN.Use',
        feature: `attach machines to ${bridge}${vlan === null ? '' : `, VLAN ${vlan}`}`,
      },
    ];
  });
}

function templatePrivileges({ definition, plan }: PrivilegeInput): RequiredPrivilege[] {
  const vmids = new Set(
    plan === null
      ? definition.nodeGroups.flatMap(({ template }) => templateOf(template)?.vmid ?? [])
      : plan.machines.flatMap(({ source }) => (source.kind === 'clone' ? [source.vmid] : [])),
  );
  return [...vmids].flatMap((vmid) => [
    { path: `/vms/${vmid}`, privilege: 'VM.Clone', feature: `clone template ${vmid}` },
    { path: `/vms/${vmid}`, privilege: 'VM.Audit', feature: `see template ${vmid}` },
  ]);
}

/** A download also needs to reach out of the host, which is a privilege by itself. */
function downloadPrivileges({
  definition,
  plan,
  importStorage,
  isoStorage,
}: PrivilegeInput): RequiredPrivilege[] {
  const images =
    plan === null
      ? definition.nodeGroups.flatMap(({ template }) => {
          const source = parseImageSource(template.imageSource ?? '');
          return source?.kind === 'url'
            ? [{ storage: source.content === 'iso' ? isoStorage : importStorage, host: null }]
            : [];
        })
      : plan.machines.flatMap(({ source, boot, host }) => {
          const image = imageOf({ source, boot });
          return image === null || image.url === null
            ? []
            : [{ storage: image.volume.slice(0, image.volume.indexOf(':')), host }];
        });
  const read =
    plan?.machines.flatMap(({ source }) =>
      source.kind === 'import' ? [source.image.volume.slice(0, source.image.volume.indexOf(':'))] : [],
    ) ?? [];
  return [
    ...read.map((storage) => on(storage, 'Datastore.Audit', 'read images')),
    ...images.flatMap(({ storage, host }) => [
      on(storage, 'Datastore.AllocateTemplate', 'download images'),
      on(storage, 'Datastore.Allocate', 'delete images that nobody uses'),
      on(storage, 'Datastore.Audit', 'see images'),
      onHost(host, 'Sys.AccessNetwork', 'download from a URL'),
      // What is granted here takes the place of what is inherited.
      onHost(host, 'Sys.Audit', 'see the host'),
    ]),
  ];
}

function onHost(host: string | null, privilege: string, feature: string): RequiredPrivilege {
  return { path: host === null ? '/nodes' : `/nodes/${host}`, privilege, feature };
}

function on(storage: string, privilege: string, feature: string): RequiredPrivilege {
  return { path: `/storage/${storage}`, privilege, feature: `${feature} on ${storage}` };
}

function templateOf({ imageSource }: { readonly imageSource: string | null }) {
  const source = parseImageSource(imageSource ?? '');
  return source?.kind === 'template' ? source : undefined;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** `GET /access/permissions`: for each path what the token has there; 0 does not hold for the paths below. */
export type Permissions = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What is not granted: a grant on a path holds for those below, until one of them has grants of its own. */
export function missingPrivileges(
  required: readonly RequiredPrivilege[],
  permissions: Permissions,
): RequiredPrivilege[] {
  return required.filter(({ path, privilege }) => !isGranted(permissions, path, privilege));
}

function isGranted(permissions: Permissions, path: string, privilege: string): boolean {
  const own = permissions[path];
  if (own !== undefined) return privilege in own;
  for (let at = parentOf(path); at !== null; at = parentOf(at)) {
    const inherited = permissions[at];
    if (inherited !== undefined) return inherited[privilege] === 1;
  }
  return false;
}

function parentOf(path: string): string | null {
  if (path === '/') return null;
  const parent = path.slice(0, path.lastIndexOf('/'));
  return parent === '' ? '/' : parent;
}
