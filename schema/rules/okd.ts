/** What the installation of OKD insists on (https://docs.okd.io, "Installing on any platform"). */
import type { Fault } from '../../domain/errors.js';
import type { BalancedService } from '../../domain/services/configuration.js';
import { faultAt, knownGroups, mayHaveService, type Rule, servicesOf } from './rule.js';

export const okdCanBeInstalled: Rule = (draft) => {
  if (draft.type !== 'OKD') return [];
  return [
    ...bootstrapFaults(draft),
    ...controlPlaneFaults(draft),
    ...bootFaults(draft),
    ...balancerFaults(draft),
  ];
};

const bootstrapFaults: Rule = (draft) => {
  const { nodeGroups } = draft;
  if (nodeGroups === undefined) return [];
  const groups = knownGroups(draft).filter(({ group }) => group.role === 'BOOTSTRAP');
  if (groups.length === 0 && nodeGroups.every((group) => group?.role !== undefined))
    return [faultAt(['nodeGroups'], 'must have a group with the role BOOTSTRAP and one machine for OKD')];
  return groups.flatMap(({ group: { lifecycle }, index }) =>
    lifecycle?.temporary === false
      ? [
          faultAt(
            ['nodeGroups', index, 'lifecycle', 'temporary'],
            'must be true: its machine would go on answering in the place of the control plane',
          ),
        ]
      : [],
  );
};

const controlPlaneFaults: Rule = (draft) => {
  const members = knownGroups(draft).filter(({ group }) => group.role === 'CONTROL_PLANE');
  if (members.some(({ group }) => group.count === undefined)) return [];
  const total = members.reduce((sum, { group }) => sum + (group.count ?? 0), 0);
  // Even numbers are refused for every distribution.
  if (total <= 3 || total % 2 === 0) return [];
  const [only, ...others] = members;
  const path =
    only !== undefined && others.length === 0 ? ['nodeGroups', only.index, 'count'] : ['nodeGroups'];
  return [faultAt(path, `makes ${total} control-plane machines; OKD is installed with 1 or 3`)];
};

/** Its operating system is put on the disk by the installer that the machine boots. */
const bootFaults: Rule = (draft) =>
  knownGroups(draft).flatMap(({ group: { role, boot }, index }): Fault[] => {
    const method = boot?.method;
    if (role === undefined || role === 'BASTION' || method === undefined) return [];
    if (method === 'PXE' || method === 'ISO') return [];
    return [
      faultAt(['nodeGroups', index, 'boot', 'method'], `is ${method}; machines of OKD boot by PXE or ISO`),
    ];
  });

/** The machines find each other only by names that lead to it, also while there is one control-plane machine. */
const NEEDED: readonly BalancedService[] = ['api', 'ingress', 'machine-config'];

const balancerFaults: Rule = (draft) => {
  if (!mayHaveService(draft, 'LOAD_BALANCER'))
    return [faultAt(['services'], `must have a LOAD_BALANCER for OKD, for ${NEEDED.join(', ')}`)];
  return servicesOf(draft, 'LOAD_BALANCER').flatMap(({ service: { configuration }, path }): Fault[] => {
    if (configuration?.kind === 'KUBE_VIP')
      return [
        faultAt([...path, 'kind'], 'KUBE_VIP cannot lead to the bootstrap machine; use HAPROXY or EXTERNAL'),
      ];
    const forwarded = configuration?.services;
    if (forwarded === undefined || forwarded.includes(undefined)) return [];
    const missing = NEEDED.filter((name) => !forwarded.includes(name));
    return missing.length === 0
      ? []
      : [faultAt([...path, 'services'], `must have ${missing.join(', ')} as well for OKD`)];
  });
};
