/** Defaults and rules of pods, and of the pod templates in workloads. */
import { isJsonObject, sameJson, type JsonObject } from '../model/json.js';
import type { KubeObject } from '../model/kube-object.js';
import type { FieldFault } from '../model/status-error.js';
import { isDnsLabel } from './names.js';
import { forbidden, invalidValue, required, type Strategy } from './strategy.js';

/** Pods stay this long on a node that has become unreachable, unless they say otherwise. */
const EVICTED_AFTER_SECONDS = 300;
const NODE_TROUBLES = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

export const podStrategy: Strategy = {
  initialStatus: (pod) => ({ phase: 'Pending', qosClass: qosClass(pod['spec']) }),
  complete: (pod, _cluster, previous) => {
    const { spec } = pod;
    if (!isJsonObject(spec)) return;
    completePodSpec(spec);
    if (previous !== undefined) return;
    spec['serviceAccountName'] ??= 'default';
    spec['serviceAccount'] ??= spec['serviceAccountName'];
    spec['enableServiceLinks'] ??= true;
    spec['priority'] ??= 0;
    spec['preemptionPolicy'] ??= 'PreemptLowerPriority';
    const tolerations = Array.isArray(spec['tolerations']) ? (spec['tolerations'] as JsonObject[]) : [];
    const added = NODE_TROUBLES.filter(
      (key) => !tolerations.some((item) => item['key'] === key || item['key'] === undefined),
    );
    spec['tolerations'] = [
      ...tolerations,
      ...added.map((key) => ({
        key,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: EVICTED_AFTER_SECONDS,
      })),
    ];
  },
  faults: (pod, previous) => [
    ...podSpecFaults(pod['spec'], 'spec'),
    ...(previous === undefined || sameJson(lasting(pod), lasting(previous))
      ? []
      : [
          forbidden('spec', 'pod updates may not change fields other than images, tolerations and deadlines'),
        ]),
  ],
};

/** The part of a specification that cannot be changed. */
function lasting(pod: KubeObject): unknown {
  if (!isJsonObject(pod['spec'])) return undefined;
  const {
    tolerations: _t,
    activeDeadlineSeconds: _a,
    terminationGracePeriodSeconds: _g,
    ...spec
  } = pod['spec'];
  const { nodeName: _n, schedulingGates: _s, ...rest } = spec;
  const withoutImage = (list: unknown): unknown =>
    Array.isArray(list) ? list.map((item) => (isJsonObject(item) ? { ...item, image: '' } : item)) : list;
  return {
    ...rest,
    containers: withoutImage(rest['containers']),
    initContainers: withoutImage(rest['initContainers']),
  };
}

export function completePodSpec(spec: JsonObject): void {
  spec['restartPolicy'] ??= 'Always';
  spec['dnsPolicy'] ??= 'ClusterFirst';
  spec['schedulerName'] ??= 'default-scheduler';
  spec['securityContext'] ??= {};
  spec['terminationGracePeriodSeconds'] ??= 30;
  for (const list of [spec['containers'], spec['initContainers']]) {
    if (!Array.isArray(list)) continue;
    for (const container of list) if (isJsonObject(container)) completeContainer(container);
  }
}

function completeContainer(container: JsonObject): void {
  const image = container['image'];
  const isLatest = typeof image === 'string' && (image.endsWith(':latest') || !/[:@][^/]*$/.test(image));
  container['imagePullPolicy'] ??= isLatest ? 'Always' : 'IfNotPresent';
  container['resources'] ??= {};
  container['terminationMessagePath'] ??= '/dev/termination-log';
  container['terminationMessagePolicy'] ??= 'File';
  const { ports } = container;
  if (Array.isArray(ports)) for (const port of ports) if (isJsonObject(port)) port['protocol'] ??= 'TCP';
}

/** @param field path of the specification, such as `spec.template.spec`. */
export function podSpecFaults(spec: unknown, field: string): FieldFault[] {
  if (!isJsonObject(spec)) return [required(field)];
  const { containers, initContainers } = spec;
  if (!Array.isArray(containers) || containers.length === 0) return [required(`${field}.containers`)];
  const names = new Set<unknown>();
  const containerFaults = (list: readonly unknown[], path: string): FieldFault[] =>
    list.flatMap((container, index) => {
      const at = `${path}[${index}]`;
      if (!isJsonObject(container)) return [invalidValue(at, container, 'must be an object')];
      const { name, image } = container;
      const isTaken = names.has(name);
      names.add(name);
      return [
        ...(name === undefined ? [required(`${at}.name`)] : []),
        ...(name !== undefined && !isDnsLabel(name)
          ? [invalidValue(`${at}.name`, name, 'must be a DNS label')]
          : []),
        ...(isTaken ? [invalidValue(`${at}.name`, name, 'names must be unique')] : []),
        ...(typeof image === 'string' && image.trim() !== '' ? [] : [required(`${at}.image`)]),
        ...listFaults(container, ['ports', 'env', 'volumeMounts', 'args', 'command'], at),
      ];
    });
  return [
    ...containerFaults(containers, `${field}.containers`),
    ...(Array.isArray(initContainers) ? containerFaults(initContainers, `${field}.initContainers`) : []),
    ...listFaults(spec, ['tolerations', 'volumes', 'imagePullSecrets'], field),
  ];
}

function listFaults(object: JsonObject, names: readonly string[], field: string): FieldFault[] {
  return names
    .filter((name) => object[name] !== undefined && object[name] !== null && !Array.isArray(object[name]))
    .map((name) => invalidValue(`${field}.${name}`, object[name], 'must be a list'));
}

function qosClass(spec: unknown): string {
  const containers =
    isJsonObject(spec) && Array.isArray(spec['containers']) ? (spec['containers'] as unknown[]) : [];
  const resources = containers.map((container) =>
    isJsonObject(container) ? container['resources'] : undefined,
  );
  const sides = resources.map((value) => (isJsonObject(value) ? value : {}));
  if (sides.every(({ requests, limits }) => requests === undefined && limits === undefined))
    return 'BestEffort';
  const isGuaranteed = sides.every(
    ({ requests, limits }) =>
      isJsonObject(limits) &&
      'cpu' in limits &&
      'memory' in limits &&
      (requests === undefined || sameJson(requests, limits)),
  );
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}
