/** Defaults and rules of the kinds that hold configuration. */
import { isJsonObject, sameJson, valueAt, type JsonObject } from '../model/json.js';
import type { FieldFault } from '../model/status-error.js';
import { forbidden, invalidValue, required, type Strategy } from './strategy.js';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export const namespaceStrategy: Strategy = {
  initialStatus: () => ({ phase: 'Active' }),
  complete: (namespace, _cluster, previous) => {
    namespace.metadata.labels = {
      ...namespace.metadata.labels,
      'kubernetes.io/metadata.name': namespace.metadata.name,
    };
    // The finalizers of a namespace go through its `finalize` subresource only.
    namespace['spec'] = previous?.['spec'] ?? { finalizers: ['kubernetes'] };
  },
};

export const nodeStrategy: Strategy = {
  initialStatus: () => ({}),
  complete: (node) => {
    node['spec'] ??= {};
  },
};

export const secretStrategy: Strategy = {
  complete: (secret) => {
    secret['type'] ??= 'Opaque';
    const { stringData } = secret;
    if (!isJsonObject(stringData)) return;
    const encoded = Object.entries(stringData).map(([key, value]) => [
      key,
      Buffer.from(String(value)).toString('base64'),
    ]);
    secret['data'] = { ...(secret['data'] as JsonObject | undefined), ...Object.fromEntries(encoded) };
    delete secret['stringData'];
  },
  faults: (secret, previous) => [
    ...dataFaults(secret['data'], (value) => BASE64.test(value), 'illegal base64 data'),
    ...immutableFaults(secret, previous),
    ...(previous === undefined || previous['type'] === secret['type']
      ? []
      : [invalidValue('type', secret['type'], 'field is immutable')]),
  ],
};

export const configMapStrategy: Strategy = {
  faults: (configMap, previous) => [
    ...dataFaults(configMap['data'], () => true, 'must be text'),
    ...immutableFaults(configMap, previous),
  ],
};

export const claimStrategy: Strategy = {
  initialStatus: () => ({ phase: 'Pending' }),
  complete: (claim, cluster) => {
    const { spec } = claim;
    if (!isJsonObject(spec)) return;
    spec['volumeMode'] ??= 'Filesystem';
    const isDefault = (labels: unknown): boolean =>
      valueAt(labels, ['storageclass.kubernetes.io/is-default-class']) === 'true';
    const found = cluster.store
      .list('storageclasses.storage.k8s.io')
      .find(({ metadata }) => isDefault(metadata.annotations));
    if (found !== undefined) spec['storageClassName'] ??= found.metadata.name;
  },
  faults: (claim) => [
    ...(Array.isArray(valueAt(claim, ['spec', 'accessModes'])) ? [] : [required('spec.accessModes')]),
    ...(valueAt(claim, ['spec', 'resources', 'requests', 'storage']) === undefined
      ? [required('spec.resources[storage]')]
      : []),
  ],
};

export const roleStrategy: Strategy = {
  complete: (role) => {
    role['rules'] ??= [];
  },
};

export const bindingStrategy: Strategy = {
  complete: (binding) => {
    const { roleRef, subjects } = binding;
    if (isJsonObject(roleRef)) roleRef['apiGroup'] ??= 'rbac.authorization.k8s.io';
    for (const subject of Array.isArray(subjects) ? (subjects as unknown[]) : []) {
      if (isJsonObject(subject) && subject['kind'] !== 'ServiceAccount')
        subject['apiGroup'] ??= 'rbac.authorization.k8s.io';
    }
  },
  faults: (binding, previous) => {
    const { roleRef } = binding;
    if (!isJsonObject(roleRef) || typeof roleRef['name'] !== 'string') return [required('roleRef.name')];
    return previous === undefined || sameJson(roleRef, previous['roleRef'])
      ? []
      : [invalidValue('roleRef', roleRef, 'cannot change roleRef')];
  },
};

export const disruptionBudgetStrategy: Strategy = {
  initialStatus: () => ({ currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 }),
  faults: (budget) =>
    valueAt(budget, ['spec', 'minAvailable']) !== undefined &&
    valueAt(budget, ['spec', 'maxUnavailable']) !== undefined
      ? [invalidValue('spec', budget['spec'], 'minAvailable and maxUnavailable cannot be both set')]
      : [],
};

export const ingressStrategy: Strategy = {
  initialStatus: () => ({ loadBalancer: {} }),
  faults: (ingress) =>
    valueAt(ingress, ['spec', 'rules']) === undefined &&
    valueAt(ingress, ['spec', 'defaultBackend']) === undefined
      ? [required('spec', 'Required value: either `defaultBackend` or `rules` must be specified')]
      : [],
};

function dataFaults(data: unknown, isFine: (value: string) => boolean, why: string): FieldFault[] {
  if (data === undefined || data === null) return [];
  if (!isJsonObject(data)) return [invalidValue('data', data, 'must be an object')];
  return Object.entries(data)
    .filter(([, value]) => typeof value !== 'string' || !isFine(value))
    .map(([key]) => invalidValue(`data[${key}]`, '<value>', why));
}

function immutableFaults(object: JsonObject, previous: JsonObject | undefined): FieldFault[] {
  if (previous?.['immutable'] !== true) return [];
  const isSame = sameJson(object['data'], previous['data']) && object['immutable'] === true;
  return isSame ? [] : [forbidden('data', 'field is immutable when `immutable` is set')];
}
