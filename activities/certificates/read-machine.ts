/** When the certificates of one machine end: of its files, and of the API that it serves. */
import type { Certificate } from '../../domain/certificates/certificate.js';
import type { ClusterType } from '../../domain/cluster-definition.js';
import { fail } from '../../domain/errors.js';
import { withGuest, type GuestAccessOptions, type GuestTarget } from '../ssh/guest-access.js';
import { lastLines } from '../ssh/redaction.js';
import { asStdin, ROOT_SHELL } from '../ssh/root-shell.js';
import { placesOf } from '../validation/guests/certificate-places.js';
import { certificatesByFile } from '../validation/guests/read-certificates.js';
import { sectionsOf } from '../validation/guests/read-sections.js';
import { certificatesSection } from '../validation/guests/script.js';
import { certificateOf } from './certificate-of.js';
import { servedCertificate } from './served-certificate.js';

export interface CertificateMachine {
  readonly name: string;
  readonly address: string;
  readonly isControlPlane: boolean;
  /** `null` where there is no SSH. */
  readonly guest: GuestTarget | null;
}

export interface CertificateAccess extends GuestAccessOptions {
  /** 6443 unless given. */
  readonly apiPort?: number;
}

const API_PORT = 6_443;
const SCRIPT_TIMEOUT_MS = 45_000;
const MOST_OUTPUT_BYTES = 1024 * 1024;

/** @throws `CERTIFICATES_NOT_READ`, and what {@link withGuest} throws. */
export async function readMachine(
  access: CertificateAccess,
  { type, machine }: { readonly type: ClusterType; readonly machine: CertificateMachine },
  signal: AbortSignal,
): Promise<Certificate[]> {
  const { name, guest, isControlPlane, address } = machine;
  const files = guest === null ? [] : await readFiles(access, { type, name, guest }, signal);
  if (!isControlPlane) return files;
  const { apiPort: port = API_PORT, proxyUrl } = access;
  const path = `https://${address.includes(':') ? `[${address}]` : address}:${port}`;
  try {
    const served = await servedCertificate({ address, port, proxyUrl, signal });
    return [...files, ...optional(certificateOf({ machine: name, path }, [served]))];
  } catch (error) {
    signal.throwIfAborted();
    // An API that is down, as where certificates have run out, must not hide what the files say.
    if (files.length === 0) throw error;
    return files;
  }
}

function readFiles(
  access: CertificateAccess,
  { type, name, guest }: { readonly type: ClusterType; readonly name: string; readonly guest: GuestTarget },
  signal: AbortSignal,
): Promise<Certificate[]> {
  return withGuest(access, guest, signal, async (connection) => {
    const script = `set +e\n${certificatesSection(placesOf(type))}`;
    const { code, stdout, stderr, isTruncated } = await connection.run(ROOT_SHELL, {
      stdin: asStdin(script),
      timeoutMs: SCRIPT_TIMEOUT_MS,
      signal,
      outputLimitBytes: MOST_OUTPUT_BYTES,
    });
    const lines = sectionsOf(stdout).get('certificates');
    if (code !== 0 || isTruncated || lines === undefined) {
      const reason = lastLines(stderr, { lines: 3, characters: 300 });
      throw fail('CERTIFICATES_NOT_READ', `${name}: ${reason || 'its files cannot be read as root'}`);
    }
    return [...certificatesByFile(lines)].flatMap(([path, found]) =>
      optional(certificateOf({ machine: name, path }, found)),
    );
  });
}

function optional<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}
