/** Defaults and rules of what makes pods: Deployments and their like. */
import { isJsonObject, sameJson, valueAt, type JsonObject } from '../model/json.js';
import type { KubeObject } from '../model/kube-object.js';
import { matchesLabels, selectorOf, type Labels } from '../model/label-selector.js';
import type { FieldFault } from '../model/status-error.js';
import { completePodSpec, podSpecFaults } from './pod-strategy.js';
import { forbidden, invalidValue, required, type Mutable, type Strategy } from './strategy.js';

const ROLLING = { maxUnavailable: '25%', maxSurge: '25%' };

export const deploymentStrategy = workload((spec) => {
  spec['replicas'] ??= 1;
  spec['revisionHistoryLimit'] ??= 10;
  spec['progressDeadlineSeconds'] ??= 600;
  const strategy = (spec['strategy'] ??= {}) as JsonObject;
  strategy['type'] ??= 'RollingUpdate';
  if (strategy['type'] === 'RollingUpdate')
    strategy['rollingUpdate'] = { ...ROLLING, ...asObject(strategy['rollingUpdate']) };
  else delete strategy['rollingUpdate'];
});

export const replicaSetStrategy = workload((spec) => {
  spec['replicas'] ??= 1;
});

export const daemonSetStrategy = workload((spec) => {
  spec['revisionHistoryLimit'] ??= 10;
  spec['updateStrategy'] ??= { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } };
});

export const statefulSetStrategy = workload((spec) => {
  spec['replicas'] ??= 1;
  spec['revisionHistoryLimit'] ??= 10;
  spec['podManagementPolicy'] ??= 'OrderedReady';
  spec['updateStrategy'] ??= { type: 'RollingUpdate', rollingUpdate: { partition: 0 } };
  const claims = spec['volumeClaimTemplates'];
  if (!Array.isArray(claims)) return;
  for (const claim of claims)
    if (isJsonObject(claim)) Object.assign(claim, { apiVersion: 'v1', kind: 'PersistentVolumeClaim' });
});

/** The older ReplicationController selects by plain labels, which default to those of its template. */
export const replicationControllerStrategy: Strategy = {
  initialStatus: () => ({ replicas: 0 }),
  complete: (object) => {
    const { spec } = object;
    if (!isJsonObject(spec)) return;
    spec['replicas'] ??= 1;
    spec['selector'] ??= valueAt(spec, ['template', 'metadata', 'labels']);
    completeTemplate(spec);
  },
  faults: (object) => podSpecFaults(valueAt(object, ['spec', 'template', 'spec']), 'spec.template.spec'),
};

export const jobStrategy: Strategy = {
  initialStatus: () => ({}),
  complete: (object, _cluster, previous) => {
    const { spec } = object;
    if (!isJsonObject(spec)) return;
    spec['parallelism'] ??= 1;
    spec['completions'] ??= 1;
    spec['backoffLimit'] ??= 6;
    spec['completionMode'] ??= 'NonIndexed';
    spec['suspend'] ??= false;
    if (previous === undefined && spec['manualSelector'] !== true) selectOwnPods(object, spec);
    completeTemplate(spec);
  },
  faults: (object, previous) => {
    const restartPolicy = valueAt(object, ['spec', 'template', 'spec', 'restartPolicy']);
    const isFine = restartPolicy === 'Never' || restartPolicy === 'OnFailure';
    return [
      ...podSpecFaults(valueAt(object, ['spec', 'template', 'spec']), 'spec.template.spec'),
      ...(isFine
        ? []
        : [
            required(
              'spec.template.spec.restartPolicy',
              'Required value: valid values: "OnFailure", "Never"',
            ),
          ]),
      ...(previous === undefined ||
      sameJson(valueAt(object, ['spec', 'template']), valueAt(previous, ['spec', 'template']))
        ? []
        : [forbidden('spec.template', 'field is immutable')]),
    ];
  },
};

function selectOwnPods(object: Mutable, spec: JsonObject): void {
  const own = { 'batch.kubernetes.io/controller-uid': object.metadata.uid };
  const template = asObject(spec['template']);
  const metadata = asObject(template['metadata']);
  const names = {
    'batch.kubernetes.io/job-name': object.metadata.name,
    'job-name': object.metadata.name,
    'controller-uid': object.metadata.uid,
  };
  spec['selector'] = { matchLabels: own };
  spec['template'] = {
    ...template,
    metadata: { ...metadata, labels: { ...asObject(metadata['labels']), ...own, ...names } },
  };
}

function workload(complete: (spec: JsonObject) => void): Strategy {
  return {
    initialStatus: () => ({}),
    complete: (object) => {
      const { spec } = object;
      if (!isJsonObject(spec)) return;
      complete(spec);
      completeTemplate(spec);
    },
    faults: workloadFaults,
  };
}

function completeTemplate(spec: JsonObject): void {
  const podSpec = valueAt(spec, ['template', 'spec']);
  if (isJsonObject(podSpec)) completePodSpec(podSpec);
}

function workloadFaults(object: KubeObject, previous: KubeObject | undefined): FieldFault[] {
  const { spec } = object;
  if (!isJsonObject(spec)) return [required('spec')];
  const { selector, replicas } = spec;
  const faults = [
    ...replicaFaults(replicas),
    ...podSpecFaults(valueAt(spec, ['template', 'spec']), 'spec.template.spec'),
  ];
  if (!isJsonObject(selector) || Object.keys(selector).length === 0)
    return [...faults, required('spec.selector')];
  const labels = asObject(valueAt(spec, ['template', 'metadata', 'labels'])) as Labels;
  if (!matchesLabels(selectorOf(selector), labels)) {
    faults.push(
      invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'),
    );
  }
  if (previous !== undefined && !sameJson(selector, valueAt(previous, ['spec', 'selector']))) {
    faults.push(invalidValue('spec.selector', selector, 'field is immutable'));
  }
  return faults;
}

function replicaFaults(replicas: unknown): FieldFault[] {
  const isFine = replicas === undefined || (Number.isInteger(replicas) && Number(replicas) >= 0);
  return isFine ? [] : [invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0')];
}

function asObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
