/** What depends on the distribution. */
import { versionObjection } from '../../domain/versions.js';
import { PLATFORM_SHAPES } from '../definition/platforms/shapes.js';
import { shapeFaults } from '../shape-faults.js';
import { duplicates, faultAt, type Rule } from './rule.js';

export const versionIsSupported: Rule = ({ type, version }) => {
  if (type === undefined || version === undefined) return [];
  const objection = versionObjection(type, version);
  return objection === null ? [] : [faultAt(['version'], objection)];
};

export const clusterOperatorsAreForOkd: Rule = ({ type, validation }) => {
  if (type === undefined || type === 'OKD') return [];
  return (validation?.healthChecks ?? []).flatMap((check, index) =>
    check === 'cluster-operators'
      ? [
          faultAt(
            ['validation', 'healthChecks', index],
            `is a check for OKD; ${type} has no cluster operators`,
          ),
        ]
      : [],
  );
};

export const platformConfigIsKnown: Rule = ({ type, platformConfig }) => {
  if (type === undefined || platformConfig === undefined) return [];
  const result = PLATFORM_SHAPES[type].safeParse(platformConfig);
  if (!result.success) {
    return shapeFaults(result.error, platformConfig).map(({ path, detail }) =>
      faultAt(['platformConfig', ...path], detail),
    );
  }
  const { disable } = result.data as { readonly disable?: readonly string[] };
  return duplicates(disable, ['platformConfig', 'disable'], (component) => component);
};

/** RKE2 and Talos always do it; OKD is asked for it when it runs. */
export const encryptionIsPossible: Rule = ({ type, security }) => {
  const path = ['security', 'encryptSecretsAtRest'];
  if ((type === 'RKE2' || type === 'TALOS') && security?.encryptSecretsAtRest === false)
    return [faultAt(path, `must be true: ${type} always encrypts them`)];
  if (type === 'OKD' && security?.encryptSecretsAtRest === true)
    return [faultAt(path, 'must be false: OKD is asked for it when it runs')];
  return [];
};
