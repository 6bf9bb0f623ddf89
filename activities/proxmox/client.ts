/** The calls of the Proxmox VE API that are made here. The only file that knows the API library. */
import { proxmoxApi, type Proxmox } from 'proxmox-api';
import { FormData } from 'undici';
import { fail } from '../../domain/errors.js';
import { DEFAULT_BREAKER, type BreakerOptions } from './circuit-breaker.js';
import type { BreakerStanding, ClientObserver } from './client-observer.js';
import type { Answer, EndpointAddress, WireRequest } from './endpoint.js';
import { Endpoints } from './endpoints.js';
import { createExchange } from './exchange.js';
import { backupCalls } from './backups/backup-calls.js';
import { haCalls } from './ha-calls.js';
import { moveCalls } from './hosts/move-calls.js';
import { preflightCalls } from './preflight/preflight-calls.js';
import { firewallCalls } from './firewall/firewall-calls.js';
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
import { TaskTimer } from './task-timer.js';

export interface ProxmoxClientOptions {
  /** All of one Proxmox VE cluster, in order of preference. */
  readonly endpoints: readonly EndpointAddress[];
  /** `user@realm!id=uuid`. */
  readonly token: string;
  /**
   * How many calls of this process may be under way at once at each endpoint; pveproxy has three workers and passes
   * most calls on to one daemon.
   */
  readonly maxCalls?: number;
  /** How long the answer to a call may take. Uploads have four times as long. */
  readonly timeoutMs?: number;
  /** When an endpoint, or a host, is not asked any more for a while. */
  readonly breaker?: Omit<BreakerOptions, 'onChange'>;
  readonly observer?: ClientObserver;
}

export type ProxmoxClient = ReturnType<typeof createProxmoxClient>;

const DEFAULT_PORT = '8006';
const DEFAULT_MAX_CALLS = 16;
/** pveproxy itself gives up on another host after 30 s. */
const DEFAULT_TIMEOUT_MS = 45_000;
const UPLOAD_TIMEOUT_FACTOR = 4;
/** The exchange keeps its own time, which ends before. */
const LIBRARY_TIMEOUT_MS = 2 ** 31 - 1;
const TOKEN = /^([^\s=!]+@[^\s=!]+![^\s=!]+)=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/**
 * Each call takes an `AbortSignal` last and throws classed errors: `PROXMOX_*`, `VMID_TAKEN`, and `OUTCOME_UNKNOWN`
 * for a change whose answer was lost. No change is ever sent twice.
 * @throws `PROXMOX_UNREACHABLE` for an address that is not `https://`, `PROXMOX_UNAUTHENTICATED` for a malformed token.
 */
export function createProxmoxClient(options: ProxmoxClientOptions) {
  const { maxCalls = DEFAULT_MAX_CALLS, timeoutMs = DEFAULT_TIMEOUT_MS, observer = {} } = options;
  const [, tokenID = '', tokenSecret = ''] = TOKEN.exec(options.token) ?? [];
  if (tokenID === '')
    throw fail('PROXMOX_UNAUTHENTICATED', 'the token is not of the form user@realm!id=uuid');
  const endpoints = new Endpoints(options.endpoints.map(withPort), {
    breaker: options.breaker ?? DEFAULT_BREAKER,
    maxCalls,
    observer,
  });
  const send = (request: WireRequest): Promise<Answer> => endpoints.send(request);
  const timer = new TaskTimer((task) => observer.taskEnded?.(task));
  // Where a request goes is decided when it is sent.
  const engine = { host: 'proxmox.invalid', tokenID, tokenSecret, queryTimeout: LIBRARY_TIMEOUT_MS };

  /** One exchange a call, so that a failure stays with its request. */
  async function call<T>(
    signal: AbortSignal | undefined,
    request: (api: Proxmox.Api) => Promise<unknown>,
  ): Promise<T> {
    const exchange = createExchange({ send, timeoutMs, signal });
    const data = await request(proxmoxApi({ ...engine, fetch: exchange.fetch }));
    const failure = exchange.failure();
    if (failure !== undefined) throw failure;
    timer.answered(data);
    return data as T;
  }

  const node = (api: Proxmox.Api, host: string) => api.nodes.$(part(host));
  const qemu = (api: Proxmox.Api, { host, vmid }: VmAddress) => node(api, host).qemu.$(vmid);
  const storageOf = (api: Proxmox.Api, host: string, storage: string) =>
    node(api, host).storage.$(part(storage));

  return {
    close: () => endpoints.close(),

    /** `user@realm!name`. */
    tokenId: tokenID,

    /** State of the breaker of each endpoint, and of each host that was asked for. */
    breakers: (): BreakerStanding[] => endpoints.standing(),

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
    uploadIso: (upload: IsoUpload, signal?: AbortSignal) => uploadFile(upload, signal),

    /**
     * Downloads a file, and compares its checksum before it gets its name; a file of that name that is there already
     * is only compared. @returns a UPID. Its task carries the file's name.
     */
    downloadUrl: ({ host, storage, content, ...download }: ImageDownload, signal?: AbortSignal) =>
      call<string>(signal, (api) =>
        storageOf(api, host, storage)['download-url'].$post({
          ...download,
          // The library's types are of a time before imports.
          content: content as 'iso',
          'verify-certificates': true,
        }),
      ),

    /** The configuration that holds now, without what waits for a restart. */
    vmConfig: (vm: VmAddress, signal?: AbortSignal) =>
      call<VmConfig>(signal, (api) => qemu(api, vm).config.$get({ current: true })),

    /** The configuration that will hold once the VM was switched off and on. */
    nextVmConfig: (vm: VmAddress, signal?: AbortSignal) =>
      call<VmConfig>(signal, (api) => qemu(api, vm).config.$get({ current: false })),

    vmStatus: (vm: VmAddress, signal?: AbortSignal) =>
      call<VmStatus>(signal, (api) => qemu(api, vm).status.current.$get()),

    /** The VMID is taken when it answers. @returns a UPID. @throws `VMID_TAKEN` */
    createVm: ({ host, vmid }: VmAddress, config: ConfigChange, signal?: AbortSignal) =>
      call<string>(signal, (api) => node(api, host).qemu.$post({ ...config, vmid })),

    /** @returns a UPID. Its task carries the VMID of the template, not the new one. */
    cloneVm: (template: VmAddress, clone: CloneOptions, signal?: AbortSignal) =>
      call<string>(signal, (api) => qemu(api, template).clone.$post({ ...clone })),

    /** @returns a UPID. */
    changeConfig: (vm: VmAddress, change: ConfigChange, signal?: AbortSignal) =>
      call<string>(signal, (api) => qemu(api, vm).config.$post({ ...change })),

    /** @returns a UPID. */
    resizeDisk: (vm: VmAddress, { slot, sizeGiB, digest }: DiskResize, signal?: AbortSignal) =>
      call<string>(signal, (api) =>
        qemu(api, vm).resize.$put({
          disk: slot as 'scsi0',
          size: `${sizeGiB}G`,
          ...(digest === undefined ? {} : { digest }),
        }),
      ),

    ...firewallCalls(call, qemu),

    ...haCalls(call),

    ...moveCalls(call),

    ...backupCalls(call),

    ...preflightCalls(call),

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

    taskStatus: async (upid: string, signal?: AbortSignal) => {
      const path = (api: Proxmox.Api) => node(api, nodeOf(upid)).tasks.$(part(upid)).status;
      const status = await call<TaskStatus>(signal, (api) => path(api).$get());
      timer.seen(upid, status);
      return status;
    },

    /** @param limit how many lines, from the first. */
    taskLog: (upid: string, limit: number, signal?: AbortSignal) =>
      call<TaskLogLine[]>(signal, (api) => node(api, nodeOf(upid)).tasks.$(part(upid)).log.$get({ limit })),
  };

  /** The library has no multipart bodies. pveproxy wants the file last. */
  async function uploadFile(
    { host, storage, name, content, sha256 }: IsoUpload,
    signal?: AbortSignal,
  ): Promise<string> {
    const form = new FormData();
    form.set('content', 'iso');
    form.set('checksum-algorithm', 'sha256');
    form.set('checksum', sha256);
    form.set('filename', new Blob([content], { type: 'application/octet-stream' }), name);
    const timeout = timeoutMs * UPLOAD_TIMEOUT_FACTOR;
    const exchange = createExchange({ send, timeoutMs: timeout, signal, isUpload: true });
    const path = `/api2/json/nodes/${part(host)}/storage/${part(storage)}/upload`;
    const answer = await exchange.fetch(`https://${engine.host}${path}`, {
      method: 'POST',
      headers: { Authorization: `PVEAPIToken=${options.token}` },
      body: form,
    });
    const failure = exchange.failure();
    if (failure !== undefined) throw failure;
    const { data } = (await answer.json()) as { data: string };
    timer.answered(data);
    return data;
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

export interface DiskResize {
  readonly slot: string;
  /** Absolute. */
  readonly sizeGiB: number;
  /** Makes it a compare-and-set. */
  readonly digest?: string | undefined;
}

export interface VolumesOf {
  readonly host: string;
  readonly storage: string;
  readonly content?: 'images' | 'iso' | 'import' | 'backup';
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

export interface ImageDownload {
  readonly host: string;
  readonly storage: string;
  readonly content: 'iso' | 'import';
  readonly filename: string;
  readonly url: string;
  readonly 'checksum-algorithm': 'sha256' | 'sha512';
  /** In hex. */
  readonly checksum: string;
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

/** @throws `PROXMOX_UNREACHABLE` for an address that is not `https://`. */
function withPort({ url, trust }: EndpointAddress): EndpointAddress {
  const address = new URL(url);
  if (address.protocol !== 'https:') throw fail('PROXMOX_UNREACHABLE', `${url} does not begin with https://`);
  if (address.port === '') address.port = DEFAULT_PORT;
  return { url: address.href, trust };
}
