/** How machines get out of their subnet. */
import type { Fault } from '../../domain/errors.js';
import { faultAt, knownGroups, mayHaveService, type Rule, servicesOf } from './rule.js';

export const egressHasItsMeans: Rule = (draft) => {
  const { network } = draft;
  if (network?.egress === undefined) return [];
  switch (network.egress) {
    case 'GATEWAY':
      return network.gateway === null
        ? [faultAt(['network', 'egress'], 'GATEWAY needs a gateway; give one, or another egress')]
        : [];
    case 'NONE':
      return withoutGateway(network.gateway, 'NONE');
    case 'BASTION':
      return [...withoutGateway(network.gateway, 'BASTION'), ...bastionFaults(draft)];
    case 'LOAD_BALANCER':
      return [...withoutGateway(network.gateway, 'LOAD_BALANCER'), ...balancerFaults(draft)];
  }
};

function withoutGateway(gateway: string | null | undefined, egress: string): Fault[] {
  return typeof gateway === 'string'
    ? [faultAt(['network', 'gateway'], `${gateway} must be null where the egress is ${egress}`)]
    : [];
}

/** The machine that translates is in both networks: in the cluster's like any other, and in the one behind its own gateway. */
const bastionFaults: Rule = (draft) => {
  if (draft.nodeGroups?.some((group) => group?.role === undefined)) return [];
  const bastions = knownGroups(draft).filter(({ group }) => group.role === 'BASTION');
  if (bastions.length === 0)
    return [faultAt(['network', 'egress'], 'BASTION needs a group with the role BASTION')];
  return bastions.flatMap(({ group: { network }, index }) => {
    const path = ['nodeGroups', index, 'network'];
    const faults: Fault[] = [];
    const isDualHomed = network?.interfaces?.some((one) => one === undefined || one.gateway !== null);
    if (isDualHomed === false) {
      faults.push(
        faultAt(
          [...path, 'interfaces'],
          'must have one with a gateway: the other machines leave their subnet there',
        ),
      );
    }
    const vlan = network?.privateVLAN;
    if (
      typeof vlan === 'number' &&
      draft.network?.privateVLAN !== undefined &&
      vlan !== draft.network.privateVLAN
    ) {
      faults.push(
        faultAt(
          [...path, 'privateVLAN'],
          "must be the cluster's: the other machines reach the bastion in their subnet",
        ),
      );
    }
    return faults;
  });
};

/** Likewise: its machines stand in the cluster's network, and in one behind a gateway. */
const balancerFaults: Rule = (draft) => {
  const path = ['network', 'egress'];
  if (!mayHaveService(draft, 'LOAD_BALANCER'))
    return [faultAt(path, 'LOAD_BALANCER needs a service of the type LOAD_BALANCER')];
  return servicesOf(draft, 'LOAD_BALANCER').flatMap(
    ({ service: { configuration }, path: service }): Fault[] => {
      if (configuration?.kind === undefined) return [];
      if (configuration.kind !== 'HAPROXY')
        return [
          faultAt(path, `LOAD_BALANCER needs one of the kind HAPROXY: ${configuration.kind} has no machines`),
        ];
      const side = configuration.publicSide;
      if (side === null)
        return [
          faultAt([...service, 'dualHomed'], 'must be true: the other machines leave their subnet there'),
        ];
      return side?.gateway === null
        ? [
            faultAt(
              [...service, 'publicSide', 'gateway'],
              'is required: the other machines leave their subnet there',
            ),
          ]
        : [];
    },
  );
};
