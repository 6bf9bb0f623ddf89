/** Makes a kubeconfig that works from elsewhere of the one that a distribution leaves on its machine. */
import { parse, stringify } from 'yaml';
import { fail } from '../../domain/errors.js';

interface KubeconfigFile {
  clusters: { name: string; cluster: Record<string, unknown> & { server: string } }[];
  users: { name: string; user: unknown }[];
  contexts: { name: string; context: Record<string, unknown> & { cluster: string; user: string } }[];
  'current-context': string;
}

export interface KubeconfigOptions {
  /** Name that cluster, user and context get. */
  readonly cluster: string;
  /** Address under which the API is reached, without scheme and port. */
  readonly address: string;
  /** `socks5://host:port` through which it is reached, if any. */
  readonly proxyUrl: string | null;
}

/** @throws `STEP_NOT_VERIFIED` when the text is not a kubeconfig with one cluster and one user. */
export function publicKubeconfig(text: string, options: KubeconfigOptions): string {
  const { cluster: name, address, proxyUrl } = options;
  const file = parse(text) as Partial<KubeconfigFile> | null;
  const [cluster, user] = [file?.clusters?.[0], file?.users?.[0]];
  if (typeof cluster?.cluster?.server !== 'string' || user === undefined) {
    throw fail('STEP_NOT_VERIFIED', 'the file on the machine is not a kubeconfig');
  }
  const server = new URL(cluster.cluster.server);
  server.hostname = address.includes(':') ? `[${address}]` : address;
  const proxy = proxyUrl === null ? {} : { 'proxy-url': proxyUrl };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { ...cluster.cluster, server: server.origin, ...proxy } }],
    users: [{ name, user: user.user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}
