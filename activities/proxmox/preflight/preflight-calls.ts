/** The calls that only a preflight makes. */
import type { Proxmox } from 'proxmox-api';
import type { Permissions } from '../../../domain/preflight/privileges.js';

type Call = <T>(
  signal: AbortSignal | undefined,
  request: (api: Proxmox.Api) => Promise<unknown>,
) => Promise<T>;

/** `GET /nodes/{node}/time`. */
export interface NodeTime {
  /** Seconds since the epoch. */
  readonly time: number;
}

/** `GET /cluster/options`, as far as it is read here. */
export interface ClusterOptions {
  /** Text in older versions. */
  readonly crs?: string | Readonly<Record<string, string | number>>;
  readonly 'next-id'?: string | { readonly lower?: string | number; readonly upper?: string | number };
}

export function preflightCalls(call: Call) {
  return {
    /** What the token itself may do, on each path that has grants. */
    permissions: (signal?: AbortSignal) => call<Permissions>(signal, (api) => api.access.permissions.$get()),

    version: (signal?: AbortSignal) =>
      call<{ readonly version: string }>(signal, (api) => api.version.$get()),

    nodeTime: (host: string, signal?: AbortSignal) =>
      call<NodeTime>(signal, (api) => api.nodes.$(encodeURIComponent(host)).time.$get()),

    /** Needs Sys.Audit on /. */
    clusterOptions: (signal?: AbortSignal) =>
      call<ClusterOptions>(signal, (api) => api.cluster.options.$get()),
  };
}
