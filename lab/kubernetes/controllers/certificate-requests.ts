/** Signs approved CertificateSigningRequests. */
import type { Cluster } from '../cluster.js';
import { change } from '../api/writer.js';
import { timestamp, type KubeObject } from '../model/kube-object.js';
import { hasCondition, setCondition, type Condition } from '../model/workloads.js';
import { signRequest } from '../pki/certificates.js';
import type { Controller } from './controller.js';
import { ownKeys } from './control-loop.js';

const RESOURCE = 'certificatesigningrequests.certificates.k8s.io';
/** What each signer's certificates are for. */
const SIGNERS: Readonly<Record<string, 'client' | 'server'>> = {
  'kubernetes.io/kube-apiserver-client': 'client',
  'kubernetes.io/kube-apiserver-client-kubelet': 'client',
  'kubernetes.io/kubelet-serving': 'server',
};

interface CertificateRequest extends KubeObject {
  spec: { request: string; signerName: string };
  status: { certificate?: string; conditions?: Condition[] };
}

export const certificateRequests: Controller = {
  name: 'certificate-requests',
  keys: (changed) => ownKeys(changed, RESOURCE),
  reconcile: (key, cluster) => {
    const request = cluster.store.at(RESOURCE, key) as CertificateRequest | undefined;
    const isOpen =
      request !== undefined && hasCondition(request, 'Approved') && !hasCondition(request, 'Failed');
    if (isOpen && request.status.certificate === undefined && SIGNERS[request.spec.signerName] !== undefined)
      void answer(cluster, request);
  },
};

async function answer(cluster: Cluster, request: CertificateRequest): Promise<void> {
  const pem = Buffer.from(request.spec.request, 'base64').toString('utf8');
  const purpose = SIGNERS[request.spec.signerName] ?? 'client';
  const certificate = await signRequest(cluster.keys.clientAuthority, pem, purpose).catch(() => undefined);
  change<CertificateRequest>(cluster, RESOURCE, request.metadata.name, ({ metadata, status }) => {
    // Somebody may have made another request of this name meanwhile.
    if (metadata.uid !== request.metadata.uid) return;
    if (certificate !== undefined) status.certificate = Buffer.from(certificate).toString('base64');
    else
      setCondition(
        (status.conditions ??= []),
        { type: 'Failed', status: 'True', reason: 'SignerValidationFailure' },
        timestamp(),
      );
  });
}
