/** Reads PKCS #10: what a CertificateSigningRequest asks for. */
import type { GeneralName, Pkcs10CertificateRequest } from '@peculiar/x509';
import { formatAddress, parseAddress } from '../../domain/network/address.js';
import { x509 } from '../certificates/x509.js';

/** Its OID. */
const ALTERNATIVE_NAMES = '2.5.29.17';

export interface WantedCertificate {
  readonly commonName: string | null;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly addresses: readonly string[];
  /** Names of any other kind, such as mail addresses. */
  readonly others: readonly string[];
}

/**
 * @param request base64 of PEM, as the API gives it.
 * @returns `undefined` when it is none, or not signed by the key that it holds.
 */
export async function readCertificateRequest(request: string): Promise<WantedCertificate | undefined> {
  const parsed = parse(Buffer.from(request, 'base64').toString('utf8'));
  if (parsed === undefined || !(await parsed.verify().catch(() => false))) return undefined;
  const extension = parsed.getExtension(ALTERNATIVE_NAMES);
  const names =
    extension === null ? [] : new x509.SubjectAlternativeNameExtension(extension.rawData).names.items;
  const of = (type: GeneralName['type']): string[] =>
    names.filter((name) => name.type === type).map(({ value }) => value);
  const { subjectName } = parsed;
  return {
    commonName: subjectName.getField('CN').join() || null,
    organizations: subjectName.getField('O'),
    dnsNames: of('dns'),
    addresses: of('ip').map(canonical),
    others: names
      .filter(({ type }) => type !== 'dns' && type !== 'ip')
      .map(({ type, value }) => `${type}:${value}`),
  };
}

function parse(pem: string): Pkcs10CertificateRequest | undefined {
  try {
    return new x509.Pkcs10CertificateRequest(pem);
  } catch {
    return undefined;
  }
}

function canonical(text: string): string {
  const address = parseAddress(text);
  return address === undefined ? text : formatAddress(address);
}
