/** Whether a certificate that is asked for in a node's name may be that node's. */
import type { V1CertificateSigningRequest } from '@kubernetes/client-node';
import { readCertificateRequest } from './certificate-request.js';

export interface NodeIdentity {
  readonly node: string;
  /** Of all its interfaces. */
  readonly addresses: readonly string[];
  /** Who asks before the node is known, such as the service account that Ignition gives to new machines. */
  readonly bootstrapUser: string;
}

export const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client-kubelet';
export const SERVING_SIGNER = 'kubernetes.io/kubelet-serving';

const NODES = 'system:nodes';
/** What both may be used for beside their own purpose (https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/). */
const COMMON_USAGES = ['digital signature', 'key encipherment'];

/** Name of the node that the request is for, by whoever asks or what is asked; `undefined`: it is no node's. */
export async function nodeOfRequest({ spec }: V1CertificateSigningRequest): Promise<string | undefined> {
  if (spec.signerName !== CLIENT_SIGNER && spec.signerName !== SERVING_SIGNER) return undefined;
  const wanted = await readCertificateRequest(spec.request);
  return nodeIn(wanted?.commonName ?? undefined) ?? nodeIn(spec.username);
}

/** @returns what speaks against approving it; empty when it is proved to be the node's. */
export async function csrObjections(
  { spec }: V1CertificateSigningRequest,
  { node, addresses, bootstrapUser }: NodeIdentity,
): Promise<string[]> {
  const { signerName, username = '', groups = [], usages = [] } = spec;
  const self = `system:node:${node}`;
  const isServing = signerName === SERVING_SIGNER;
  const objections: string[] = [];
  if (!isServing && signerName !== CLIENT_SIGNER) return [`its signer is ${signerName}`];

  const isItself = username === self && groups.includes(NODES);
  const isNew = !isServing && username === bootstrapUser;
  if (!isItself && !isNew) objections.push(`${username === '' ? 'nobody' : username} asks for it`);

  const purpose = isServing ? 'server auth' : 'client auth';
  const foreign = usages.filter((usage) => usage !== purpose && !COMMON_USAGES.includes(usage));
  if (!usages.includes(purpose)) objections.push(`it is not for ${purpose}`);
  if (foreign.length > 0) objections.push(`it is also for ${foreign.join(', ')}`);

  const wanted = await readCertificateRequest(spec.request);
  if (wanted === undefined) return [...objections, 'it is no PKCS #10 request that its own key has signed'];
  if (wanted.commonName !== self) objections.push(`its common name is ${wanted.commonName ?? 'not there'}`);
  if (wanted.organizations.join() !== NODES) {
    objections.push(`its organizations are ${wanted.organizations.join(', ') || 'none'}`);
  }
  const names = [...wanted.dnsNames, ...wanted.others];
  const strange = isServing ? names.filter((name) => name !== node) : [...names, ...wanted.addresses];
  const strangers = isServing ? wanted.addresses.filter((address) => !addresses.includes(address)) : [];
  if (strange.length + strangers.length > 0) {
    objections.push(`it names ${[...strange, ...strangers].join(', ')}`);
  }
  if (isServing && wanted.addresses.length === 0) objections.push('it names no address');
  return objections;
}

function nodeIn(user: string | undefined): string | undefined {
  return user === undefined ? undefined : /^system:node:(.+)$/.exec(user)?.[1];
}
