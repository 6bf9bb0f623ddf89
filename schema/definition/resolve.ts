/** Fills in every default of a definition. */
import type {
  ClusterDefinition,
  ClusterType,
  SecurityConfiguration,
  ValidationConfiguration,
} from '../../domain/cluster-definition.js';
import { given, type Known, section, whenKnown } from '../known.js';
import { DEFAULTS, defaultEncryption, defaultHealthChecks } from './defaults.js';
import { type NetworkDefaults, resolveNetwork } from './resolve-network.js';
import { resolveNodeGroup } from './resolve-node-group.js';
import { resolvePlatform } from './resolve-platform.js';
import { resolveServices } from './resolve-services.js';
import { servedRange } from './served-range.js';
import type { DefinitionInput } from './shape.js';

/** A definition as far as it is known; without holes it is a `ClusterDefinition`. */
export type DefinitionDraft = NonNullable<Known<ClusterDefinition>>;

export function resolveDefinition(input: Known<DefinitionInput>, defaults: NetworkDefaults): DefinitionDraft {
  const type = given(input, 'type', undefined);
  const version = given(input, 'version', undefined);
  const bootMethod = given(input, 'bootMethod', DEFAULTS.bootMethod);
  const groups = given(input, 'nodeGroups', undefined);
  const services = given(input, 'services', []);
  const ipRange = servedRange(input, defaults) ?? defaults.ipRange;
  const network = resolveNetwork(section(input, 'network'), type, { ...defaults, ipRange });
  return {
    name: given(input, 'name', undefined),
    type,
    version,
    bootMethod,
    network,
    nodeGroups: groups?.map((group) => resolveNodeGroup(group, type, bootMethod)),
    services: resolveServices(services, {
      type,
      publicNetwork: defaults.publicNetwork,
      domain: network.domain,
      hasBastion: hasBastion(groups),
    }),
    security: resolveSecurity(section(input, 'security'), type),
    validation: resolveValidation(section(input, 'validation'), type),
    platformConfig: resolvePlatform(section(input, 'platformConfig'), type, version),
    onFailure: given(input, 'onFailure', DEFAULTS.onFailure),
    deadlineMinutes: given(input, 'deadlineMinutes', null),
    protected: given(input, 'protected', false),
  };
}

function resolveSecurity(
  input: Known<NonNullable<DefinitionInput['security']>>,
  type: ClusterType | undefined,
): NonNullable<Known<SecurityConfiguration>> {
  return {
    encryptSecretsAtRest: given(input, 'encryptSecretsAtRest', whenKnown(type, defaultEncryption)),
    sshAuthorizedKeys: given(input, 'sshAuthorizedKeys', []),
  };
}

function resolveValidation(
  input: Known<NonNullable<DefinitionInput['validation']>>,
  type: ClusterType | undefined,
): NonNullable<Known<ValidationConfiguration>> {
  return {
    waitForCluster: given(input, 'waitForCluster', DEFAULTS.waitForCluster),
    timeoutMinutes: given(input, 'timeoutMinutes', DEFAULTS.timeoutMinutes),
    healthChecks: given(input, 'healthChecks', whenKnown(type, defaultHealthChecks)),
  };
}

function hasBastion(groups: Known<DefinitionInput['nodeGroups']>): boolean | undefined {
  if (groups?.some((group) => group?.role === 'BASTION')) return true;
  return groups === undefined || groups.some((group) => group?.role === undefined) ? undefined : false;
}
