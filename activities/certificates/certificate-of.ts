/** What is kept of the certificates of one file. */
import type { Certificate } from '../../domain/certificates/certificate.js';
import { x509 } from './x509.js';

type X509Certificate = InstanceType<typeof x509.X509Certificate>;

/**
 * Those that are served come with the authorities that signed them: where there are any but authorities, those count,
 * and of these the one that ends first.
 * @param found at least one.
 */
export function certificateOf(
  place: Pick<Certificate, 'machine' | 'path'>,
  found: readonly X509Certificate[],
): Certificate | undefined {
  const leaves = found.filter((certificate) => !isAuthority(certificate));
  const [first] = (leaves.length > 0 ? leaves : found).toSorted(
    (a, b) => a.notAfter.getTime() - b.notAfter.getTime(),
  );
  if (first === undefined) return undefined;
  const { subject, notAfter } = first;
  return { ...place, subject, isAuthority: leaves.length === 0, endsAt: notAfter.toISOString() };
}

function isAuthority(certificate: X509Certificate): boolean {
  return certificate.getExtension(x509.BasicConstraintsExtension)?.ca === true;
}
