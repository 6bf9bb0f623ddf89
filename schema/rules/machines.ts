/** Roles, counts and names of the machines. */
import { nodeName } from '../../domain/ids.js';
import { faultAt, knownGroups, machineCount, type Rule } from './rule.js';

/** Members that etcd is recommended to have at most: more make writes slower, not safer. */
const MAX_CONTROL_PLANE = 7;

/** Nodes that Kubernetes is tested with at most. */
const MAX_MACHINES = 5000;

export const MAX_HOST_NAME = 63;

export const controlPlaneHasQuorum: Rule = (draft) => {
  const groups = draft.nodeGroups;
  if (groups === undefined) return [];
  const members = knownGroups(draft).filter(({ group }) => group.role === 'CONTROL_PLANE');
  const mayHaveMore = groups.some((group) => group?.role === undefined);
  if (members.length === 0) {
    return mayHaveMore ? [] : [faultAt(['nodeGroups'], 'must have a group with the role CONTROL_PLANE')];
  }
  const counts = members.map(({ group }) => group.count);
  if (mayHaveMore || counts.includes(undefined) || counts.includes(0)) return [];

  const total = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  const [only, ...others] = members;
  const path =
    only !== undefined && others.length === 0 ? ['nodeGroups', only.index, 'count'] : ['nodeGroups'];
  if (total > MAX_CONTROL_PLANE) {
    return [faultAt(path, `makes ${total} control-plane machines; ${MAX_CONTROL_PLANE} are the most`)];
  }
  if (total % 2 === 0) {
    const detail = `makes ${total} control-plane machines; an even number tolerates no more failures than one fewer`;
    return [faultAt(path, `${detail}: use 1, 3, 5 or 7`)];
  }
  return [];
};

export const onlyWorkersMayBeNone: Rule = (draft) =>
  knownGroups(draft).flatMap(({ group: { role, count }, index }) =>
    count === 0 && role !== undefined && role !== 'WORKER' && role !== 'INFRA'
      ? [faultAt(['nodeGroups', index, 'count'], `must be at least 1 for ${role}`)]
      : [],
  );

export const bootstrapIsForOkd: Rule = (draft) => {
  const groups = knownGroups(draft).filter(({ group }) => group.role === 'BOOTSTRAP');
  if (draft.type !== undefined && draft.type !== 'OKD') {
    return groups.map(({ index }) =>
      faultAt(['nodeGroups', index, 'role'], `BOOTSTRAP machines are only for OKD, not for ${draft.type}`),
    );
  }
  return groups.flatMap(({ group: { count }, index }, position) => {
    if (position > 0) return [faultAt(['nodeGroups', index, 'role'], 'there is another BOOTSTRAP group')];
    if (count === undefined || count <= 1) return [];
    return [faultAt(['nodeGroups', index, 'count'], 'must be 1: a cluster has one BOOTSTRAP machine')];
  });
};

export const machinesAreNotTooMany: Rule = (draft) => {
  const total = machineCount(draft);
  if (total === undefined || total <= MAX_MACHINES) return [];
  return [faultAt(['nodeGroups'], `make ${total} machines; Kubernetes takes ${MAX_MACHINES}`)];
};

export const hostNamesFit: Rule = (draft) =>
  knownGroups(draft).flatMap(({ group, index }) => {
    if (draft.name === undefined || group.name === undefined) return [];
    const longest = nodeName(draft.name, group.name, Math.max(1, group.count ?? 1));
    if (longest.length <= MAX_HOST_NAME) return [];
    const detail = `makes the host name "${longest}" of ${longest.length} characters; ${MAX_HOST_NAME} are the most`;
    return [faultAt(['nodeGroups', index, 'name'], detail)];
  });

export const templatesAreNamed: Rule = (draft) =>
  knownGroups(draft).flatMap(({ group, index }) =>
    group.boot?.method === 'TEMPLATE' && group.template?.imageSource === null
      ? [
          faultAt(
            ['nodeGroups', index, 'template', 'imageSource'],
            'is required where machines boot by TEMPLATE, written storage:vmid/name',
          ),
        ]
      : [],
  );
