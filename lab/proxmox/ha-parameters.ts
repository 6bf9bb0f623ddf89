/** How the calls of high availability name resources and hosts, and how its configuration is shown. */
import { createHash } from 'node:crypto';
import { die, refuseParameters } from './api-error.js';
import type { Cluster } from './cluster.js';
import type { HaResource, HaRule } from './ha-config.js';
import { splitList } from './option-format.js';
import type { ParameterSpec } from './parameters.js';

export const SID: ParameterSpec = { type: 'string', pattern: /^(?:(?:vm|ct):)?\d+$/ };

/** `vm:100` of `100`, which is another way to say it. */
export function resourceId(text: string): string {
  return text.includes(':') ? text : `vm:${text}`;
}

/** @returns `undefined` for what is no VM. */
export function vmidOf(sid: string): number | undefined {
  const vmid = /^vm:(\d+)$/.exec(sid)?.[1];
  return vmid === undefined ? undefined : Number(vmid);
}

/** @throws ApiError 500 for resources that are not managed. */
export function managedResources({ datacenter }: Cluster, list: string): string[] {
  const sids = [...new Set(splitList(list).map(resourceId))].sort();
  const unknown = sids.filter((sid) => datacenter.record.haResources[sid] === undefined);
  if (unknown.length > 0) die(`cannot use unmanaged resource(s) ${unknown.join(', ')}.`);
  return sids;
}

/** `hv5:2,hv6` with the priority after the colon. @throws ApiError 400, or 500 for hosts that there are not. */
export function nodePriorities({ inventory }: Cluster, list: string): Record<string, number> {
  const pairs = splitList(list).map((item) => {
    const match = /^([a-zA-Z0-9-]+)(?::(\d+))?$/.exec(item);
    if (match?.[1] === undefined)
      return refuseParameters({ nodes: `invalid format - unable to parse '${item}'` });
    return [match[1], Number(match[2] ?? 0)] as const;
  });
  const unknown = pairs
    .map(([name]) => name)
    .filter((name) => !inventory.hosts.some((host) => host.name === name));
  if (unknown.length > 0) die(`cannot use non-existant node(s) ${unknown.join(', ')}.`);
  return Object.fromEntries(pairs);
}

export function presentResource(sid: string, resource: HaResource, digest: string): Record<string, unknown> {
  const { state, maxRestart, maxRelocate, failback, comment } = resource;
  return {
    sid,
    type: 'vm',
    state,
    max_restart: maxRestart,
    max_relocate: maxRelocate,
    failback: failback ? 1 : 0,
    ...(comment === null ? {} : { comment }),
    digest,
  };
}

export function presentRule(
  name: string,
  rule: HaRule,
  order: number,
  digest: string,
): Record<string, unknown> {
  const common = {
    rule: name,
    type: rule.type,
    resources: rule.resources.join(','),
    ...(rule.disabled ? { disable: 1 } : {}),
    ...(rule.comment === null ? {} : { comment: rule.comment }),
    order,
    digest,
  };
  if (rule.type === 'resource-affinity') return { ...common, affinity: rule.affinity };
  const nodes = Object.entries(rule.nodes).map(([node, priority]) =>
    priority === 0 ? node : `${node}:${priority}`,
  );
  return { ...common, nodes: nodes.sort().join(','), strict: rule.strict ? 1 : 0 };
}

export function haDigest(config: unknown): string {
  return createHash('sha1').update(JSON.stringify(config)).digest('hex');
}

/** @throws ApiError 500 when the digest is another. */
export function checkHaDigest(config: unknown, digest: string | undefined): void {
  if (digest === undefined || digest === '' || digest === haDigest(config)) return;
  die('detected modified configuration - file changed by other user? Try again.');
}
