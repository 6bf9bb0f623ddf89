/** Approves what a node's kubelet asks for, where its identity is proved. */
import {
  CertificatesV1Api,
  CoreV1Api,
  type KubeConfig,
  type V1CertificateSigningRequest,
  type V1Node,
} from '@kubernetes/client-node';
import { isNotFound, kubernetesError } from './client.js';
import { csrObjections, nodeOfRequest, SERVING_SIGNER, type NodeIdentity } from './csr-identity.js';

export type { NodeIdentity } from './csr-identity.js';

/** Kubernetes removes approved requests after an hour: a node that is older had its certificates. */
const REQUESTS_KEPT_MS = 3_600_000;
const CONFLICT = 409;

/**
 * Looks once, and approves what is pending and proved. A request of another node is nobody's business here.
 * @returns what still speaks against the node being admitted; `null` when it is Ready and its kubelet serves with a
 *   certificate of the cluster. Requests that were not approved are named with the reason.
 * @throws `KUBERNETES_UNREACHABLE`, `KUBERNETES_REJECTED`
 */
export async function admissionObjection(config: KubeConfig, identity: NodeIdentity): Promise<string | null> {
  try {
    const api = config.makeApiClient(CertificatesV1Api);
    const { items } = await api.listCertificateSigningRequest();
    const own = await requestsOf(identity.node, items);
    const before = await readNode(config, identity.node);
    const refused: string[] = [];
    for (const request of own.filter(isPending)) {
      const objections = await csrObjections(request, identity);
      // Whoever has joined asks in its own name: this may be somebody who has found the token of new machines.
      if (before !== undefined && request.spec.username === identity.bootstrapUser) {
        objections.push('the node has joined before');
      }
      if (objections.length === 0) await approve(api, request);
      else refused.push(`${nameOf(request)} is not approved: ${objections.join('; ')}`);
    }
    const node = await readNode(config, identity.node);
    const missing = nodeProblem(node, own);
    if (missing === null) return null;
    return [missing, ...refused].join('; ');
  } catch (error) {
    throw kubernetesError(error);
  }
}

async function requestsOf(
  node: string,
  all: readonly V1CertificateSigningRequest[],
): Promise<V1CertificateSigningRequest[]> {
  const found: V1CertificateSigningRequest[] = [];
  for (const request of all) if ((await nodeOfRequest(request)) === node) found.push(request);
  return found;
}

/** Somebody else may decide at the same time: then it is decided. */
async function approve(api: CertificatesV1Api, request: V1CertificateSigningRequest): Promise<void> {
  const condition = {
    type: 'Approved',
    status: 'True',
    reason: 'ApprovedByClusterwright',
    message: 'The request was proved to be of the machine that it names.',
    lastUpdateTime: new Date(),
  };
  const body = {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    // With its resource version: a request that somebody has decided meanwhile is not touched.
    metadata: request.metadata ?? {},
    spec: request.spec,
    status: { conditions: [...(request.status?.conditions ?? []), condition] },
  };
  try {
    await api.replaceCertificateSigningRequestApproval({ name: nameOf(request), body });
  } catch (error) {
    const isDecided = (error as { code?: unknown }).code === CONFLICT || isNotFound(error);
    if (!isDecided) throw error;
  }
}

function nodeProblem(
  node: V1Node | undefined,
  requests: readonly V1CertificateSigningRequest[],
): string | null {
  if (node === undefined) {
    return requests.length === 0
      ? 'its kubelet has not asked for a certificate yet'
      : 'it has not joined yet';
  }
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status !== 'True') return `Ready is ${ready?.status ?? 'not reported'}: ${ready?.message ?? ''}`;
  const serves = requests.some(
    ({ spec, status }) => spec.signerName === SERVING_SIGNER && status?.certificate !== undefined,
  );
  const createdAt = node.metadata?.creationTimestamp?.getTime() ?? Date.now();
  if (serves || Date.now() - createdAt > REQUESTS_KEPT_MS) return null;
  return 'its kubelet has no serving certificate yet';
}

async function readNode(config: KubeConfig, name: string): Promise<V1Node | undefined> {
  try {
    return await config.makeApiClient(CoreV1Api).readNode({ name });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function isPending({ status }: V1CertificateSigningRequest): boolean {
  return !(status?.conditions ?? []).some(({ type }) => ['Approved', 'Denied', 'Failed'].includes(type));
}

function nameOf({ metadata }: V1CertificateSigningRequest): string {
  return metadata?.name ?? '';
}
