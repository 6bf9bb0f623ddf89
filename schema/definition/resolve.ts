/** Fills in every default of a definition. */
import type {
  ClusterDefinition,
  ClusterType,
  SecurityConfiguration,
  ValidationConfiguration,
} from '../../domain/cluster-definition.js';
import { given, type Known, section, whenKnown } from '../known.js';
import { DEFAULTS, defaultEncryption, defaultHealthChecks } from './defaults.js';
import type { K3sPlatformInput } from './k3s-platform.js';
import { type NetworkDefaults, resolveNetwork } from './resolve-network.js';
import { resolveNodeGroup } from './resolve-node-group.js';
import { resolveServices } from './resolve-services.js';
import type { DefinitionInput } from './shape.js';

/** A definition as far as it is known; without holes it is a `ClusterDefinition`. */
export type DefinitionDraft = NonNullable<Known<ClusterDefinition>>;

export function resolveDefinition(input: Known<DefinitionInput>, defaults: NetworkDefaults): DefinitionDraft {
  const type = given(input, 'type', undefined);
  const bootMethod = given(input, 'bootMethod', DEFAULTS.bootMethod);
  return {
    name: given(input, 'name', undefined),
    type,
    version: given(input, 'version', undefined),
    bootMethod,
    network: resolveNetwork(section(input, 'network'), type, defaults),
    nodeGroups: given(input, 'nodeGroups', undefined)?.map((group) => resolveNodeGroup(group, bootMethod)),
    services: resolveServices(given(input, 'services', [])),
    security: resolveSecurity(section(input, 'security'), type),
    validation: resolveValidation(section(input, 'validation'), type),
    platformConfig: resolvePlatformConfig(section(input, 'platformConfig'), type),
    onFailure: given(input, 'onFailure', DEFAULTS.onFailure),
    deadlineMinutes: given(input, 'deadlineMinutes', null),
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

function resolvePlatformConfig(
  input: Known<NonNullable<DefinitionInput['platformConfig']>>,
  type: ClusterType | undefined,
): DefinitionDraft['platformConfig'] {
  if (input === undefined || type !== 'K3S') return input;
  const config: Known<K3sPlatformInput> = input;
  // The fields that K3s does not have are kept: the rule that judges them reads this draft.
  return {
    ...input,
    disable: given(config, 'disable', []),
    flannelBackend: given(config, 'flannelBackend', DEFAULTS.flannelBackend),
  };
}
