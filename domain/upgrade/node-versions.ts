/** Which versions the nodes of a cluster have, by what is recorded of them. */
import type { ClusterDefinition, ClusterType } from '../cluster-definition.js';
import { fail } from '../errors.js';
import { compareVersions, parseVersion, type ClusterVersion } from '../versions.js';
import type { NodeRecord } from '../step-record.js';

export interface NodeVersions {
  readonly controlPlane: readonly string[];
  readonly workers: readonly string[];
}

type Versioned = Pick<NodeRecord, 'role' | 'version'>;

/** Of a node whose version was not recorded it is that of the definition. */
export function nodeVersions(
  nodes: readonly Versioned[],
  { version }: Pick<ClusterDefinition, 'version'>,
): NodeVersions {
  const of = (...roles: readonly string[]): string[] =>
    nodes.filter(({ role }) => roles.includes(role)).map((node) => node.version ?? version);
  return { controlPlane: of('CONTROL_PLANE'), workers: of('WORKER', 'INFRA') };
}

/**
 * The version of the cluster: the oldest of its control plane. What is made from now on must be neither newer than any of
 * the API servers, nor older than it needs to be.
 */
export function clusterVersion(
  nodes: readonly Versioned[],
  definition: Pick<ClusterDefinition, 'type' | 'version'>,
): string {
  const { type, version } = definition;
  const [first, ...others] = nodeVersions(nodes, definition).controlPlane;
  return others.reduce((oldest, one) => (isOlder(type, one, oldest) ? one : oldest), first ?? version);
}

/** @throws `INTERNAL` for a text that is no version of the distribution. */
export function isOlder(type: ClusterType, a: string, b: string): boolean {
  return compareVersions(readVersion(type, a), readVersion(type, b)) < 0;
}

/** @throws `INTERNAL` for a text that is no version of the distribution. */
export function readVersion(type: ClusterType, text: string): ClusterVersion {
  const version = parseVersion(type, text);
  if (version === undefined) throw fail('INTERNAL', `"${text}" is no version of ${type}`);
  return version;
}
