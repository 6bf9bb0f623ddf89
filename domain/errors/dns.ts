/** Errors of DNS servers that records are kept in. */
import { kind, type ErrorKind } from './error-kind.js';

export const DNS_ERRORS = {
  // DNS
  DNS_UNREACHABLE: kind(
    503,
    'backoff',
    'The DNS server does not answer.',
    'Check its address and port, that it runs, and that UDP and TCP reach it from the worker.',
  ),
  DNS_ANSWER_INVALID: kind(
    502,
    'backoff',
    'What came from the DNS server cannot be taken for its answer.',
    'Check that the server knows the TSIG key; read in the detail why the answer is not trusted.',
  ),
  DNS_REFUSED: kind(
    502,
    'never',
    'The DNS server refuses the request.',
    'Check that it is the primary of the zone, and that the key may update it (`update-policy` or `allow-update`) and query it.',
  ),
  DNS_FAILED: kind(
    502,
    'backoff',
    'The DNS server failed to carry out the request.',
    'Read its log; a zone file or journal that it cannot write is the common cause.',
  ),
  DNS_KEY_UNKNOWN: kind(
    422,
    'never',
    'There is no such TSIG key.',
    'Have the key that the detail names in `DNS_KEYS` of the worker, with the algorithm of the definition, and start it anew; then retry the step.',
  ),
  DNS_KEY_REFUSED: kind(
    502,
    'never',
    'The DNS server does not take the TSIG key.',
    'Compare the name of the key, its algorithm and its secret with those of the server.',
  ),
  DNS_CLOCK_SKEW: kind(
    502,
    'backoff',
    'The clocks of the worker and of the DNS server differ too much for signed requests.',
    'Set the clock that is wrong, and keep both by NTP.',
  ),
  DNS_NAME_INVALID: kind(
    422,
    'never',
    'This cannot be a record in the DNS zone.',
    'Correct the name or the address: labels of letters, digits and hyphens, 63 at most, below the zone.',
  ),
  DNS_RECORD_TAKEN: kind(
    409,
    'never',
    'A name has records that are not the cluster’s own, so it is not touched.',
    'Remove the records that the detail names, or choose another domain; then retry the step.',
  ),
  DNS_NOT_VERIFIED: kind(
    503,
    'backoff',
    'Names are not answered as they should be.',
    'Compare what the detail lists; a resolver may keep an old answer for as long as its TTL.',
  ),
} as const satisfies Record<string, ErrorKind>;
