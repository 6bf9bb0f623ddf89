/** The calls that move a VM to another host, and that ask where it may go. */
import type { Proxmox } from 'proxmox-api';
import type { VmAddress } from '../client.js';

type Call = <T>(
  signal: AbortSignal | undefined,
  request: (api: Proxmox.Api) => Promise<unknown>,
) => Promise<T>;

/** `GET /nodes/{node}/qemu/{vmid}/migrate`, as far as it is read here. */
export interface MigrationRecord {
  readonly running: number | boolean;
  /** Left out by older versions for a VM that runs. */
  readonly allowed_nodes?: readonly string[];
  readonly not_allowed_nodes?: Readonly<Record<string, NotAllowed>>;
  readonly local_disks: readonly {
    readonly volid: string;
    readonly drivename?: string;
    readonly cdrom?: number | boolean;
  }[];
  readonly local_resources: readonly string[];
  readonly 'dependent-ha-resources'?: readonly string[];
}

export interface NotAllowed {
  readonly unavailable_storages?: readonly string[];
  readonly 'unavailable-resources'?: readonly string[];
  readonly 'blocking-ha-resources'?: readonly { readonly sid: string; readonly cause: string }[];
}

export interface MigrateOptions {
  readonly target: string;
  /** Moves a VM that runs. */
  readonly online: boolean;
  /** Copies disks that only its host can reach. */
  readonly withLocalDisks: boolean;
}

export interface ShutdownOptions {
  readonly timeoutSeconds: number;
}

/** The library's types are of a time before the answers of today. */
interface MigrateApi {
  $get(): Promise<unknown>;
  $post(options: Readonly<Record<string, string | boolean>>): Promise<unknown>;
}

export function moveCalls(call: Call) {
  const qemu = (api: Proxmox.Api, { host, vmid }: VmAddress) =>
    api.nodes.$(encodeURIComponent(host)).qemu.$(vmid);
  const migrate = (api: Proxmox.Api, vm: VmAddress): MigrateApi =>
    qemu(api, vm).migrate as unknown as MigrateApi;
  return {
    /** Where it may go, and what it holds on to. Needs VM.Migrate. */
    migration: (vm: VmAddress, signal?: AbortSignal) =>
      call<MigrationRecord>(signal, (api) => migrate(api, vm).$get()),

    /** @returns a UPID: of the request alone where high availability manages the VM. Needs VM.Migrate. */
    migrateVm: (vm: VmAddress, options: MigrateOptions, signal?: AbortSignal) => {
      const { target, online, withLocalDisks } = options;
      const flags = {
        ...(online ? { online } : {}),
        ...(withLocalDisks ? { 'with-local-disks': true } : {}),
      };
      return call<string>(signal, (api) => migrate(api, vm).$post({ target, ...flags }));
    },

    /** Asks the guest, and after the time switches the power off. @returns a UPID. */
    shutDownVm: (vm: VmAddress, { timeoutSeconds }: ShutdownOptions, signal?: AbortSignal) =>
      call<string>(signal, (api) =>
        qemu(api, vm).status.shutdown.$post({ timeout: timeoutSeconds, forceStop: true }),
      ),
  };
}
