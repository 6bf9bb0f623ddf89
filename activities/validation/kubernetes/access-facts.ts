/** Facts about who may do what. */
import { RbacAuthorizationV1Api, type RbacV1Subject, type V1PolicyRule } from '@kubernetes/client-node';
import type { AccessFact, BindingFact } from '../../../domain/validation/facts/kubernetes.js';
import { all, type Calls } from './calls.js';

/** What a cluster comes with carries this label (https://kubernetes.io/docs/reference/access-authn-authz/rbac/). */
const BOOTSTRAPPING = 'kubernetes.io/bootstrapping';

export async function accessFacts({ config }: Calls): Promise<AccessFact> {
  const api = config.makeApiClient(RbacAuthorizationV1Api);
  const [roles, clusterBindings, bindings] = await Promise.all([
    all((page) => api.listClusterRole(page)),
    all((page) => api.listClusterRoleBinding(page)),
    all((page) => api.listRoleBindingForAllNamespaces(page)),
  ]);
  return {
    wildcardRoles: roles.flatMap(({ metadata, rules }) => {
      const { name = '', labels = {} } = metadata ?? {};
      const isOurs = labels[BOOTSTRAPPING] === undefined && !name.startsWith('system:');
      return isOurs && (rules ?? []).some(allowsEverything) ? [`ClusterRole ${name}`] : [];
    }),
    bindings: [
      ...clusterBindings.map(({ metadata, roleRef, subjects }) =>
        bindingFact(`ClusterRoleBinding ${metadata?.name ?? ''}`, roleRef.name, subjects),
      ),
      ...bindings.map(({ metadata, roleRef, subjects }) =>
        bindingFact(
          `RoleBinding ${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`,
          roleRef.name,
          subjects,
        ),
      ),
    ],
  };
}

function allowsEverything({ verbs, resources = [], apiGroups = [] }: V1PolicyRule): boolean {
  return verbs.includes('*') && resources.includes('*') && apiGroups.includes('*');
}

function bindingFact(name: string, role: string, subjects: readonly RbacV1Subject[] = []): BindingFact {
  return {
    name,
    role,
    subjects: subjects.map(({ kind, namespace, name: who }) =>
      kind === 'ServiceAccount' ? `${kind} ${namespace ?? ''}/${who}` : `${kind} ${who}`,
    ),
  };
}
