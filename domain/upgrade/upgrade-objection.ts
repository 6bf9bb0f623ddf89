/** Why an upgrade is refused before anything is looked at: by the definition and what is recorded of the nodes. */
import type { ClusterDefinition, ClusterType } from '../cluster-definition.js';
import type { ErrorCode } from '../errors.js';
import type { NodeRecord } from '../step-record.js';
import { exampleVersion, minorReleases, versionObjection } from '../versions.js';
import { nodeVersions } from './node-versions.js';
import type { UpgradeRequest } from './upgrade-request.js';
import { planHops, type HopPlan } from './version-hops.js';

export interface Objection {
  readonly code: ErrorCode;
  readonly detail: string;
}

export interface UpgradedCluster {
  readonly definition: ClusterDefinition;
  readonly nodes: readonly NodeRecord[];
  /** Whether the distribution says how it is upgraded. */
  readonly isUpgradable: boolean;
}

/** @returns `null` when nothing speaks against it; asking for what is there already is nothing wrong. */
export function upgradeObjection(
  { definition, nodes, isUpgradable }: UpgradedCluster,
  { version, via, strategy }: Pick<UpgradeRequest, 'version' | 'via' | 'strategy'>,
): Objection | null {
  const { type, platformConfig } = definition;
  if (!isUpgradable) {
    return { code: 'UPGRADE_NOT_AVAILABLE', detail: notUpgraded(type, version) };
  }
  if (typeof platformConfig['airGapUrl'] === 'string') {
    const detail = 'its machines install from "airGapUrl", which holds the files of one release';
    return { code: 'UPGRADE_NOT_AVAILABLE', detail };
  }
  for (const text of [version, ...via]) {
    const objection = versionObjection(type, text);
    if (objection !== null) return { code: 'UPGRADE_REFUSED', detail: `"${text}" ${objection}` };
  }
  const versions = nodeVersions(nodes, definition);
  const controlPlane = versions.controlPlane.length === 0 ? [definition.version] : versions.controlPlane;
  return hopsObjection(type, planHops({ ...versions, controlPlane, type, target: version, via, strategy }));
}

function notUpgraded(type: ClusterType, version: string): string {
  const refused = `${type} is not upgraded by this service`;
  // It never leaves that to others, and undoes what others do to its machines.
  return type === 'OKD'
    ? `${refused}: its own operators do it once they are told to, by "oc adm upgrade --to=${version}"`
    : refused;
}

/** The same for a plan that was made of what the nodes say themselves. */
export function hopsObjection(type: ClusterType, plan: HopPlan): Objection | null {
  switch (plan.kind) {
    case 'ok':
      return null;
    case 'refused':
      return { code: 'UPGRADE_REFUSED', detail: plan.detail };
    case 'missing': {
      const releases = minorReleases(type, plan.minors);
      const detail = `name a release of ${releases} in "via", written such as "${exampleVersion(type)}"`;
      return { code: 'UPGRADE_HOP_MISSING', detail };
    }
  }
}
