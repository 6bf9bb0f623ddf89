/** The configuration of the service: read from environment variables, and checked, once and in one place. */
import type { VmidRange } from '../domain/plan.js';
import { disagreements } from './configuration/agreement.js';
import { backupConfiguration, type BackupConfiguration } from './configuration/backup-destinations.js';
import type { DnsKey } from './configuration/dns-keys.js';
import { type Environment, readVariables } from './configuration/read-variables.js';
import type { HostAndPort, ProxmoxToken } from './configuration/values.js';
import type { Role, ValueOf, VariableName } from './configuration/variables.js';
import type { NetworkDefaults } from './definition/resolve-network.js';

/** Exit code of a process whose configuration is missing or wrong: EX_CONFIG of sysexits.h. */
export const EXIT_CONFIG = 78;

export type Configuration = ApiConfiguration | WorkerConfiguration;

interface SharedConfiguration {
  readonly temporal: {
    /** `host:port` */
    readonly address: string;
    readonly namespace: string;
    readonly apiKey: string | null;
    readonly tls: boolean;
  };
  /** `socks5://host:port` through which machines are reached; `null` reaches them directly. */
  readonly machineProxyUrl: string | null;
  readonly databasePath: string;
  /** 32 bytes. */
  readonly secretsKey: Buffer;
  readonly logLevel: ValueOf<'LOG_LEVEL'>;
}

export interface ApiConfiguration extends SharedConfiguration {
  readonly role: 'api';
  readonly listen: HostAndPort;
  /** `hashes` are SHA-256 of the valid keys, in lower-case hexadecimal. */
  readonly authentication:
    { readonly kind: 'key'; readonly hashes: readonly string[] } | { readonly kind: 'none' };
  readonly networkDefaults: NetworkDefaults;
  /** `null`: there is no boot service. */
  readonly boot: BootServiceConfiguration | null;
  /** How often new clusters are looked at; 0: they are not, until a policy says so. */
  readonly healthIntervalSeconds: number;
}

export interface BootServiceConfiguration {
  /** Origin by which machines reach it. */
  readonly url: string;
  readonly listen: HostAndPort;
  /** Absolute; `null`: it has no files to boot. */
  readonly filesPath: string | null;
  /** Addresses and subnets. */
  readonly trustedProxies: readonly string[];
}

export interface WorkerConfiguration extends SharedConfiguration {
  readonly role: 'worker';
  readonly proxmox: {
    /** All of one Proxmox VE cluster; origins, such as `https://pve1.example.com:8006`. At least one. */
    readonly endpoints: readonly { readonly url: string; readonly trust: CertificateTrust }[];
    readonly token: ProxmoxToken;
    /** When an endpoint, or a host, is not asked any more for a while. */
    readonly breaker: { readonly failureThreshold: number; readonly resetTimeoutMs: number };
  };
  /** Where metrics are served; `null`: nowhere. */
  readonly metrics: HostAndPort | null;
  readonly vmidRange: VmidRange;
  /** How long a released address stays out of use. */
  readonly addressQuarantineSeconds: number;
  readonly isoStorage: string;
  readonly importStorage: string;
  /** Origin by which machines reach the boot service; `null` when there is none. */
  readonly bootUrl: string | null;
  readonly imageKeepDays: number;
  readonly orphanGraceMinutes: number;
  readonly k3sInstallUrl: string;
  readonly rke2InstallUrl: string;
  readonly kubernetesPackagesUrl: string;
  readonly kubeVipImage: string;
  /** What machines of services are made from; `null`: each service has to say it. */
  readonly serviceImage: string | null;
  /** Storage of disks that no template brings one for; `null`: there is none. */
  readonly machineStorage: string | null;
  /** TSIG keys, by the names that definitions give them. */
  readonly dnsKeys: ReadonlyMap<string, DnsKey>;
  /** JSON of each, by name. */
  readonly pullSecrets: ReadonlyMap<string, string>;
  /** Address of each, with its credentials, by name. */
  readonly datastores: ReadonlyMap<string, string>;
  /** What storage drivers of clusters are told. */
  readonly csi: {
    /** Origin of Proxmox VE's API, as machines reach it. */
    readonly proxmoxUrl: string;
    /** PEM; `null`: what their images trust. */
    readonly caCertificate: string | null;
    /** `user@realm!name=uuid` of each, by name. */
    readonly tokens: ReadonlyMap<string, string>;
  };
  readonly backup: BackupConfiguration;
  /** Where nodes pull the images of services in the cluster from; `null`: from those who publish them. */
  readonly clusterImageMirror: string | null;
  /** How many run at once. */
  readonly limits: {
    readonly workflowTasks: number;
    readonly proxmoxActivities: number;
    readonly sshActivities: number;
    readonly kubernetesActivities: number;
  };
  readonly shutdownGraceSeconds: number;
}

/** Whom the TLS certificate of Proxmox VE is believed from; there is no way to believe anyone. */
export type CertificateTrust =
  /** SHA-256 of the one certificate, upper case with colons, as Node's `fingerprint256`. */
  | { readonly kind: 'fingerprint'; readonly sha256: string }
  | { readonly kind: 'ca'; readonly pem: string }
  | { readonly kind: 'system' };

export type ConfigurationResult<T extends Configuration> =
  | { readonly ok: true; readonly configuration: T }
  /** One line for each variable that is missing or wrong. No secret is in it. */
  | { readonly ok: false; readonly faults: readonly string[] };

/**
 * Reads what the role needs and nothing else: an API does not ask for the Proxmox token.
 * @param env such as `process.env`.
 */
export function readConfiguration(env: Environment, role: 'api'): ConfigurationResult<ApiConfiguration>;
export function readConfiguration(env: Environment, role: 'worker'): ConfigurationResult<WorkerConfiguration>;
export function readConfiguration(env: Environment, role: Role): ConfigurationResult<Configuration> {
  const { values, faults } = readVariables(env, role);
  const all = [...faults, ...disagreements(values, env, role)];
  if (all.length > 0) return { ok: false, faults: all };
  // Without faults every variable of the role that has a default or is required has a value.
  const complete = values as CompleteValues;
  return {
    ok: true,
    configuration: role === 'api' ? apiConfiguration(complete) : workerConfiguration(complete),
  };
}

type OptionalName =
  | 'API_KEY_SHA256'
  | 'TEMPORAL_API_KEY'
  | 'NETWORK_VLAN'
  | 'NETWORK_GATEWAY'
  | 'NETWORK_NAMESERVERS'
  | 'PROXMOX_FINGERPRINT'
  | 'PROXMOX_CA_FILE'
  | 'MACHINE_PROXY_URL'
  | 'METRICS_PORT'
  | 'BOOT_URL'
  | 'BOOT_FILES_PATH'
  | 'BOOT_TRUSTED_PROXIES'
  | 'PUBLIC_CIDR'
  | 'PUBLIC_IP_RANGE'
  | 'PUBLIC_GATEWAY'
  | 'MACHINE_STORAGE'
  | 'SERVICE_IMAGE'
  | 'DNS_KEYS'
  | 'PULL_SECRETS_PATH'
  | 'DATASTORES_PATH'
  | 'CSI_TOKENS_PATH'
  | 'CSI_PROXMOX_URL'
  | 'CSI_PROXMOX_CA_FILE'
  | 'CLUSTER_IMAGE_MIRROR'
  | 'BACKUP_DESTINATIONS_PATH'
  | 'BACKUP_DESTINATION';

type CompleteValues = {
  readonly [Name in VariableName]: ValueOf<Name> | (Name extends OptionalName ? undefined : never);
};

function sharedConfiguration(values: CompleteValues): SharedConfiguration {
  return {
    temporal: {
      address: values.TEMPORAL_ADDRESS,
      namespace: values.TEMPORAL_NAMESPACE,
      apiKey: values.TEMPORAL_API_KEY ?? null,
      tls: values.TEMPORAL_TLS,
    },
    machineProxyUrl: values.MACHINE_PROXY_URL ?? null,
    databasePath: values.DATABASE_PATH,
    secretsKey: values.SECRETS_KEY,
    logLevel: values.LOG_LEVEL,
  };
}

function apiConfiguration(values: CompleteValues): ApiConfiguration {
  return {
    role: 'api',
    ...sharedConfiguration(values),
    listen: { host: values.API_HOST, port: values.API_PORT },
    authentication:
      values.API_AUTH === 'none' ? { kind: 'none' } : { kind: 'key', hashes: values.API_KEY_SHA256 ?? [] },
    networkDefaults: {
      bridge: values.NETWORK_BRIDGE,
      vlan: values.NETWORK_VLAN ?? null,
      cidr: values.NETWORK_CIDR,
      gateway: values.NETWORK_GATEWAY ?? null,
      ipRange: values.NETWORK_RANGE,
      nameservers: values.NETWORK_NAMESERVERS ?? [],
      domain: values.NETWORK_DOMAIN,
      publicNetwork: publicNetwork(values),
    },
    boot: bootService(values),
    healthIntervalSeconds: values.HEALTH_INTERVAL_SECONDS,
  };
}

function workerConfiguration(values: CompleteValues): WorkerConfiguration {
  return {
    role: 'worker',
    ...sharedConfiguration(values),
    proxmox: {
      endpoints: values.PROXMOX_URL.map((url, index) => ({ url, trust: trustOf(values, index) })),
      token: values.PROXMOX_TOKEN,
      breaker: {
        failureThreshold: values.PROXMOX_BREAKER_FAILURES,
        resetTimeoutMs: values.PROXMOX_BREAKER_RESET_SECONDS * 1_000,
      },
    },
    metrics:
      values.METRICS_PORT === undefined ? null : { host: values.METRICS_HOST, port: values.METRICS_PORT },
    vmidRange: { from: values.VMID_FROM, to: values.VMID_TO },
    addressQuarantineSeconds: values.ADDRESS_QUARANTINE_SECONDS,
    isoStorage: values.ISO_STORAGE,
    importStorage: values.IMPORT_STORAGE,
    bootUrl: values.BOOT_URL ?? null,
    imageKeepDays: values.IMAGE_KEEP_DAYS,
    orphanGraceMinutes: values.ORPHAN_GRACE_MINUTES,
    k3sInstallUrl: values.K3S_INSTALL_URL,
    rke2InstallUrl: values.RKE2_INSTALL_URL,
    kubernetesPackagesUrl: values.KUBERNETES_PACKAGES_URL,
    kubeVipImage: values.KUBE_VIP_IMAGE,
    serviceImage: values.SERVICE_IMAGE ?? null,
    machineStorage: values.MACHINE_STORAGE ?? null,
    dnsKeys: values.DNS_KEYS ?? new Map(),
    pullSecrets: values.PULL_SECRETS_PATH ?? new Map(),
    datastores: values.DATASTORES_PATH ?? new Map(),
    csi: {
      proxmoxUrl: values.CSI_PROXMOX_URL ?? values.PROXMOX_URL[0] ?? '',
      caCertificate: values.CSI_PROXMOX_CA_FILE ?? values.PROXMOX_CA_FILE ?? null,
      tokens: values.CSI_TOKENS_PATH ?? new Map(),
    },
    backup: backupConfiguration(values),
    clusterImageMirror: values.CLUSTER_IMAGE_MIRROR ?? null,
    limits: {
      workflowTasks: values.WORKER_MAX_WORKFLOW_TASKS,
      proxmoxActivities: values.WORKER_MAX_PROXMOX_ACTIVITIES,
      sshActivities: values.WORKER_MAX_SSH_ACTIVITIES,
      kubernetesActivities: values.WORKER_MAX_KUBERNETES_ACTIVITIES,
    },
    shutdownGraceSeconds: values.WORKER_SHUTDOWN_GRACE_SECONDS,
  };
}

/** Each host has a certificate of its own; one fingerprint is for all. */
function trustOf(
  { PROXMOX_FINGERPRINT: pinned, PROXMOX_CA_FILE: pem }: CompleteValues,
  index: number,
): CertificateTrust {
  const sha256 = pinned?.[index] ?? pinned?.[0];
  if (sha256 !== undefined) return { kind: 'fingerprint', sha256 };
  return pem === undefined ? { kind: 'system' } : { kind: 'ca', pem };
}

/** Subnet and range are there together, or not at all. */
function publicNetwork({
  PUBLIC_CIDR: cidr,
  PUBLIC_IP_RANGE: ipRange,
  PUBLIC_GATEWAY: gateway,
}: CompleteValues): NetworkDefaults['publicNetwork'] {
  return cidr === undefined || ipRange === undefined ? null : { cidr, ipRange, gateway: gateway ?? null };
}

function bootService(values: CompleteValues): BootServiceConfiguration | null {
  if (values.BOOT_URL === undefined) return null;
  return {
    url: values.BOOT_URL,
    listen: { host: values.BOOT_HOST, port: values.BOOT_PORT },
    filesPath: values.BOOT_FILES_PATH ?? null,
    trustedProxies: values.BOOT_TRUSTED_PROXIES ?? [],
  };
}
