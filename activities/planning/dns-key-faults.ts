/** Keys of DNS servers that records are written with: definitions name them, the worker's configuration has them. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { Fault } from '../../domain/errors.js';
import type { TsigAlgorithm } from '../../domain/services/configuration.js';
import { recordsServerOf } from '../../domain/services/name-server.js';

/** The algorithm of each, by the name that `keySecret` means it by. Planning needs no secrets. */
export type DnsKeyAlgorithms = ReadonlyMap<string, TsigAlgorithm>;

/** It is said before there are machines, which would all wait for the records. */
export function dnsKeyFaults(
  { services }: Pick<ClusterDefinition, 'services'>,
  keys: DnsKeyAlgorithms,
): Fault[] {
  return services.flatMap((service, index): Fault[] => {
    const server = recordsServerOf(service);
    if (server === null) return [];
    const { keyName, keyAlgorithm, keySecret } = server;
    const algorithm = keys.get(keySecret);
    if (algorithm === keyAlgorithm) return [];
    const at = (field: string, detail: string): Fault[] => [
      { pointer: `/services/${index}/configuration/server/${field}`, detail, code: 'DNS_KEY_UNKNOWN' },
    ];
    return algorithm === undefined
      ? at('keySecret', `DNS_KEYS has no "${keySecret}", which holds the secret of the key "${keyName}"`)
      : at('keyAlgorithm', `is ${keyAlgorithm}, and "${keySecret}" in DNS_KEYS is for ${algorithm}`);
  });
}
