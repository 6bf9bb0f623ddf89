/** The names of a cluster, all below `<cluster>.<domain>`; OKD asks for exactly these. */
import { expectClusterName, expectDomain } from '../network/expectations.js';
import { apiNames, clusterDomain } from './cluster-names.js';
import { checkedRecords, type DnsRecord } from './dns-record.js';

export interface ClusterNames {
  readonly cluster: string;
  /** What the cluster's own domain is below, such as `lab.internal`. */
  readonly domain: string;
  /** Where those who ask reach the API. In the cluster's network that is the inner address, outside of it the public one. */
  readonly api: string;
  /** Where the cluster's own machines reach it. */
  readonly apiInternal: string;
  /** Where applications are reached; `null`: nothing forwards to them. */
  readonly ingress: string | null;
  readonly nodes: readonly NamedNode[];
}

export interface NamedNode {
  /** Host name without a domain. */
  readonly name: string;
  readonly address: string;
}

/**
 * `api`, `api-int`, `*.apps` and one record for each node.
 * @throws `INVALID_REQUEST`
 */
export function clusterRecords(names: ClusterNames): readonly DnsRecord[] {
  expectClusterName(names.cluster);
  expectDomain(names.domain);
  const domain = clusterDomain(names);
  const [api, apiInternal] = apiNames(names);
  return checkedRecords([
    { name: api, address: names.api },
    { name: apiInternal, address: names.apiInternal },
    ...(names.ingress === null ? [] : [{ name: `*.apps.${domain}`, address: names.ingress }]),
    ...names.nodes.map(({ name, address }) => ({ name: `${name}.${domain}`, address })),
  ]);
}
