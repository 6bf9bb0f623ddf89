/** The certificate of the administrator's kubeconfig that is kept in the vault. */
import { parse } from 'yaml';
import type { Certificate } from '../../domain/certificates/certificate.js';
import { certificateOf } from './certificate-of.js';
import { x509 } from './x509.js';

interface Kubeconfig {
  readonly users?: readonly { readonly user?: { readonly 'client-certificate-data'?: string } }[];
}

/** @returns `undefined` where it logs in by other means than a certificate. */
export function kubeconfigCertificate(kubeconfig: string): Certificate | undefined {
  const { users } = parse(kubeconfig) as Kubeconfig;
  const data = users?.[0]?.user?.['client-certificate-data'];
  if (data === undefined) return undefined;
  const ders = x509.PemConverter.decode(Buffer.from(data, 'base64').toString());
  const found = ders.map((der) => new x509.X509Certificate(der));
  return certificateOf({ machine: null, path: 'kubeconfig' }, found);
}
