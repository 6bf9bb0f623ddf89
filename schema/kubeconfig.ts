/** Kubeconfigs: from the one that a distribution leaves on its machine to one that works from elsewhere. */
import { parse, stringify } from 'yaml';
import * as z from 'zod';
import { fail } from '../domain/errors.js';

const cluster = z.looseObject({ server: z.url() });

const kubeconfig = z.looseObject({
  clusters: z.tuple([z.looseObject({ cluster })]),
  users: z.tuple([z.looseObject({ user: z.record(z.string(), z.unknown()) })]),
});

export interface KubeconfigOptions {
  /** Name that cluster, user and context get. */
  readonly cluster: string;
  /** Address under which the API is reached, without scheme and port. */
  readonly address: string;
  /** The name that its certificate is for, where that is not its address. */
  readonly serverName?: string;
}

/** @throws `STEP_NOT_VERIFIED` when the text is not a kubeconfig with one cluster and one user. */
export function publicKubeconfig(
  text: string,
  { cluster: name, address, serverName }: KubeconfigOptions,
): string {
  const [inner, user] = contentOf(text);
  const server = new URL(inner.server);
  server.hostname = address.includes(':') ? `[${address}]` : address;
  const checked = serverName === undefined ? {} : { 'tls-server-name': serverName };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { ...inner, ...checked, server: server.origin } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}

/**
 * The kubeconfig for somebody who reaches the API through a proxy. Added on use, not kept: the way to the machines may
 * change, and a cluster outlives it.
 * @param proxyUrl `socks5://host:port`, or `null` for none.
 */
export function throughProxy(text: string, proxyUrl: string | null): string {
  if (proxyUrl === null) return text;
  const file = parse(text) as { clusters: { cluster: object }[] };
  const clusters = file.clusters.map((entry) => ({
    ...entry,
    cluster: { ...entry.cluster, 'proxy-url': proxyUrl },
  }));
  return stringify({ ...file, clusters });
}

/** Where the API of a kubeconfig is reached, and the name that its certificate is for where that is another one. */
export function apiOf(text: string): Pick<KubeconfigOptions, 'address' | 'serverName'> {
  const [{ server, 'tls-server-name': serverName }] = contentOf(text);
  const address = new URL(server).hostname.replace(/^\[|\]$/g, '');
  return { address, ...(typeof serverName === 'string' ? { serverName } : {}) };
}

function contentOf(text: string): [z.infer<typeof cluster>, Record<string, unknown>] {
  const parsed = kubeconfig.safeParse(parseYaml(text));
  if (!parsed.success) throw fail('STEP_NOT_VERIFIED', 'the file on the machine is not a kubeconfig');
  const [[{ cluster: inner }], [{ user }]] = [parsed.data.clusters, parsed.data.users];
  return [inner, user];
}

function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
