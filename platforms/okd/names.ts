/** Where an OKD cluster is reached, and where its install programme works. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { apiNames } from '../../domain/dns/cluster-names.js';

type Named = Pick<ClusterDefinition, 'name' | 'network'>;

/** The name that the serving certificate of the API is for, whatever address it is reached by. */
export function apiName(definition: Named): string {
  return namesOf(definition)[0];
}

/** Machines know the API and the machine-config server by this name, and by no address. */
export function internalApiName(definition: Named): string {
  return namesOf(definition)[1];
}

/** On the machine that the install programme runs on. */
export function installFolder(cluster: string): string {
  return `/var/lib/clusterwright/okd/${cluster}`;
}

/** Who asks for a node's first certificate: the account whose token Ignition gives to new machines. */
export const BOOTSTRAP_USER = 'system:serviceaccount:openshift-machine-config-operator:node-bootstrapper';

function namesOf({ name: cluster, network: { domain } }: Named): readonly [outside: string, inside: string] {
  return apiNames({ cluster, domain });
}
