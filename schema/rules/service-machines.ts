/** Machines of services, and how they are told apart from all others. */
import { nodeName } from '../../domain/ids.js';
import { faultAt, knownGroups, type Rule, servicesOf, servicesWithMachines } from './rule.js';
import { MAX_HOST_NAME } from './machines.js';

/** They are named like those of a node group that has the service's name. */
export const serviceMachinesHaveNames: Rule = (draft) =>
  servicesWithMachines(draft).flatMap(({ name, index, machines }) => {
    if (name === undefined) return [];
    const path = ['services', index, 'name'];
    if (knownGroups(draft).some(({ group }) => group.name === name))
      return [faultAt(path, `is the name of a node group; the machines of both would have the same names`)];
    if (draft.name === undefined) return [];
    const longest = nodeName(draft.name, name, machines.count ?? 1);
    if (longest.length <= MAX_HOST_NAME) return [];
    const detail = `makes the host name "${longest}" of ${longest.length} characters; ${MAX_HOST_NAME} are the most`;
    return [faultAt(path, detail)];
  });

/** A load balancer leases its addresses by its own name. */
export const virtualNamesAreFree: Rule = (draft) => {
  const taken = servicesOf(draft, 'LOAD_BALANCER').flatMap(({ service: { name } }) =>
    name === undefined ? [] : [name, `${name}-public`],
  );
  return (draft.network?.virtualAddresses ?? []).flatMap((one, index) =>
    one?.name !== undefined && taken.includes(one.name)
      ? [faultAt(['network', 'virtualAddresses', index, 'name'], "is the name of a load balancer's address")]
      : [],
  );
};

/** Two machines that serve network boot would contradict each other. */
export const bastionServesNetworkBoot: Rule = (draft) => {
  if (draft.nodeGroups === undefined || draft.nodeGroups.some((group) => group?.role === undefined))
    return [];
  const hasBastion = knownGroups(draft).some(({ group }) => group.role === 'BASTION');
  return servicesOf(draft, 'PXE_BOOT').flatMap(({ service: { configuration }, path }) => {
    const machines = configuration?.machines;
    if (machines === undefined || (machines === null) === hasBastion) return [];
    const detail = hasBastion
      ? 'must be left out: the machine of the BASTION group serves'
      : 'must not be null: there is no BASTION group whose machine could serve';
    return [faultAt([...path, 'machines'], detail)];
  });
};
