/** Facts about nodes. */
import { CustomObjectsApi, type V1Node } from '@kubernetes/client-node';
import type { KubernetesFacts, NodeFact } from '../../../domain/validation/facts/kubernetes.js';
import type { Calls } from './calls.js';
import { quantityOf } from './quantity.js';

const PRESSURES = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable'];

export async function nodeFacts(calls: Calls): Promise<KubernetesFacts['nodes']> {
  return (await calls.nodes()).map(nodeFact);
}

export async function versionFacts(calls: Calls): Promise<KubernetesFacts['versions']> {
  const [api, nodes] = await Promise.all([calls.version(), calls.nodes()]);
  return {
    api,
    nodes: nodes.map((node) => ({
      name: nameOf(node),
      version: node.status?.nodeInfo?.kubeletVersion ?? 'unknown',
    })),
  };
}

/** By the metrics server. */
export async function nodeUsage(calls: Calls): Promise<KubernetesFacts['nodeUsage']> {
  const api = calls.config.makeApiClient(CustomObjectsApi);
  const [nodes, answer] = await Promise.all([
    calls.nodes(),
    api.listClusterCustomObject({ group: 'metrics.k8s.io', version: 'v1beta1', plural: 'nodes' }),
  ]);
  const { items } = answer as {
    readonly items: readonly {
      readonly metadata: { readonly name: string };
      readonly usage: Readonly<Record<string, string>>;
    }[];
  };
  const usage = new Map(items.map((item) => [item.metadata.name, item.usage]));
  return nodes.flatMap((node) => {
    const used = usage.get(nameOf(node));
    const room = node.status?.allocatable;
    if (used === undefined || room === undefined) return [];
    const share = (what: string): number => quantityOf(used[what]) / quantityOf(room[what]);
    return [{ name: nameOf(node), cpuShare: share('cpu'), memoryShare: share('memory') }];
  });
}

function nodeFact(node: V1Node): NodeFact {
  const conditions = node.status?.conditions ?? [];
  const ready = conditions.find(({ type }) => type === 'Ready');
  const votes = conditions.find(({ type }) => type === 'EtcdIsVoter')?.status;
  return {
    name: nameOf(node),
    ready: ready?.status === 'True',
    why: ready?.message ?? ready?.reason ?? 'its kubelet has not reported',
    pressures: conditions.flatMap(({ type, status }) =>
      PRESSURES.includes(type) && status === 'True' ? [type] : [],
    ),
    cordoned: node.spec?.unschedulable === true,
    votes: votes === undefined ? null : votes === 'True',
  };
}

function nameOf({ metadata }: V1Node): string {
  return metadata?.name ?? '';
}
