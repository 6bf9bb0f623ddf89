/** Role-based access control over the roles and bindings in the cluster. */
import type { Cluster } from '../cluster.js';
import { keyOf, type KubeObject } from '../model/kube-object.js';
import { StatusError } from '../model/status-error.js';
import { resourceId } from '../registry/resource-kind.js';
import type { PolicyRule } from './policy-rule.js';
import type { User } from './user.js';

/** What somebody wants to do to objects of the API. */
export interface ResourceAccess {
  readonly kind: 'resource';
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

/** What somebody wants to do at another address, such as `/metrics`. */
export interface PathAccess {
  readonly kind: 'path';
  readonly verb: string;
  readonly path: string;
}

export type Access = ResourceAccess | PathAccess;

interface Binding extends KubeObject {
  readonly subjects?: readonly {
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
  }[];
  readonly roleRef: { readonly kind: string; readonly name: string };
}

const GROUP = 'rbac.authorization.k8s.io';
const SUPERUSERS = 'system:masters';

export function isAllowed(cluster: Cluster, user: User, access: Access): boolean {
  if (user.groups.includes(SUPERUSERS)) return true;
  const namespace = access.kind === 'resource' ? access.namespace : undefined;
  return rulesFor(cluster, user, namespace).some((rule) => permits(rule, access));
}

/** Rules of all roles that the user has in the namespace, cluster-wide ones included. */
export function rulesFor(cluster: Cluster, user: User, namespace: string | undefined): PolicyRule[] {
  const clusterWide = cluster.store.list(`clusterrolebindings.${GROUP}`) as Binding[];
  const local =
    namespace === undefined ? [] : (cluster.store.list(`rolebindings.${GROUP}`, namespace) as Binding[]);
  return [...clusterWide, ...local]
    .filter((binding) => (binding.subjects ?? []).some((subject) => isSubject(user, subject)))
    .flatMap((binding) => rulesOf(cluster, binding));
}

/** The refusal, in the words of the real API. */
export function refusedAccess(user: User, access: Access): StatusError {
  const what = describe(user, access);
  if (access.kind === 'path') return new StatusError('Forbidden', `forbidden: ${what}`);
  const { group, resource, name } = access;
  const subject = `${resourceId(group, resource)}${name === undefined ? '' : ` "${name}"`}`;
  const details = {
    ...(name === undefined ? {} : { name }),
    ...(group === '' ? {} : { group }),
    kind: resource,
  };
  return new StatusError('Forbidden', `${subject} is forbidden: ${what}`, details);
}

function describe(user: User, access: Access): string {
  if (access.kind === 'path') return `User "${user.username}" cannot ${access.verb} path "${access.path}"`;
  const { verb, group, resource, subresource, namespace } = access;
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return `User "${user.username}" cannot ${verb} resource "${what}" in API group "${group}" ${where}`;
}

function isSubject(
  user: User,
  subject: { readonly kind: string; readonly name: string; readonly namespace?: string },
): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.name === user.username;
    case 'Group':
      return user.groups.includes(subject.name);
    case 'ServiceAccount':
      return user.username === `system:serviceaccount:${subject.namespace}:${subject.name}`;
    default:
      return false;
  }
}

function rulesOf(cluster: Cluster, { roleRef, metadata }: Binding): readonly PolicyRule[] {
  const isClusterRole = roleRef.kind === 'ClusterRole';
  const resource = resourceId(GROUP, isClusterRole ? 'clusterroles' : 'roles');
  const role = cluster.store.at(
    resource,
    isClusterRole ? roleRef.name : keyOf(metadata.namespace, roleRef.name),
  );
  return (role?.['rules'] as readonly PolicyRule[] | undefined) ?? [];
}

function permits(rule: PolicyRule, access: Access): boolean {
  if (!includes(rule.verbs, access.verb)) return false;
  if (access.kind === 'path')
    return (rule.nonResourceURLs ?? []).some((pattern) => matchesPath(pattern, access.path));
  const { group, resource, subresource, name } = access;
  const full = subresource === undefined ? resource : `${resource}/${subresource}`;
  const names = rule.resourceNames ?? [];
  return (
    includes(rule.apiGroups ?? [], group) &&
    (includes(rule.resources ?? [], full) ||
      (subresource !== undefined && (rule.resources ?? []).includes(`*/${subresource}`))) &&
    (names.length === 0 || (name !== undefined && names.includes(name)))
  );
}

function includes(list: readonly string[], value: string): boolean {
  return list.includes('*') || list.includes(value);
}

function matchesPath(pattern: string, path: string): boolean {
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : pattern === path;
}
