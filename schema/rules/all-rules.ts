/** Every cross-field rule of a definition. */
import { clusterOperatorsAreForOkd, k3sPlatformIsKnown, versionIsSupported } from './distribution.js';
import { egressHasItsMeans } from './egress.js';
import { firewallRulesAreSound } from './firewall.js';
import {
  interfaceNamesAreUnique,
  interfaceRangesAreUsable,
  interfacesAreComplete,
  interfaceSubnetsAreApart,
  machinesHaveOneDefaultRoute,
  sharedSubnetsAgree,
} from './interfaces.js';
import {
  bootstrapIsForOkd,
  controlPlaneHasQuorum,
  hostNamesFit,
  machinesAreNotTooMany,
  onlyWorkersMayBeNone,
  templatesAreNamed,
} from './machines.js';
import {
  bridgesHaveOneVlan,
  gatewayIsInSubnet,
  networksAreApart,
  networksAreOfOneFamily,
  podCidrHasRoom,
  rangeIsUsable,
  serviceCidrFitsApiServer,
  vlanIsNamed,
} from './network.js';
import type { Rule } from './rule.js';
import {
  servicesDependOnKnownOnes,
  servicesHaveNoCycle,
  startupOrderFollowsDependencies,
} from './services.js';
import { groupNamesAreUnique, listsHaveNoRepeats, serviceNamesAreUnique } from './uniqueness.js';
import { virtualAddressesAreInSubnet, virtualAddressesAreUnique } from './virtual-addresses.js';

/** Each is independent of the others, so that all faults are found at once. */
export const ALL_RULES: readonly Rule[] = [
  groupNamesAreUnique,
  serviceNamesAreUnique,
  listsHaveNoRepeats,
  versionIsSupported,
  clusterOperatorsAreForOkd,
  k3sPlatformIsKnown,
  controlPlaneHasQuorum,
  onlyWorkersMayBeNone,
  bootstrapIsForOkd,
  machinesAreNotTooMany,
  hostNamesFit,
  templatesAreNamed,
  vlanIsNamed,
  bridgesHaveOneVlan,
  gatewayIsInSubnet,
  egressHasItsMeans,
  rangeIsUsable,
  virtualAddressesAreUnique,
  virtualAddressesAreInSubnet,
  interfaceNamesAreUnique,
  interfacesAreComplete,
  interfaceRangesAreUsable,
  interfaceSubnetsAreApart,
  sharedSubnetsAgree,
  machinesHaveOneDefaultRoute,
  firewallRulesAreSound,
  networksAreApart,
  networksAreOfOneFamily,
  podCidrHasRoom,
  serviceCidrFitsApiServer,
  servicesDependOnKnownOnes,
  servicesHaveNoCycle,
  startupOrderFollowsDependencies,
];
