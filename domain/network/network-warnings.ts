/** What an operator should know about the network before the machines are made. */
import type { ClusterDefinition } from '../cluster-definition.js';

export function networkWarnings({ network }: Pick<ClusterDefinition, 'network'>): string[] {
  if (network.egress !== 'NONE') return [];
  return [
    `the machines reach nothing outside of ${network.cidr}: packages, the installer and images have to be served inside of it`,
  ];
}
