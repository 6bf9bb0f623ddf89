/** Every environment variable that the service reads: the one list of them. */
import * as z from 'zod';
import { ipAddress, subnet, addressRange } from '../definition/network.js';
import { entryName, imageRepository } from '../definition/platforms/text.js';
import { bridgeName, domainName, imageSource, proxmoxStorage } from '../definition/text.js';
import { destinationObjection } from './backup-destinations.js';
import { dnsKeys } from './dns-keys.js';
import { csiTokenObjection, datastoreObjection, pullSecretObjection, secretFolder } from './secret-files.js';
import {
  addressOrSubnet,
  certificateFile,
  containerImage,
  fingerprint,
  folder,
  hostAndPort,
  hostName,
  httpOrigin,
  httpsOrigin,
  httpsUrl,
  listOf,
  proxmoxToken,
  secretsKey,
  sha256Hex,
  socksProxy,
  trueOrFalse,
  wholeNumber,
} from './values.js';

/** The processes that read configuration. */
export const ROLES = ['api', 'worker'] as const;
export type Role = (typeof ROLES)[number];

export interface Variable<T = unknown> {
  readonly roles: readonly Role[];
  /** What it is for, in one sentence. */
  readonly meaning: string;
  /** Used when it is not set; `null` where there is none. */
  readonly default: string | null;
  /** The process does not start without it. */
  readonly required: boolean;
  /** Its value is never shown. */
  readonly secret: boolean;
  readonly value: z.ZodType<T, string>;
}

type Extras = Partial<Pick<Variable, 'default' | 'required' | 'secret'>>;

function variable<T>(
  roles: readonly Role[],
  value: z.ZodType<T, string>,
  meaning: string,
  extras: Extras = {},
): Variable<T> {
  return { roles, value, meaning, default: null, required: false, secret: false, ...extras };
}

const REQUIRED = { required: true } as const;
const SECRET = { required: true, secret: true } as const;

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

export const VARIABLES = {
  API_HOST: variable(['api'], hostName, 'Address that the API listens on.', { default: '127.0.0.1' }),
  API_PORT: variable(['api'], wholeNumber(0, 65_535), 'Port that the API listens on; 0 takes any free one.', {
    default: '8080',
  }),
  API_AUTH: variable(
    ['api'],
    z.enum(['key', 'none'], { error: 'must be key or none' }),
    '`key`: callers send an API key. `none`: the API is open; only allowed on a loopback address.',
    { default: 'key' },
  ),
  API_KEY_SHA256: variable(
    ['api'],
    listOf(sha256Hex),
    'SHA-256 hashes of the valid API keys, in hexadecimal, separated by commas; needed with `API_AUTH=key`.',
  ),
  HEALTH_INTERVAL_SECONDS: variable(
    ['api'],
    wholeNumber(0, 3_600),
    'How often the machines of a new cluster are looked at and healed; 0 leaves it alone until its health policy says otherwise.',
    { default: '30' },
  ),
  BOOT_URL: variable(
    ROLES,
    httpOrigin,
    'How machines reach the boot service, such as `http://10.1.107.2:8082`. Without it there is none: no PXE, and no configuration over the network.',
  ),
  BOOT_HOST: variable(
    ['api'],
    hostName,
    'Address that the boot service listens on; machines must reach it.',
    {
      default: '0.0.0.0',
    },
  ),
  BOOT_PORT: variable(['api'], wholeNumber(0, 65_535), 'Port that the boot service listens on.', {
    default: '8082',
  }),
  BOOT_FILES_PATH: variable(['api'], folder, 'Folder of the kernels and initrds that machines boot by PXE.'),
  BOOT_TRUSTED_PROXIES: variable(
    ['api'],
    listOf(addressOrSubnet),
    'Proxies in front of the boot service whose `X-Forwarded-For` is believed: addresses or subnets, separated by commas.',
  ),
  TEMPORAL_ADDRESS: variable(ROLES, hostAndPort, 'Address of the Temporal server.', {
    default: '127.0.0.1:7233',
  }),
  TEMPORAL_NAMESPACE: variable(
    ROLES,
    z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be the name of a namespace'),
    'Namespace on the Temporal server.',
    { default: 'default' },
  ),
  TEMPORAL_API_KEY: variable(ROLES, z.string(), 'API key of Temporal Cloud; needs `TEMPORAL_TLS=true`.', {
    secret: true,
  }),
  TEMPORAL_TLS: variable(ROLES, trueOrFalse, 'Whether Temporal is reached by TLS.', { default: 'false' }),
  DATABASE_PATH: variable(ROLES, z.string(), 'SQLite file of the service; both processes share it.', {
    default: './clusterwright.db',
  }),
  SECRETS_KEY: variable(ROLES, secretsKey, 'Key that secrets are sealed with: 32 bytes as base64.', SECRET),
  LOG_LEVEL: variable(
    ROLES,
    z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }),
    'Least severity that is logged.',
    { default: 'info' },
  ),
  NETWORK_BRIDGE: variable(['api'], bridgeName, 'Bridge that machines are attached to by default.', {
    default: 'vmbr0',
  }),
  NETWORK_VLAN: variable(['api'], wholeNumber(1, 4094), 'VLAN tag of machines by default.'),
  NETWORK_CIDR: variable(
    ['api'],
    subnet,
    'Subnet of machines by default, such as `10.1.107.0/24`.',
    REQUIRED,
  ),
  NETWORK_GATEWAY: variable(['api'], ipAddress, 'Default route of machines in that subnet.'),
  NETWORK_RANGE: variable(
    ['api'],
    addressRange,
    'Where addresses are leased from by default, such as `10.1.107.100-150`.',
    REQUIRED,
  ),
  NETWORK_NAMESERVERS: variable(['api'], listOf(ipAddress), 'Name servers of machines, separated by commas.'),
  NETWORK_DOMAIN: variable(['api'], domainName, 'DNS domain of machines.', { default: 'cluster.internal' }),
  PUBLIC_CIDR: variable(
    ['api'],
    subnet,
    'Subnet of the clients of dual-homed load balancers by default, such as `10.1.3.0/24`; needs `PUBLIC_IP_RANGE`.',
  ),
  PUBLIC_IP_RANGE: variable(
    ['api'],
    addressRange,
    'Where addresses in it are leased from, such as `10.1.3.100-10.1.3.199`; needs `PUBLIC_CIDR`.',
  ),
  PUBLIC_GATEWAY: variable(['api'], ipAddress, 'Default route of load balancers in that subnet.'),
  PROXMOX_URL: variable(
    ['worker'],
    listOf(httpsOrigin),
    'Addresses of the API of one Proxmox VE cluster, such as `https://pve1.example.com:8006`, separated by commas; ' +
      'with more than one, the failure of a host does not stop the work on the others.',
    REQUIRED,
  ),
  PROXMOX_TOKEN: variable(
    ['worker'],
    proxmoxToken,
    'API token of Proxmox VE, written `user@realm!name=uuid`.',
    SECRET,
  ),
  PROXMOX_FINGERPRINT: variable(
    ['worker'],
    listOf(fingerprint),
    'SHA-256 fingerprint of the certificate to pin, or one for each address, separated by commas. ' +
      'Without it and `PROXMOX_CA_FILE` the system decides.',
  ),
  PROXMOX_CA_FILE: variable(
    ['worker'],
    certificateFile,
    'File with the certificates to trust instead, in PEM.',
  ),
  PROXMOX_BREAKER_FAILURES: variable(
    ['worker'],
    wholeNumber(1, 1000),
    'After so many failures in a row an address, or a host, of Proxmox VE is not asked any more for a while.',
    { default: '5' },
  ),
  PROXMOX_BREAKER_RESET_SECONDS: variable(
    ['worker'],
    wholeNumber(1, 3600),
    'How long it is not asked; then one call tries it.',
    { default: '60' },
  ),
  VMID_FROM: variable(['worker'], wholeNumber(100, 999_999_999), 'First VMID that machines may get.', {
    default: '20000',
  }),
  VMID_TO: variable(['worker'], wholeNumber(100, 999_999_999), 'Last VMID that machines may get.', {
    default: '29999',
  }),
  ADDRESS_QUARANTINE_SECONDS: variable(
    ['worker'],
    wholeNumber(0, 604_800),
    'How long a released address stays out of use: neighbours and name servers still take it for the machine that had it.',
    { default: '600' },
  ),
  IMPORT_STORAGE: variable(['worker'], proxmoxStorage, 'Storage that disk images are downloaded to.', {
    default: 'local',
  }),
  ISO_STORAGE: variable(['worker'], proxmoxStorage, 'Storage that cloud-init media are uploaded to.', {
    default: 'local',
  }),
  MACHINE_STORAGE: variable(
    ['worker'],
    proxmoxStorage,
    "Storage of the disks of machines whose definition names none, and that are not cloned: clones stay on their template's.",
  ),
  SERVICE_IMAGE: variable(
    ['worker'],
    imageSource,
    'What machines of services are made from by default, as `imageSource` of a node group; ' +
      'without it each service has to say it.',
  ),
  IMAGE_KEEP_DAYS: variable(
    ['worker'],
    wholeNumber(1, 3650),
    'How many days an image that the service downloaded is kept after its last use.',
    { default: '14' },
  ),
  ORPHAN_GRACE_MINUTES: variable(
    ['worker'],
    wholeNumber(1, 10_080),
    'How many minutes something of ours on Proxmox VE has to belong to no live cluster before it is reported as left behind.',
    { default: '60' },
  ),
  MACHINE_PROXY_URL: variable(
    ROLES,
    socksProxy,
    'SOCKS5 proxy through which machines are reached, written `socks5://host:port`.',
  ),
  K3S_INSTALL_URL: variable(['worker'], httpsUrl, 'Where machines fetch the K3s installer from.', {
    default: 'https://get.k3s.io',
  }),
  RKE2_INSTALL_URL: variable(['worker'], httpsUrl, 'Where machines fetch the RKE2 installer from.', {
    default: 'https://get.rke2.io',
  }),
  KUBERNETES_PACKAGES_URL: variable(
    ['worker'],
    httpsUrl,
    'Where machines of VANILLA clusters get the packages of Kubernetes from.',
    { default: 'https://pkgs.k8s.io' },
  ),
  KUBE_VIP_IMAGE: variable(
    ['worker'],
    containerImage,
    'Container image of kube-vip, with its tag or digest, for load balancers of the kind `KUBE_VIP`.',
    { default: 'ghcr.io/kube-vip/kube-vip:v0.9.2' },
  ),
  DNS_KEYS: variable(
    ['worker'],
    dnsKeys,
    'TSIG keys of DNS servers, written `name=algorithm:base64`, separated by commas; definitions name them in `keySecret`.',
    { secret: true },
  ),
  PULL_SECRETS_PATH: variable(
    ['worker'],
    secretFolder(pullSecretObjection),
    'Folder of pull secrets, each a JSON file whose name a definition names in `pullSecret`. Read at the start.',
  ),
  DATASTORES_PATH: variable(
    ['worker'],
    secretFolder(datastoreObjection),
    'Folder of external datastores of K3s, each a file with its address, credentials included, whose name a definition ' +
      'names in `datastore`. Read at the start.',
  ),
  CSI_TOKENS_PATH: variable(
    ['worker'],
    secretFolder(csiTokenObjection),
    'Folder of API tokens for the storage drivers of clusters, each a file with one token, written `user@realm!name=uuid`, ' +
      'whose name a definition names in `token`. Read at the start.',
  ),
  CSI_PROXMOX_URL: variable(
    ['worker'],
    httpsOrigin,
    'Address of the API of Proxmox VE as machines reach it; the first of `PROXMOX_URL` by default.',
  ),
  CSI_PROXMOX_CA_FILE: variable(
    ['worker'],
    certificateFile,
    'File with the certificates that storage drivers trust there, in PEM; `PROXMOX_CA_FILE` by default. They cannot pin a fingerprint.',
  ),
  CLUSTER_IMAGE_MIRROR: variable(
    ['worker'],
    imageRepository,
    'Registry, with a folder perhaps, that nodes pull the images of services in the cluster from, under the same paths; ' +
      'by default from the registries that publish them.',
  ),
  BACKUP_DESTINATIONS_PATH: variable(
    ['worker'],
    secretFolder(destinationObjection),
    'Folder of destinations for backups, each a JSON file whose name requests give in `destination`: ' +
      '`{"kind":"folder","path":…}`, or `{"kind":"s3","endpoint":…,"bucket":…,"accessKeyId":…,"secretAccessKey":…}` with ' +
      '`region`, `prefix` and `caFile` where they are needed. Read at the start.',
  ),
  BACKUP_DESTINATION: variable(
    ['worker'],
    entryName,
    'Destination of backups whose request names none; needed where `BACKUP_DESTINATIONS_PATH` has several.',
  ),
  BACKUP_KEEP_LAST: variable(
    ['worker'],
    wholeNumber(1, 1000),
    'How many of the last backups of a cluster are kept at each destination, where its policy says nothing else.',
    { default: '7' },
  ),
  BACKUP_KEEP_DAILY: variable(
    ['worker'],
    wholeNumber(0, 1000),
    'Of how many days beyond them the last backup is kept.',
    { default: '14' },
  ),
  BACKUP_KEEP_WEEKLY: variable(
    ['worker'],
    wholeNumber(0, 1000),
    'Of how many weeks the last backup is kept.',
    { default: '8' },
  ),
  WORKER_MAX_WORKFLOW_TASKS: variable(['worker'], wholeNumber(2, 1000), 'Workflow tasks that run at once.', {
    default: '40',
  }),
  WORKER_MAX_PROXMOX_ACTIVITIES: variable(
    ['worker'],
    wholeNumber(1, 1000),
    'Proxmox activities that run at once.',
    {
      default: '16',
    },
  ),
  WORKER_MAX_SSH_ACTIVITIES: variable(['worker'], wholeNumber(1, 1000), 'SSH activities that run at once.', {
    default: '64',
  }),
  WORKER_MAX_KUBERNETES_ACTIVITIES: variable(
    ['worker'],
    wholeNumber(1, 1000),
    'Kubernetes activities that run at once.',
    { default: '32' },
  ),
  METRICS_HOST: variable(['worker'], hostName, 'Address that the metrics of the worker are served on.', {
    default: '127.0.0.1',
  }),
  METRICS_PORT: variable(
    ['worker'],
    wholeNumber(0, 65_535),
    'Port that the metrics are served on, for Prometheus, at `/metrics`; 0 takes any free one. Without it there are none.',
  ),
  WORKER_SHUTDOWN_GRACE_SECONDS: variable(
    ['worker'],
    wholeNumber(0, 3600),
    'How long activities may go on after the worker is asked to stop.',
    { default: '30' },
  ),
} as const;

export type VariableName = keyof typeof VARIABLES;

/** The typed value of a variable. */
export type ValueOf<Name extends VariableName> = z.output<(typeof VARIABLES)[Name]['value']>;
