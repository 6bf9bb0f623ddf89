/** What depends on the distribution. */
import { versionObjection } from '../../domain/versions.js';
import { k3sPlatform } from '../definition/k3s-platform.js';
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

export const k3sPlatformIsKnown: Rule = ({ type, platformConfig }) => {
  if (type !== 'K3S' || platformConfig === undefined) return [];
  const result = k3sPlatform.safeParse(platformConfig);
  if (!result.success) {
    return shapeFaults(result.error, platformConfig).map(({ path, detail }) =>
      faultAt(['platformConfig', ...path], detail),
    );
  }
  return duplicates(result.data.disable, ['platformConfig', 'disable'], (component) => component);
};
