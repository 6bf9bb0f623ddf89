/** Reads when certificates end. */
import type { CertificateFact } from '../../../domain/validation/facts/guest.js';
import { x509 } from '../../certificates/x509.js';

const FILE = /^file (.+)$/;

/** @param lines `file PATH`, then certificates in PEM. Of each file the one that ends first counts. */
export function certificateFacts(lines: readonly string[]): CertificateFact[] {
  const files = new Map<string, string[]>();
  let content: string[] | undefined;
  for (const line of lines) {
    const path = FILE.exec(line)?.[1];
    if (path === undefined) content?.push(line);
    else files.set(path, (content = []));
  }
  return [...files].flatMap(([path, pem]) => {
    const ends = x509.PemConverter.decode(pem.join('\n')).map((der) =>
      new x509.X509Certificate(der).notAfter.getTime(),
    );
    return ends.length === 0 ? [] : [{ path, endsAt: Math.min(...ends) }];
  });
}
