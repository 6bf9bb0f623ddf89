/** Which host answers at which endpoint, from what the cluster says about itself. */
import type { Endpoint } from './endpoint.js';
import type { ClusterStatus } from './records.js';

/**
 * The host that answered is marked as `local`; the others are told by their addresses, unless several share one.
 * @param text the answer to `GET /cluster/status`.
 */
export function ownNodes(
  endpoints: readonly Endpoint[],
  answering: Endpoint,
  text: string,
): [Endpoint, string][] {
  const { data } = JSON.parse(text) as { data?: readonly ClusterStatus[] | null };
  const nodes = (data ?? []).filter(({ type }) => type === 'node');
  const others = endpoints.filter((endpoint) => endpoint !== answering);
  const hostOf = ({ origin }: Endpoint): string => new URL(origin).hostname;
  const found = nodes.flatMap(({ name, ip, local }): [Endpoint, string][] => {
    if (local === 1) return [[answering, name]];
    const at = others.filter((endpoint) => hostOf(endpoint) === ip);
    const isAlone = nodes.filter((node) => node.ip === ip).length === 1;
    const [only] = at;
    return only !== undefined && at.length === 1 && isAlone ? [[only, name]] : [];
  });
  return found;
}
