/** What servers say when they do not do what they are asked, in the product's terms. */
import { type ClusterwrightError, fail } from '../../domain/errors.js';
import { FUDGE_SECONDS, TSIG_ERRORS, type TsigKey, type TsigVerdict } from './tsig.js';

/** RFC 1035, section 4.1.1, and RFC 2136, section 2.2. */
export const RCODES = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
} as const;

export function rcodeName(rcode: number): string {
  return Object.entries(RCODES).find(([, value]) => value === rcode)?.[0] ?? `RCODE ${rcode}`;
}

/** @param what such as `10.0.0.53 port 53: query for api.demo.example`. */
export function answerFailure(rcode: number, what: string): ClusterwrightError {
  const detail = `${what}: ${rcodeName(rcode)}`;
  return rcode === RCODES.SERVFAIL ? fail('DNS_FAILED', detail) : fail('DNS_REFUSED', detail);
}

/** The server does not take our signature, or we do not take its time. */
export function signatureFailure(
  verdict: Extract<TsigVerdict, { readonly kind: 'refused' | 'clock' }>,
  { where, key, now }: { readonly where: string; readonly key: TsigKey; readonly now: Date },
): ClusterwrightError {
  if (verdict.kind === 'clock') {
    const [theirs, ours] = [verdict.theirs.toISOString(), now.toISOString()];
    return fail(
      'DNS_CLOCK_SKEW',
      `${where}: it is ${theirs} there and ${ours} here, more than ${FUDGE_SECONDS} s apart`,
    );
  }
  const name = Object.entries(TSIG_ERRORS).find(([, value]) => value === verdict.error)?.[0];
  const said = name ?? `TSIG error ${verdict.error}`;
  return fail('DNS_KEY_REFUSED', `${where}: ${said} for the key "${key.name}" (${key.algorithm})`);
}
