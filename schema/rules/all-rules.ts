/** Every cross-field rule of a definition. */
import { balancedServicesAreThere, balancerAddressIsFree, balancerFitsItsKind } from './load-balancer.js';
import {
  clusterOperatorsAreForOkd,
  encryptionIsPossible,
  platformConfigIsKnown,
  versionIsSupported,
} from './distribution.js';
import { dnsFitsItsKind, zoneHoldsTheDomain } from './dns.js';
import { controlPlaneHasOneAddress } from './api-address.js';
import { dhcpRangesFit } from './dhcp.js';
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
import { okdCanBeInstalled } from './okd.js';
import { publicAddressIsFree } from './public-side.js';
import type { Rule } from './rule.js';
import {
  bastionServesNetworkBoot,
  serviceMachinesHaveNames,
  virtualNamesAreFree,
} from './service-machines.js';
import {
  addressesAreServedOnce,
  servicesAreNotRivals,
  servicesDependOnKnownOnes,
  servicesHaveNoCycle,
  startupOrderFollowsDependencies,
} from './services.js';
import { storageFitsItsKind } from './storage.js';
import { groupNamesAreUnique, listsHaveNoRepeats, serviceNamesAreUnique } from './uniqueness.js';
import { virtualAddressesAreInSubnet, virtualAddressesAreUnique } from './virtual-addresses.js';

/** Each is independent of the others, so that all faults are found at once. */
export const ALL_RULES: readonly Rule[] = [
  groupNamesAreUnique,
  serviceNamesAreUnique,
  listsHaveNoRepeats,
  versionIsSupported,
  clusterOperatorsAreForOkd,
  platformConfigIsKnown,
  encryptionIsPossible,
  controlPlaneHasQuorum,
  onlyWorkersMayBeNone,
  bootstrapIsForOkd,
  okdCanBeInstalled,
  controlPlaneHasOneAddress,
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
  servicesAreNotRivals,
  addressesAreServedOnce,
  serviceMachinesHaveNames,
  virtualNamesAreFree,
  bastionServesNetworkBoot,
  balancerFitsItsKind,
  balancerAddressIsFree,
  balancedServicesAreThere,
  publicAddressIsFree,
  dnsFitsItsKind,
  zoneHoldsTheDomain,
  dhcpRangesFit,
  storageFitsItsKind,
];
