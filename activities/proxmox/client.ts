/** The calls of the Proxmox VE API that are made here. The only file that knows the API library. */
import { proxmoxApi, type Proxmox } from 'proxmox-api';
import { FormData } from 'undici';
import { fail } from '../../domain/errors.js';
import { createExchange } from './exchange.js';
import { Limiter } from './limiter.js';
import type {
  ClusterStatus,
  NetworkRecord,
  NodeRecord,
  StorageRecord,
  TaskLogLine,
  TaskRecord,
  TaskStatus,
  VmConfig,
  VmResource,
  VmStatus,
  VolumeRecord,
} from './records.js';
import type { CertificateTrust } from '../../schema/configuration.js';
import { trustedAgent } from './trust.js';

export interface ProxmoxClientOptions {
  /** Such as `https://pve.example:8006`. */
  readonly url: string;
  /** `user@realm!id=uuid`. */
  readonly token: string;
  readonly trust: CertificateTrust;
  /** How many calls may be under way at once; pveproxy has three workers and passes most calls on to one daemon. */
  readonly maxCalls?: number;
  /** How long the answer to a call may take. Uploads have four times as long. */
  readonly timeoutMs?: number;
}

export type ProxmoxClient = ReturnType<typeof createProxmoxClient>;

const DEFAULT_PORT = 8006;
const DEFAULT_MAX_CALLS = 16;
/** pveproxy itself gives up on another host after 30 s. */
const DEFAULT_TIMEOUT_MS = 45_000;
const UPLOAD_TIMEOUT_FACTOR = 4;
const TOKEN = /^([^\s=!]+@[^\s=!]+![^\s=!]+)=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/**
 * Each call takes an `AbortSignal` last and throws classed errors: `PROXMOX_*`, `VMID_TAKEN`, and `OUTCOME_UNKNOWN`
 * for a change whose answer was lost. Nothing is ever sent twice.
 * @throws `PROXMOX_UNREACHABLE` for an address that is not `https://`, `PROXMOX_UNAUTHENTICATED` for a malformed token.
 */
export function createProxmoxClient(options: ProxmoxClientOptions) {
  const { maxCalls = DEFAULT_MAX_CALLS, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const base = new URL(options.url);
  if (base.protocol !== 'https:')
    throw fail('PROXMOX_UNREACHABLE', `${options.url} does not begin with https://`);
  const [, tokenID = '', tokenSecret = ''] = TOKEN.exec(options.token) ?? [];
  if (tokenID === '')
    throw fail('PROXMOX_UNAUTHENTICATED', 'the token is not of the form user@realm!id=uuid');
  const dispatcher = trustedAgent(options.trust);
  const limiter = new Limiter();
  const engine = {
    host: base.hostname,
    port: base.port === '' ? DEFAULT_PORT : Number(base.port),
    tokenID,
    tokenSecret,
    // The exchange keeps its own time; this one only has to be later.
    queryTimeout: timeoutMs * 2,
  };

  /** One exchange a call, so that a failure stays with its request. */
  async function call<T>(
    signal: AbortSignal | undefined,
    request: (api: Proxmox.Api) => Promise<unknown>,
  ): Promise<T> {
    return limiter.run(
      [{ key: 'calls', most: maxCalls }],
      async () => {
        const exchange = createExchange({ dispatcher, timeoutMs, signal });
        const data = await request(proxmoxApi({ ...engine, fetch: exchange.fetch }));
        const failure = exchange.failure();
        if (failure !== undefined) throw failure;
        return data as T;
      },
      { signal },
    );
  }

  const node = (api: Proxmox.Api, host: string) => api.nodes.$(part(host));
  const qemu = (api: Proxmox.Api, { host, vmid }: VmAddress) => node(api, host).qemu.$(vmid);
  const storageOf = (api: Proxmox.Api, host: string, storage: string) =>
    node(api, host).storage.$(part(storage));

  return {
    close: () => dispatcher.close(),

    clusterStatus: (signal?: AbortSignal) =>
      call<ClusterStatus[]>(signal, (api) => api.cluster.status.$get()),

    /** Virtual machines and containers that the token may see. */
    vms: (signal?: AbortSignal) =>
      call<VmResource[]>(signal, (api) => api.cluster.resources.$get({ type: 'vm' })),

    /** @throws `VMID_TAKEN` when any guest has it, also one that the token may not see. */
    assertVmidFree: (vmid: number, signal?: AbortSignal) =>
      call<unknown>(signal, (api) => api.cluster.nextid.$get({ vmid })),

    nodes: (signal?: AbortSignal) => call<NodeRecord[]>(signal, (api) => api.nodes.$get()),

    bridges: (host: string, signal?: AbortSignal) =>
      call<NetworkRecord[]>(signal, (api) => node(api, host).network.$get({ type: 'any_bridge' })),

    storages: (host: string, signal?: AbortSignal) =>
      call<StorageRecord[]>(signal, (api) => node(api, host).storage.$get({ enabled: true })),

    volumes: ({ host, storage, ...filter }: VolumesOf, signal?: AbortSignal) =>
      call<VolumeRecord[]>(signal, (api) => storageOf(api, host, storage).content.$get(filter)),

    /** @returns a UPID, or `null` when it was done at once. */
    deleteVolume: (host: string, volid: string, signal?: AbortSignal) =>
      call<string | null>(signal, (api) =>
        storageOf(api, host, storageName(volid)).content.$(part(volid)).$delete(),
      ),

    /** @returns a UPID. An ISO of the same name is replaced. */
    uploadIso: (upload: IsoUpload, signal?: AbortSignal) =>
      limiter.run([{ key: 'calls', most: maxCalls }], () => uploadIso(upload, signal), { signal }),

    /** The configuration that holds now, without what waits for a restart. */
    vmConfig: (vm: VmAddress, signal?: AbortSignal) =>
      call<VmConfig>(signal, (api) => qemu(api, vm).config.$get({ current: true })),

    vmStatus: (vm: VmAddress, signal?: AbortSignal) =>
      call<VmStatus>(signal, (api) => qemu(api, vm).status.current.$get()),

    /** @returns a UPID. Its task carries the VMID of the template, not the new one. */
    cloneVm: (template: VmAddress, clone: CloneOptions, signal?: AbortSignal) =>
      call<string>(signal, (api) => qemu(api, template).clone.$post({ ...clone })),

    /** @returns a UPID. */
    changeConfig: (vm: VmAddress, change: ConfigChange, signal?: AbortSignal) =>
      call<string>(signal, (api) => qemu(api, vm).config.$post({ ...change })),

    /** @param sizeGiB absolute. @returns a UPID. */
    resizeDisk: (vm: VmAddress, disk: string, sizeGiB: number, signal?: AbortSignal) =>
      call<string>(signal, (api) =>
        qemu(api, vm).resize.$put({ disk: disk as 'scsi0', size: `${sizeGiB}G` }),
      ),

    /** @returns a UPID. */
    startVm: (vm: VmAddress, signal?: AbortSignal) =>
      call<string>(signal, (api) => qemu(api, vm).status.start.$post()),

    /** Switches the power off. @returns a UPID. */
    stopVm: (vm: VmAddress, signal?: AbortSignal) =>
      call<string>(signal, (api) => qemu(api, vm).status.stop.$post()),

    /** Volumes that its configuration does not name are left alone: they may be somebody else's. @returns a UPID. */
    destroyVm: (vm: VmAddress, signal?: AbortSignal) =>
      call<string>(signal, (api) =>
        qemu(api, vm).$delete({ purge: true, 'destroy-unreferenced-disks': false }),
      ),

    tasks: (host: string, filter: TaskFilter, signal?: AbortSignal) =>
      call<TaskRecord[]>(signal, (api) => node(api, host).tasks.$get({ ...filter, limit: 500 })),

    taskStatus: (upid: string, signal?: AbortSignal) =>
      call<TaskStatus>(signal, (api) => node(api, nodeOf(upid)).tasks.$(part(upid)).status.$get()),

    taskLog: (upid: string, signal?: AbortSignal) =>
      call<TaskLogLine[]>(signal, (api) =>
        node(api, nodeOf(upid)).tasks.$(part(upid)).log.$get({ limit: 20 }),
      ),
  };

  /** The library has no multipart bodies. pveproxy wants the file last. */
  async function uploadIso(
    { host, storage, name, content, sha256 }: IsoUpload,
    signal?: AbortSignal,
  ): Promise<string> {
    const form = new FormData();
    form.set('content', 'iso');
    form.set('checksum-algorithm', 'sha256');
    form.set('checksum', sha256);
    form.set('filename', new Blob([content], { type: 'application/octet-stream' }), name);
    const exchange = createExchange({ dispatcher, timeoutMs: timeoutMs * UPLOAD_TIMEOUT_FACTOR, signal });
    const url = new URL(`/api2/json/nodes/${part(host)}/storage/${part(storage)}/upload`, base);
    url.port = String(engine.port);
    const answer = await exchange.fetch(url, {
      method: 'POST',
      headers: { Authorization: `PVEAPIToken=${options.token}` },
      body: form,
    });
    const failure = exchange.failure();
    if (failure !== undefined) throw failure;
    return ((await answer.json()) as { data: string }).data;
  }
}

export interface VmAddress {
  readonly host: string;
  readonly vmid: number;
}

export interface CloneOptions {
  readonly newid: number;
  readonly name: string;
  readonly description: string;
  readonly full: boolean;
  readonly storage?: string;
  readonly target?: string;
}

/** Options by name; `delete` is a comma-separated list. `digest` makes it a compare-and-set. */
export type ConfigChange = Readonly<Record<string, string | number>>;

export interface VolumesOf {
  readonly host: string;
  readonly storage: string;
  readonly content?: 'images' | 'iso';
  readonly vmid?: number;
}

export interface IsoUpload {
  readonly host: string;
  readonly storage: string;
  readonly name: string;
  readonly content: Uint8Array;
  /** In hex: Proxmox VE compares before it puts the file in its place. */
  readonly sha256: string;
}

export interface TaskFilter {
  readonly source: 'active' | 'all';
  readonly vmid?: number;
  readonly typefilter?: string;
  /** Seconds since the epoch. */
  readonly since?: number;
}

/** The host that a task runs on. */
export function nodeOf(upid: string): string {
  const [prefix, node] = upid.split(':');
  if (prefix !== 'UPID' || node === undefined || node === '') throw fail('INTERNAL', `"${upid}" is no UPID`);
  return node;
}

/** `local` of `local:iso/seed.iso`. */
export function storageName(volid: string): string {
  return volid.slice(0, volid.indexOf(':'));
}

/** One part of a path, whatever it holds. */
function part(text: string): string {
  if (text === '' || text === '.' || text === '..')
    throw fail('INTERNAL', `"${text}" cannot be part of a path`);
  return encodeURIComponent(text);
}
