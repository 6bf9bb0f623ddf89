/** What must not be said twice. */
import { duplicates, knownGroups, type Rule, servicesOf, servicesWithMachines } from './rule.js';

const itself = (text: string | undefined): string | undefined => text;

export const groupNamesAreUnique: Rule = (draft) =>
  duplicates(draft.nodeGroups, ['nodeGroups'], (group) => group?.name, 'name');

export const serviceNamesAreUnique: Rule = (draft) =>
  duplicates(draft.services, ['services'], (service) => service?.name, 'name');

export const listsHaveNoRepeats: Rule = (draft) => [
  ...duplicates(draft.network?.nameservers, ['network', 'nameservers'], itself),
  ...duplicates(draft.security?.sshAuthorizedKeys, ['security', 'sshAuthorizedKeys'], itself),
  ...duplicates(draft.validation?.healthChecks, ['validation', 'healthChecks'], itself),
  ...(draft.services ?? []).flatMap((service, index) =>
    duplicates(service?.dependsOn, ['services', index, 'dependsOn'], itself),
  ),
  ...servicesOf(draft, 'LOAD_BALANCER').flatMap(({ service: { configuration }, path }) =>
    duplicates(configuration?.services, [...path, 'services'], itself),
  ),
  ...servicesWithMachines(draft).flatMap(({ machines, index }) =>
    duplicates(machines.targetNodes, ['services', index, 'configuration', 'machines', 'targetNodes'], itself),
  ),
  ...knownGroups(draft).flatMap(({ group, index }) => {
    const path = ['nodeGroups', index] as const;
    return [
      ...duplicates(group.tags, [...path, 'tags'], itself),
      ...duplicates(group.placement?.targetNodes, [...path, 'placement', 'targetNodes'], itself),
      ...duplicates(group.placement?.preferredNodes, [...path, 'placement', 'preferredNodes'], itself),
      ...duplicates(
        group.template?.cloudInit?.sshAuthorizedKeys,
        [...path, 'template', 'cloudInit', 'sshAuthorizedKeys'],
        itself,
      ),
      // Kubernetes keeps one taint a key and effect.
      ...duplicates(group.taints, [...path, 'taints'], (taint) =>
        taint?.key === undefined || taint.effect === undefined ? undefined : `${taint.key}:${taint.effect}`,
      ),
    ];
  }),
];
