/** Reads when certificates end. */
import type { CertificateFact } from '../../../domain/validation/facts/guest.js';
import { x509 } from '../../certificates/x509.js';

const FILE = /^file (.+)$/;

type X509Certificate = InstanceType<typeof x509.X509Certificate>;

/** @param lines `file PATH`, then certificates in PEM. Of each file the one that ends first counts. */
export function certificateFacts(lines: readonly string[]): CertificateFact[] {
  return [...certificatesByFile(lines)].map(([path, certificates]) => ({
    path,
    endsAt: Math.min(...certificates.map(({ notAfter }) => notAfter.getTime())),
  }));
}

/** Without files that hold none. @param lines `file PATH`, then certificates in PEM. */
export function certificatesByFile(lines: readonly string[]): Map<string, X509Certificate[]> {
  const files = new Map<string, string[]>();
  let content: string[] | undefined;
  for (const line of lines) {
    const path = FILE.exec(line)?.[1];
    if (path === undefined) content?.push(line);
    else files.set(path, (content = []));
  }
  const found = [...files].map(([path, pem]): [string, X509Certificate[]] => {
    const ders = x509.PemConverter.decode(pem.join('\n'));
    return [path, ders.map((der) => new x509.X509Certificate(der))];
  });
  return new Map(found.filter(([, certificates]) => certificates.length > 0));
}
