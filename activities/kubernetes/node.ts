/** Reads what Kubernetes says of a node. */
import { CoreV1Api, type KubeConfig, type V1Node } from '@kubernetes/client-node';
import { isNotFound, kubernetesError } from './client.js';

export interface ExpectedNode {
  readonly node: string;
  /** As its distribution writes it; `null`: any. */
  readonly version: string | null;
  /** It has to be a voting member of embedded etcd. */
  readonly votes: boolean;
}

/** @returns what still speaks against the node being as expected; `null` when nothing does. */
export async function nodeObjection(config: KubeConfig, expected: ExpectedNode): Promise<string | null> {
  const node = await readNode(config, expected.node);
  if (node === undefined) return 'it has not joined yet';
  const ready = condition(node, 'Ready');
  if (ready?.status !== 'True') return `Ready is ${ready?.status ?? 'not reported'}: ${ready?.message ?? ''}`;
  const version = reportedVersion(node);
  if (expected.version !== null && version !== expected.version)
    return `its version is ${version ?? 'of unknown version'}, not ${expected.version}`;
  // K3s promotes a joined server from learner to voter by itself; before that it adds nothing to the quorum.
  const voter = condition(node, 'EtcdIsVoter');
  if (expected.votes && voter?.status !== 'True') return `EtcdIsVoter is ${voter?.status ?? 'not reported'}`;
  return null;
}

/** @throws `KUBERNETES_UNREACHABLE`, `KUBERNETES_REJECTED` */
export async function readNodeVersions(config: KubeConfig): Promise<Record<string, string>> {
  try {
    const { items } = await config.makeApiClient(CoreV1Api).listNode();
    return Object.fromEntries(
      items.flatMap((node) => {
        const [name, version] = [node.metadata?.name, reportedVersion(node)];
        return name === undefined || version === undefined ? [] : [[name, version]];
      }),
    );
  } catch (error) {
    throw kubernetesError(error);
  }
}

/** That of the distribution: Talos counts its own releases, and its nodes name theirs as their system. */
function reportedVersion({ status }: V1Node): string | undefined {
  const [, talos] = /^Talos \((v[^)]+)\)$/.exec(status?.nodeInfo?.osImage ?? '') ?? [];
  return talos ?? status?.nodeInfo?.kubeletVersion;
}

/** @throws `KUBERNETES_UNREACHABLE`, `KUBERNETES_REJECTED` */
async function readNode(config: KubeConfig, name: string): Promise<V1Node | undefined> {
  try {
    return await config.makeApiClient(CoreV1Api).readNode({ name });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw kubernetesError(error);
  }
}

function condition(node: V1Node, type: string) {
  return node.status?.conditions?.find((candidate) => candidate.type === type);
}
