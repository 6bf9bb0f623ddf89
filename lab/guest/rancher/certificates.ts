/** Certificates of a server or an agent, as files: made where they are missing, whenever the program starts. */
import type { LabControlPlane } from '../../kubernetes/lab-kubernetes.js';
import type { CertificateSubject, Credential } from '../../kubernetes/pki/certificates.js';
import type { DiskTree } from '../disk/disk-tree.js';
import { isThere, putFile, readText, removeAll } from '../disk/root-files.js';
import type { RancherDistribution } from './distribution.js';

type Role = 'server' | 'agent';

const ADMIN: CertificateSubject = { commonName: 'system:admin', organizations: ['system:masters'] };

/** Below the data folder, without `.crt` and `.key`. */
const OF_SERVERS: Readonly<Record<string, CertificateSubject | 'serving'>> = {
  'server/tls/client-admin': ADMIN,
  'server/tls/client-controller': { commonName: 'system:kube-controller-manager' },
  'server/tls/client-scheduler': { commonName: 'system:kube-scheduler' },
  'server/tls/client-auth-proxy': { commonName: 'system:auth-proxy' },
  'server/tls/serving-kube-apiserver': 'serving',
};
const OF_NODES: Readonly<Record<string, CertificateSubject | 'serving'>> = {
  'agent/client-kubelet': { commonName: 'system:node', organizations: ['system:nodes'] },
  'agent/client-kube-proxy': { commonName: 'system:kube-proxy' },
  'agent/serving-kubelet': 'serving',
};

export interface CertificateOwner {
  readonly disk: DiskTree;
  readonly role: Role;
  /** Of the machine. */
  readonly names: readonly string[];
}

/** @returns the administrator's, on a server. */
export async function ensureCertificates(
  { dataFolder }: Pick<RancherDistribution, 'dataFolder'>,
  plane: LabControlPlane,
  { disk, role, names }: CertificateOwner,
): Promise<Credential | undefined> {
  for (const [path, subject] of Object.entries(filesOf(role))) {
    const file = `${dataFolder}/${path}`;
    if (isThere(disk, `${file}.crt`)) continue;
    const { certificate, privateKey } = await plane.issue(subject === 'serving' ? { names } : { subject });
    putFile(disk, `${file}.crt`, certificate);
    putFile(disk, `${file}.key`, privateKey, { mode: 0o600 });
  }
  const authority = role === 'server' ? 'server/tls/server-ca' : 'agent/server-ca';
  putFile(disk, `${dataFolder}/${authority}.crt`, plane.caCertificatePem);
  const [certificate, privateKey] = ['crt', 'key'].map((end) =>
    readText(disk, `${dataFolder}/server/tls/client-admin.${end}`),
  );
  return certificate === undefined || privateKey === undefined ? undefined : { certificate, privateKey };
}

/** They are made anew at the next start. */
export function removeCertificates(
  { dataFolder }: Pick<RancherDistribution, 'dataFolder'>,
  disk: DiskTree,
  role: Role,
): void {
  for (const path of Object.keys(filesOf(role)))
    for (const end of ['crt', 'key']) removeAll(disk, `${dataFolder}/${path}.${end}`);
}

function filesOf(role: Role): Readonly<Record<string, CertificateSubject | 'serving'>> {
  return role === 'server' ? { ...OF_SERVERS, ...OF_NODES } : OF_NODES;
}
