/** Whether the machines of a cluster are told the right addresses, by whichever nameservers they ask. */
import type { GuestStep } from '../guest-step.js';
import { fail } from '../errors.js';
import { checkedRecords, type DnsRecord, wildcardDomain } from './dns-record.js';

const TIMEOUT_SECONDS = 120;
/** Stands for any name below a wildcard. */
const ANY_LABEL = 'clusterwright-check';

/**
 * To be run on a machine inside the cluster's network, which looks up each name as its programs do. Changes nothing.
 * @throws `INVALID_REQUEST` also when there is nothing to look up.
 */
export function verifyDnsStep(records: readonly DnsRecord[]): GuestStep {
  const checked = checkedRecords(records);
  if (checked.length === 0) throw fail('INVALID_REQUEST', 'there must be a name to look up');
  return {
    id: 'verify-dns',
    title: `Look up ${checked.length} names of the cluster`,
    files: [],
    observe: null,
    act: null,
    verify: [
      'wrong=0',
      'look_up() {',
      '  found=$(getent hosts "$1" | awk \'{ print $1 }\' | sort -u | tr "\\n" " ")',
      '  case " $found" in *" $2 "*) return 0 ;; esac',
      '  echo "$1 must be $2, and is: ${found:-not known}" >&2',
      '  wrong=1',
      '}',
      ...checked.map(lookUp),
      'test "$wrong" = 0',
    ].join('\n'),
    timeoutSeconds: TIMEOUT_SECONDS,
  };
}

function lookUp(record: DnsRecord): string {
  const below = wildcardDomain(record);
  const name = below === null ? record.name : `${ANY_LABEL}.${below}`;
  return `look_up ${name} ${record.address}`;
}
