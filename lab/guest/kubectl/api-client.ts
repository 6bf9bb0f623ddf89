/** The Kubernetes API as a program on a machine reaches it: by a kubeconfig, over the machine's own network. */
import { parse } from 'yaml';
import { httpOver } from '../http-request.js';
import type { GuestSystem } from '../system.js';

export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
}

export interface ApiRequest {
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
}

export interface ApiClient {
  readonly server: string;
  /** Rejects with {@link ApiUnreachable} when nobody answers. */
  send(request: ApiRequest): Promise<ApiAnswer>;
}

export class ApiUnreachable extends Error {
  /** Host and port that take no connections. */
  readonly refusedBy: string | undefined;

  constructor(message: string, refusedBy?: string) {
    super(message);
    this.refusedBy = refusedBy;
  }
}

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: Readonly<Record<string, string>> }[];
  readonly users?: readonly { readonly user: Readonly<Record<string, string>> }[];
}

const TIMEOUT_MS = 30_000;

/** @param kubeconfig YAML. */
export function apiClient(system: GuestSystem, kubeconfig: string, signal: AbortSignal): ApiClient {
  const { clusters, users = [] } = parse(kubeconfig) as Kubeconfig;
  const [cluster, user] = [clusters[0]?.cluster ?? {}, users[0]?.user ?? {}];
  const server = cluster['server'] ?? '';
  const decode = (value: string | undefined): string | undefined =>
    value === undefined ? undefined : Buffer.from(value, 'base64').toString();

  const send = async ({ method = 'GET', path, body, contentType }: ApiRequest): Promise<ApiAnswer> => {
    const url = new URL(path, server);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const dialled = system.dial(host, Number(url.port === '' ? 443 : url.port));
    if (dialled.kind !== 'connected') {
      const isRefused = dialled.kind === 'refused';
      const reason = isRefused ? 'connection refused' : 'no route to host';
      throw new ApiUnreachable(`dial tcp ${url.host}: connect: ${reason}`, isRefused ? url.host : undefined);
    }
    try {
      const answer = await httpOver({
        stream: dialled.stream,
        url,
        method,
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': contentType ?? 'application/json' }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
        tls: {
          isInsecure: false,
          ca: decode(cluster['certificate-authority-data']),
          cert: decode(user['client-certificate-data']),
          key: decode(user['client-key-data']),
        },
      });
      return { status: answer.status, text: answer.body.toString() };
    } catch (error) {
      throw new ApiUnreachable((error as Error).message);
    }
  };
  return { server, send };
}

/** What the API says of a request that it refused. */
export function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text;
  }
}
