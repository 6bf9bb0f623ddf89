/** The calls that back VMs up, and that ask which jobs do so by themselves. */
import type { Proxmox } from 'proxmox-api';
import type { VmAddress } from '../client.js';

type Call = <T>(
  signal: AbortSignal | undefined,
  request: (api: Proxmox.Api) => Promise<unknown>,
) => Promise<T>;

export interface VzdumpOptions {
  readonly storage: string;
  readonly mode: 'snapshot' | 'suspend' | 'stop';
  /** One line without braces and backslashes: what Proxmox VE takes is a template. */
  readonly notes: string;
}

/** `GET /cluster/backup`, as far as it is read here. */
export interface BackupJobRecord {
  readonly id: string;
  /** On where it is left out. */
  readonly enabled?: number | boolean | string;
  readonly schedule?: string;
  readonly all?: number | boolean | string;
  /** VMIDs, separated by commas. */
  readonly vmid?: string | number;
  readonly exclude?: string | number;
  readonly pool?: string;
  /** Only guests of this host. */
  readonly node?: string;
}

/** The library's types are of a time before notes. */
interface VzdumpApi {
  $post(options: Readonly<Record<string, string | boolean>>): Promise<unknown>;
}

export function backupCalls(call: Call) {
  const node = (api: Proxmox.Api, host: string) => api.nodes.$(encodeURIComponent(host));
  return {
    /**
     * Removes no older backup, whatever the storage is set to. Needs VM.Backup, and Datastore.AllocateSpace on the storage.
     * @returns a UPID, or `OK` where the VM is on another host: then nothing is done.
     */
    backUpVm: ({ host, vmid }: VmAddress, { notes, ...options }: VzdumpOptions, signal?: AbortSignal) =>
      call<string>(signal, (api) =>
        (node(api, host).vzdump as unknown as VzdumpApi).$post({
          ...{ vmid: String(vmid), ...options, compress: 'zstd' },
          ...{ 'notes-template': notes, remove: false },
        }),
      ),

    /** Asks a task to stop, and does not wait for its end. A token may stop its own. */
    stopTask: (host: string, upid: string, signal?: AbortSignal) =>
      call<null>(signal, (api) => node(api, host).tasks.$(encodeURIComponent(upid)).$delete()),

    /** Needs Sys.Audit on /. */
    backupJobs: (signal?: AbortSignal) => call<BackupJobRecord[]>(signal, (api) => api.cluster.backup.$get()),
  };
}
