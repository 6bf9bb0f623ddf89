/** The kubelets of all nodes: they start the pods that they are given, and end them. */
import { createHash } from 'node:crypto';
import type { Cluster } from '../cluster.js';
import { change, removeNow } from '../api/writer.js';
import { controllerOf, isTerminating, keyOf, objectKey, timestamp } from '../model/kube-object.js';
import {
  setCondition,
  type Condition,
  type ContainerStatus,
  type Node,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
} from '../model/workloads.js';
import { attachmentName } from '../csi/csi-drivers.js';
import { freePodAddress } from '../subnets.js';
import type { Controller } from './controller.js';
import { recordEvent } from './events.js';
import { isNodeReady } from './placement.js';

export function createKubelets(): Controller {
  /** By uid: whose containers are being created, or have been. They are created again after a restart of the lab. */
  const creating = new Map<string, 'running' | 'done'>();

  function startContainers(pod: Pod, cluster: Cluster, again: (key: string) => void): void {
    const { uid } = pod.metadata;
    creating.set(uid, 'running');
    reportCreating(cluster, pod);
    const finish = (): void => {
      creating.set(uid, 'done');
      again(objectKey(pod));
    };
    void cluster.latency.wait('guest.command', `start pod ${objectKey(pod)}`).then(finish);
  }

  return {
    name: 'kubelet',
    *keys(changed, cluster) {
      const { resource, object, type } = changed;
      if (resource === 'pods' && type === 'DELETED') creating.delete(object.metadata.uid);
      else if (resource === 'pods' && (object as Pod).spec.nodeName !== undefined) yield objectKey(object);
      if (resource === 'nodes') yield* podKeys(cluster, ({ spec }) => spec.nodeName === object.metadata.name);
      if (resource === 'persistentvolumeclaims' || resource === 'volumeattachments.storage.k8s.io') {
        yield* podKeys(
          cluster,
          ({ status, spec }) => status.phase === 'Pending' && spec.nodeName !== undefined,
        );
      }
    },
    reconcile: (key, cluster, again) => {
      const pod = cluster.store.at('pods', key) as Pod | undefined;
      if (pod?.spec.nodeName === undefined) return;
      const node = cluster.store.at('nodes', pod.spec.nodeName) as Node | undefined;
      if (node === undefined) removeNow(cluster, 'pods', key);
      else if (!isNodeReady(node) && !runsWithoutNetwork(pod, node)) reportLost(cluster, pod);
      else if (isTerminating(pod)) removeNow(cluster, 'pods', key);
      else if (pod.status.phase === 'Running') keepRunning(cluster, pod);
      else if (pod.status.phase === 'Pending' && hasVolumes(cluster, pod)) {
        if (creating.get(pod.metadata.uid) === 'done') reportRunning(cluster, pod, node);
        else if (!creating.has(pod.metadata.uid)) startContainers(pod, cluster, again);
      }
    },
  };
}

/** A kubelet without a network for pods runs those that take part in the machine's own, such as those that bring one. */
function runsWithoutNetwork({ spec }: Pod, { status }: Node): boolean {
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  return spec.hostNetwork === true && ready?.status === 'False' && ready.reason === 'KubeletNotReady';
}

function* podKeys(cluster: Cluster, isMeant: (pod: Pod) => boolean): Generator<string> {
  for (const pod of cluster.store.list('pods') as Pod[]) if (isMeant(pod)) yield objectKey(pod);
}

function hasVolumes(cluster: Cluster, { metadata, spec }: Pod): boolean {
  return (spec.volumes ?? []).every(({ persistentVolumeClaim }) => {
    if (persistentVolumeClaim === undefined) return true;
    const key = keyOf(metadata.namespace, persistentVolumeClaim.claimName);
    const claim = cluster.store.at('persistentvolumeclaims', key) as PersistentVolumeClaim | undefined;
    return claim?.status.phase === 'Bound' && isAtNode(cluster, claim, spec.nodeName ?? '');
  });
}

/** Some drivers bring a volume to the node before it can be mounted there. */
function isAtNode(cluster: Cluster, { spec }: PersistentVolumeClaim, node: string): boolean {
  const volume = cluster.store.at('persistentvolumes', spec.volumeName ?? '') as PersistentVolume | undefined;
  const driver = cluster.store.at('csidrivers.storage.k8s.io', volume?.spec.csi?.driver ?? '');
  const isAttached = (driver?.['spec'] as { attachRequired?: boolean } | undefined)?.attachRequired === true;
  const name = attachmentName(volume?.metadata.name ?? '', node);
  return !isAttached || cluster.store.at('volumeattachments.storage.k8s.io', name) !== undefined;
}

function reportCreating(cluster: Cluster, pod: Pod): void {
  const now = timestamp();
  change<Pod>(cluster, 'pods', objectKey(pod), (draft) => {
    draft.status.startTime ??= now;
    setConditions(draft, ['Initialized', 'PodScheduled'], 'True', now);
    setConditions(draft, ['PodReadyToStartContainers', 'Ready', 'ContainersReady'], 'False', now);
    draft.status.containerStatuses = draft.spec.containers.map(({ name, image }) => ({
      name,
      image: image ?? '',
      imageID: '',
      ready: false,
      started: false,
      restartCount: 0,
      state: { waiting: { reason: 'ContainerCreating' } },
    }));
  });
}

function reportRunning(cluster: Cluster, pod: Pod, node: Node): void {
  const now = timestamp();
  const hostIP = node.status.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '';
  const podIP =
    pod.spec.hostNetwork === true ? hostIP : freePodAddress(node.spec.podCIDR ?? '', takenAddresses(cluster));
  change<Pod>(cluster, 'pods', objectKey(pod), ({ spec, status, metadata }) => {
    status.phase = 'Running';
    Object.assign(status, { hostIP, hostIPs: [{ ip: hostIP }], podIP, podIPs: [{ ip: podIP }] });
    status.startTime ??= now;
    status.containerStatuses = spec.containers.map(({ name, image }) =>
      running(metadata.uid, name, image ?? '', now),
    );
    if (spec.initContainers !== undefined) {
      status.initContainerStatuses = spec.initContainers.map(({ name, image }) =>
        completed(running(metadata.uid, name, image ?? '', now), now),
      );
    }
    const all = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'];
    setConditions({ status }, all, 'True', now);
  });
  recordEvent(cluster, pod, {
    type: 'Normal',
    reason: 'Started',
    message: `Started container ${pod.spec.containers.map(({ name }) => name).join(', ')}`,
    source: 'kubelet',
  });
}

/** A job's containers do their work at once; a changed image restarts its container. */
function keepRunning(cluster: Cluster, pod: Pod): void {
  const now = timestamp();
  const isWork = controllerOf(pod)?.kind === 'Job';
  change<Pod>(cluster, 'pods', objectKey(pod), ({ spec, status, metadata }) => {
    const statuses = status.containerStatuses ?? [];
    if (isWork) {
      status.phase = 'Succeeded';
      status.containerStatuses = statuses.map((container) => completed(container, now));
      setConditions({ status }, ['Ready', 'ContainersReady'], 'False', now, 'PodCompleted');
      return;
    }
    status.containerStatuses = statuses.map((container) => {
      const image = spec.containers.find(({ name }) => name === container.name)?.image;
      if (image === undefined || image === container.image) return container;
      return {
        ...running(metadata.uid, container.name, image, now),
        restartCount: container.restartCount + 1,
      };
    });
    setConditions({ status }, ['Ready', 'ContainersReady'], 'True', now);
  });
}

/** What the node controller says of the pods of a node that it does not hear of. */
function reportLost(cluster: Cluster, pod: Pod): void {
  if (pod.status.phase !== 'Running') return;
  change<Pod>(cluster, 'pods', objectKey(pod), (draft) =>
    setConditions(draft, ['Ready'], 'False', timestamp()),
  );
}

function takenAddresses(cluster: Cluster): Set<string | undefined> {
  return new Set((cluster.store.list('pods') as Pod[]).map(({ status }) => status.podIP));
}

function running(podUid: string, name: string, image: string, now: string): ContainerStatus {
  const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
  return {
    name,
    image,
    imageID: `${image.replace(/[:@][^/]*$/, '')}@sha256:${digest(image)}`,
    containerID: `containerd://${digest(`${podUid}/${name}`)}`,
    ready: true,
    started: true,
    restartCount: 0,
    state: { running: { startedAt: now } },
  };
}

function completed(container: ContainerStatus, now: string): ContainerStatus {
  const startedAt = container.state?.running?.startedAt ?? now;
  const terminated = { exitCode: 0, reason: 'Completed', startedAt, finishedAt: now };
  return { ...container, ready: false, started: false, state: { terminated } };
}

function setConditions(
  pod: Pick<Pod, 'status'>,
  types: readonly string[],
  status: 'True' | 'False',
  now: string,
  reason?: string,
): void {
  const conditions: Condition[] = (pod.status.conditions ??= []);
  for (const type of types) setCondition(conditions, { type, status, ...(reason && { reason }) }, now);
}
