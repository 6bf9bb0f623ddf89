/** Several control-plane machines need one address that stands for all of them. */
import type { ClusterType } from '../../domain/cluster-definition.js';
import { faultAt, knownGroups, mayHaveService, type Rule, servicesOf } from './rule.js';

/** K3s and RKE2 name their first server to the others where nothing stands before it. */
const NEED_ONE_ADDRESS: readonly ClusterType[] = ['VANILLA', 'TALOS'];

export const controlPlaneHasOneAddress: Rule = (draft) => {
  const { type } = draft;
  if (type === undefined || !NEED_ONE_ADDRESS.includes(type)) return [];
  const count = knownGroups(draft)
    .filter(({ group }) => group.role === 'CONTROL_PLANE')
    .reduce((sum, { group }) => sum + (group.count ?? 0), 0);
  if (count < 2) return [];
  const detail = `${count} control-plane machines of ${type} need one address: a LOAD_BALANCER that forwards "api"`;
  if (!mayHaveService(draft, 'LOAD_BALANCER')) return [faultAt(['services'], detail)];
  return servicesOf(draft, 'LOAD_BALANCER').flatMap(({ service: { configuration }, path }) => {
    const forwarded = configuration?.services;
    return forwarded === undefined || forwarded.includes('api') || forwarded.includes(undefined)
      ? []
      : [faultAt([...path, 'services'], detail)];
  });
};
